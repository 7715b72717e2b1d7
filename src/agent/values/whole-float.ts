/**
 * A float whose value is whole: `1.0`, which JavaScript's numbers can't tell from `1`, while Python's text of it can. Made by the exact JSON reader
 * (`readJson`) and by the plugin timedelta only; `JSON.parse` never gives one. `JSON.stringify` writes it as a plain number and arithmetic
 * unwraps it, but `typeof` says object: take it apart with `plainNumber` wherever a value leaves for a sample, and ask `isTruthy`, not JavaScript.
 */
export class WholeFloat extends Number {}

/** The float itself, marked where it is whole: what Python's text of it needs. Use for results that are floats in the original. */
export function float(value: number): number | WholeFloat {
  return Number.isInteger(value) ? new WholeFloat(value) : value
}

/** A `WholeFloat` as the number it is; everything else as it came. */
export function plainNumber(value: unknown): unknown {
  return value instanceof WholeFloat ? value.valueOf() : value
}
