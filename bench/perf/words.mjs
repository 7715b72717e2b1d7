/** Numbers for people. */

/** Three digits where there are fewer before the point, thousands apart. */
export function number(value) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** The middle, and the reach where there is one. */
export function withReach({ median, min, max }) {
  return min === max ? number(median) : `${number(median)} (${number(min)} to ${number(max)})`
}
