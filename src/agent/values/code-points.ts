/** Texts as Python sees them, as code points, where JavaScript sees UTF-16 units. */

/** Order of `sorted()`: by code point. JavaScript's own puts U+1F600 before U+FFFD. For `Array.sort`. */
export function compareCodePoints(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  for (let at = 0; at < length; at++) {
    const left = one.charCodeAt(at)
    const right = other.charCodeAt(at)
    if (left !== right) return order(left) - order(right)
  }
  return one.length - other.length
}

/** Half of a pair stands for something beyond all single units. */
function order(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** The first `most` code points. */
export function firstCodePoints(text: string, most: number): string {
  if (text.length <= most) return text
  let end = 0
  for (let count = 0; count < most && end < text.length; count++) {
    end += (text.codePointAt(end) as number) > 0xffff ? 2 : 1
  }
  return text.slice(0, end)
}
