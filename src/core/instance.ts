/** `instanceof` for what users hand over: a proxy may throw at the mere question, and is then an instance of nothing. Never throws. */
export function isInstance<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type
  } catch {
    return false
  }
}
