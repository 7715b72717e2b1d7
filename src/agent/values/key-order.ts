/**
 * The order of an object's keys as they were written. JavaScript moves keys that are digits only to the front of an object; Python does not, and it
 * shows in texts made of objects and in what a path finds first. Kept with the object by whoever reads JSON exactly; other objects have JavaScript's.
 */
const order = Symbol('order of keys')

/** Its own keys. */
export function keysOf(object: object): readonly string[] {
  return (object as { readonly [order]?: readonly string[] })[order] ?? Object.keys(object)
}

/** Not to be called twice for an object, nor before it has all its keys. */
export function keepOrder(object: object, keys: readonly string[]): void {
  Object.defineProperty(object, order, { value: keys })
}

/** Whether JavaScript would move it. */
export function isMoved(key: string): boolean {
  // Hardly any begins with a digit.
  const first = key.charCodeAt(0)
  return first >= 0x30 && first <= 0x39 && /^(?:0|[1-9]\d{0,9})$/.test(key)
}
