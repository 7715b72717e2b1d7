/** The text over which a signature goes. source: ceilometer/publisher/utils.py */
import {
  compareCodePoints,
  floatText,
  numberText,
  pythonRepr,
  pythonText,
  WholeFloat,
} from '../values/index.js'

/** How lists are written: as since 2017 (texts as byte strings), or as before. */
export type ListForm = 'bytes' | 'legacy2016'

export interface TextForm {
  readonly lists: ListForm
  /** `as-sent`: a whole float is what JSON.stringify makes of it, `1`. `as-read`: it came from a peer as `1.0`. */
  readonly wholeFloats: 'as-sent' | 'as-read'
}

/** Names and values of all pairs, one after the other without anything between; names by code point, nested ones joined by `:`. */
export function signedText(message: object, form: TextForm): string {
  return membersText(message, '', form)
}

/** Empty objects have no pair, so they do not count. The signature itself is left out, but only at the top. */
function membersText(object: object, prefix: string, form: TextForm): string {
  let text = ''
  for (const key of sortedKeys(object)) {
    const value: unknown = (object as Record<string, unknown>)[key]
    const name = prefix + key
    if (isMapping(value)) text += membersText(value, `${name}:`, form)
    else if (name !== 'message_signature' && value !== undefined) text += name + valueText(value, form)
  }
  return text
}

function valueText(value: unknown, form: TextForm): string {
  if (typeof value === 'number') return numberText(value)
  if (value instanceof WholeFloat) return wholeFloatText(value, form)
  return Array.isArray(value) ? listText(value, form) : pythonText(value)
}

/** Python's `repr` of a list whose objects have their keys sorted. */
function listText(list: readonly unknown[], form: TextForm): string {
  return `[${list.map((member) => memberText(member, form)).join(', ')}]`
}

function memberText(value: unknown, form: TextForm): string {
  if (typeof value === 'string') return form.lists === 'bytes' ? bytesRepr(value) : pythonRepr(value)
  if (Array.isArray(value)) return listText(value, form)
  if (!isMapping(value)) return valueText(value ?? null, form)
  const members = sortedKeys(value).map((key) => {
    const member: unknown = (value as Record<string, unknown>)[key]
    return `${memberText(key, form)}: ${memberText(member, form)}`
  })
  return `{${members.join(', ')}}`
}

function wholeFloatText(value: WholeFloat, { wholeFloats }: TextForm): string {
  return wholeFloats === 'as-read' ? floatText(value.valueOf()) : numberText(value.valueOf())
}

function isMapping(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WholeFloat)
  )
}

function sortedKeys(object: object): string[] {
  const keys = Object.keys(object)
  return keys.length > 1 ? keys.sort(compareCodePoints) : keys
}

const plainText = /^[ !#-&(-[\]-~]*$/

/** Python's `repr` of a text's UTF-8 bytes: `b'\xc3\xa9'`. */
function bytesRepr(text: string): string {
  if (plainText.test(text)) return `b'${text}'`
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let escaped = ''
  for (const byte of Buffer.from(text, 'utf8')) escaped += byteText(byte, quote)
  return `b${quote}${escaped}${quote}`
}

function byteText(byte: number, quote: string): string {
  const sign = String.fromCharCode(byte)
  if (sign === quote || sign === '\\') return `\\${sign}`
  if (byte >= 0x20 && byte <= 0x7e) return sign
  if (sign === '\n') return '\\n'
  if (sign === '\r') return '\\r'
  if (sign === '\t') return '\\t'
  return `\\x${byte.toString(16).padStart(2, '0')}`
}
