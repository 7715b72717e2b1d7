/** What operators make of a value; undefined = nothing. source: jsonpath_rw_ext/_iterable.py, _string.py */
import { WholeFloat } from '../values/index.js'
import type { Node } from './tree.js'

/** What may have members. A float that is whole is an object to JavaScript; it has none. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WholeFloat)
  )
}

/** In characters, items or members. */
export function lengthOf(value: unknown): unknown {
  if (typeof value === 'string') return Array.from(value).length
  if (Array.isArray(value)) return value.length
  return isObject(value) ? Object.keys(value).length : undefined
}

/** One piece of a text that was cut at a separator. */
export function pieceOf(value: unknown, { separator, segment, most }: Node & { kind: 'split' }): unknown {
  if (typeof value !== 'string') return undefined
  const pieces = value.split(separator)
  if (most !== -1 && pieces.length > most + 1) pieces.push(pieces.splice(most).join(separator))
  return pieces[segment]
}

/** An unchanged text is no match, as in the original. */
export function substituted(value: unknown, replace: (text: string) => string, wrong: () => void): unknown {
  if (typeof value !== 'string') return wrong()
  const text = replace(value)
  return text === value ? undefined : text
}
