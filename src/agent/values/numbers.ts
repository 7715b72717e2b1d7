import { WholeFloat } from './whole-float.js'

/**
 * What Python's `int(value)` gives: numbers lose what is behind the point, booleans are 0 or 1, texts are read with white space around them, single
 * underscores between digits and digits of any script. A bigint beyond 2^53, exactly. Undefined where the original raises: NaN, the infinities,
 * `"1.5"`, lists, more than 4300 digits.
 */
export function pythonInt(value: unknown): number | bigint | undefined {
  switch (typeof value) {
    case 'number':
      return truncated(value)
    case 'string':
      return readInt(value)
    case 'boolean':
      return value ? 1 : 0
    case 'bigint':
      return smallest(value)
    default:
      return value instanceof WholeFloat ? truncated(value.valueOf()) : undefined
  }
}

/**
 * What Python's `float(value)` gives: texts as with `pythonInt`, and `"1e3"`, `".5"`, `"inf"`, `"nan"`. Undefined where the original raises, an
 * integer too large for a float among it.
 */
export function pythonFloat(value: unknown): number | undefined {
  switch (typeof value) {
    case 'number':
      return value
    case 'string':
      return readFloat(value)
    case 'boolean':
      return value ? 1 : 0
    case 'bigint':
      return finite(Number(value))
    default:
      return value instanceof WholeFloat ? value.valueOf() : undefined
  }
}

/** The longest text of digits that Python reads or writes as an integer. */
const MAX_INT_DIGITS = 4300

const shortInt = /^[+-]?[0-9]{1,15}$/
const longInt = /^[+-]?\p{Nd}+(?:_\p{Nd}+)*$/u
const shortFloat = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const longFloat =
  /^[+-]?(?:\p{Nd}+(?:_\p{Nd}+)*\.?(?:\p{Nd}+(?:_\p{Nd}+)*)?|\.\p{Nd}+(?:_\p{Nd}+)*)(?:e[+-]?\p{Nd}+(?:_\p{Nd}+)*)?$/iu
const infinity = /^[+-]?inf(?:inity)?$/i
const notANumber = /^[+-]?nan$/i
/** White space to Python's numbers: not U+FEFF, which it is to JavaScript, but U+0085. */
const space = '[\\t-\\r \\x85\\p{Zs}\\u2028\\u2029]+'
const spaceAround = new RegExp(`^${space}|${space}$`, 'gu')

function readInt(text: string): number | bigint | undefined {
  if (shortInt.test(text)) return Number(text) + 0
  const digits = text.replace(spaceAround, '')
  if (!longInt.test(digits)) return undefined
  const plain = asciiDigits(digits)
  const isNegative = plain.startsWith('-')
  const size = plain.replace(/^[+-]/, '')
  if (size.length > MAX_INT_DIGITS) return undefined
  return smallest(isNegative ? -BigInt(size) : BigInt(size))
}

function readFloat(text: string): number | undefined {
  if (shortFloat.test(text)) return Number(text)
  const digits = text.replace(spaceAround, '')
  if (longFloat.test(digits)) return Number(asciiDigits(digits))
  if (infinity.test(digits)) {
    return digits.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }
  return notANumber.test(digits) ? Number.NaN : undefined
}

function truncated(value: number): number | bigint | undefined {
  if (!Number.isFinite(value)) return undefined
  // `+ 0` makes 0 of -0.
  const whole = Math.trunc(value) + 0
  return Number.isSafeInteger(whole) ? whole : BigInt(whole)
}

function smallest(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined
}

/** Without underscores, and digits of other scripts as our own. */
function asciiDigits(text: string): string {
  return text.replaceAll('_', '').replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) as number
    return code < 0x80 ? digit : String(digitOf(code))
  })
}

/** Digits stand ten in a row from 0 to 9. The rows of the mathematical ones touch each other, so there the first row says where all begin. */
function digitOf(code: number): number {
  if (code >= 0x1d7ce && code <= 0x1d7ff) return (code - 0x1d7ce) % 10
  let zero = code
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return code - zero
}
