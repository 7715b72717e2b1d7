/** What the terms of an expression are worth. source: ceilometer/transformer/__init__.py Namespace of 2016, and Python's own arithmetic */
import { TransformFailure } from './transformer.js'

/** A name that stands for nothing: false for `or`, nothing to reckon with. */
export const MISSING: unique symbol = Symbol('missing')

/** Words that Python would not read as names. */
export const NAMES_OF_PYTHON: ReadonlySet<string> = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global ' +
    'if import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
)

/** Throws TransformFailure for what is no number. Booleans are 1 and 0; text is no number, even numeric text. */
export function numberOf(value: unknown): number {
  switch (typeof value) {
    case 'number':
      // Only a result that went out of range: operands are finite.
      if (Number.isFinite(value)) return value
      throw new TransformFailure(`the expression gives ${value}`)
    case 'bigint':
      return Number(value)
    case 'boolean':
      return value ? 1 : 0
    default:
      throw new TransformFailure(
        value === MISSING
          ? 'the expression needs a field that is missing'
          : `the expression needs a number; found ${describe(value)}`,
      )
  }
}

/** As in Python: 0, empty text, empty lists and maps, null and what is missing are false. */
export function isTrue(value: unknown): boolean {
  if (value === MISSING || value === null || value === undefined) return false
  if (typeof value !== 'object') return Boolean(value)
  return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0
}

/** A field of a map. Of what is missing everything is missing. Throws TransformFailure for a field of anything else. */
export function attribute(value: unknown, name: string): unknown {
  if (value === MISSING) return MISSING
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : MISSING
  throw new TransformFailure(`${describe(value)} has no field '${name}'`)
}

export const plus = (a: number, b: number): number => a + b
export const minus = (a: number, b: number): number => a - b
export const times = (a: number, b: number): number => a * b

/** Throws TransformFailure at a division by zero, as Python does. */
export function divide(a: number, b: number): number {
  if (b === 0) throw new TransformFailure('the expression divides by zero')
  return a / b
}

/** NaN where Python has an error or a complex number. */
export function power(base: number, exponent: number): number {
  if (base === 0 && exponent < 0) return Number.NaN
  // V8's own power is a digit off now and then; of integers the result is known exactly.
  if (Number.isSafeInteger(base) && Number.isInteger(exponent) && exponent >= 0) {
    const bits = exponent * Math.log2(Math.abs(base) + 1)
    if (bits <= 1_100) return Number(BigInt(base) ** BigInt(exponent))
  }
  return base ** exponent
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return 'text'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`
}
