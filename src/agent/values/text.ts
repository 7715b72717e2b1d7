import { keysOf } from './key-order.js'
import { WholeFloat } from './whole-float.js'

/**
 * The text Python makes of a value that came as JSON, as in `str(value)`: `True`, `None`, `1e-07`, `[1, 'a']`, `{'k': 1.5}`. A text is itself. An object
 * of JavaScript keeps the order of its keys but for those that are digits only, which come first unless it was read exactly (key-order.ts). Never throws on what JSON can hold.
 */
export function pythonText(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepr(value)
}

/** As `pythonText`, but a text comes in quotes and with escapes, as in `repr(value)`. */
export function pythonRepr(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'number':
      return numberText(value)
    case 'bigint':
      return value.toString()
    case 'boolean':
      return value ? 'True' : 'False'
    case 'object':
      return objectText(value)
    default:
      return 'None'
  }
}

function objectText(value: object | null): string {
  if (value === null) return 'None'
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (value instanceof WholeFloat) return floatText(value.valueOf())
  if (value instanceof Map) return mapping([...value])
  return mapping(keysOf(value).map((key) => [key, (value as Record<string, unknown>)[key]]))
}

function mapping(entries: readonly (readonly [unknown, unknown])[]): string {
  return `{${entries.map(([key, member]) => `${pythonRepr(key)}: ${pythonRepr(member)}`).join(', ')}}`
}

/**
 * A number as Python writes what it reads from our JSON: a whole number is an integer there (`1`), unless JavaScript writes it with an exponent.
 * NaN and the infinities are Python's words for them.
 */
export function numberText(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return floatText(value)
}

/** As Python writes a float: `1.0`, exponents below 1e-4 and from 1e16 on, of two digits at least. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
  if (Object.is(value, -0)) return '-0.0'
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/** What Python shows as an escape: everything that is not printable. The space is. */
const unprintable = /[\p{C}\p{Z}\\]/gu
const plainText = /^[ !#-&(-[\]-~]*$/

function quoted(text: string): string {
  // Nearly all texts.
  if (plainText.test(text)) return `'${text}'`
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(unprintable, escapeOf)
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote
}

function escapeOf(sign: string): string {
  switch (sign) {
    case ' ':
      return sign
    case '\\':
      return '\\\\'
    case '\n':
      return '\\n'
    case '\r':
      return '\\r'
    case '\t':
      return '\\t'
  }
  const code = sign.codePointAt(0) as number
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}
