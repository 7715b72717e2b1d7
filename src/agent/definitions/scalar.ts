/** Scalars of YAML 1.1 as the original's loader reads them. source: PyYAML's resolver.py and constructor.py (SafeLoader) */
import { float } from '../values/index.js'

/** A date or time; no definition has a use for one, and text that looks like one has to be quoted. */
export class YamlDate {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const words: ReadonlyMap<string, boolean | null> = new Map([
  ...spellings(['yes', 'true', 'on'], true),
  ...spellings(['no', 'false', 'off'], false),
  ...spellings(['null', '~', ''], null),
])

function spellings<T>(spelt: readonly string[], value: T): [string, T][] {
  return spelt.flatMap((word) =>
    [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)].map((one): [string, T] => [
      one,
      value,
    ]),
  )
}

const integer =
  /^[-+]?(?:0b_*[01][01_]*|0[0-7_]+|0|[1-9][0-9_]*|0x_*[0-9a-fA-F][0-9a-fA-F_]*|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const decimal =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$/
const infinity = /^[-+]?\.(?:inf|Inf|INF)$/
const notANumber = /^\.(?:nan|NaN|NAN)$/
const date =
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/

/** Of a plain scalar, one without quotes. Whole floats are marked as such, see values/whole-float.ts; integers of any size are exact. */
export function readScalar(text: string): unknown {
  const word = words.get(text)
  if (word !== undefined) return word
  // Nearly all are texts that begin with a letter or a $.
  if (!/^[-+.\d]/.test(text)) return text
  return readInteger(text) ?? readFloat(text) ?? (date.test(text) ? new YamlDate(text) : text)
}

/** Undefined for what is none. Binary, octal by a leading 0, hexadecimal, underscores, and sixties: 1:30 is 90. */
export function readInteger(text: string): number | bigint | undefined {
  if (!integer.test(text)) return undefined
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '')
  const size = digits.includes(':')
    ? sixties(digits, (part) => BigInt(part))
    : BigInt(digits.replace(/^0(?=\d)/, '0o'))
  const value = text.startsWith('-') ? -size : size
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

/** Undefined for what is none. An exponent needs its sign: `1e3` is a text. */
export function readFloat(text: string): unknown {
  const sign = text.startsWith('-') ? -1 : 1
  if (infinity.test(text)) return sign * Number.POSITIVE_INFINITY
  if (notANumber.test(text)) return Number.NaN
  if (!decimal.test(text)) return undefined
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '')
  if (!digits.includes(':')) return float(sign * Number(digits))
  const parts = digits.split(':').map(Number)
  return float(sign * parts.reduce((sum, part) => sum * 60 + part, 0))
}

/** A word for true, false; undefined for what is none. */
export function readBoolean(text: string): boolean | undefined {
  const word = words.get(text)
  return word === null ? undefined : word
}

function sixties(digits: string, read: (part: string) => bigint): bigint {
  return digits.split(':').reduce((sum, part) => sum * 60n + read(part), 0n)
}
