/**
 * Reading JSON as Python writes it: bare NaN and Infinity, and integers of any size.
 *
 * The strict parser runs first and nearly always succeeds. Only when it refuses, or exact integers are wanted, the text is scanned once
 * and what JSON.parse can't say is put into marked strings, which a reviver turns into values. The mark is random per process, so that no
 * sender can forge it.
 */
import { randomUUID } from 'node:crypto'

import { UndecodableMessage } from './errors.js'

export interface ParseOptions {
  /** Integers beyond 2^53 become BigInt instead of the nearest number. */
  readonly bigint?: boolean
  /** Most levels of objects and arrays, see isDeeper. Default: no bound. */
  readonly maxDepth?: number
}

const mark = `\u0001${randomUUID()}:`

/** The value of a JSON text. Throws SyntaxError, or UndecodableMessage (`TOO_DEEP`). */
export function parseJson(text: string, options: ParseOptions = {}): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error
    return parseMarked(text, options)
  }
  const { bigint = false, maxDepth } = options
  if (!bigint) return maxDepth === undefined || isShallow(text, maxDepth) ? value : checkDepth(value, options)
  if (isSafe(value, maxDepth ?? 1_000)) return value
  checkDepth(value, options)
  return parseMarked(text, options)
}

/**
 * Whether a parsed value is no deeper than `levels`, and no integer in it has lost digits: each that has is beyond 2^53 still. A look at the
 * values takes a tenth of the time of JSON.parse; one for long digits in the text, half of it.
 */
function isSafe(value: unknown, levels: number): boolean {
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  if (Array.isArray(value)) {
    for (const member of value) if (!isSafe(member, levels - 1)) return false
    return true
  }
  for (const key in value) if (!isSafe((value as Record<string, unknown>)[key], levels - 1)) return false
  return true
}

function parseMarked(text: string, options: ParseOptions): unknown {
  let value: unknown
  try {
    value = JSON.parse(markTokens(text, options.bigint === true), revive)
  } catch (error) {
    // JSON.parse takes any depth by itself, but calls a reviver from level to level, until the stack is full.
    throw error instanceof RangeError ? tooDeep(options) : error
  }
  return checkDepth(value, options)
}

function revive(key: string, value: unknown): unknown {
  if (key.startsWith(mark)) throw new SyntaxError('a key of a JSON object is a string')
  if (typeof value !== 'string' || !value.startsWith(mark)) return value
  const token = value.slice(mark.length)
  return /^-?\d+$/.test(token) ? BigInt(token) : Number(token)
}

// After the parser, as a walk over the values takes a twelfth of its time; a scan of the text takes a third.
function checkDepth(value: unknown, options: ParseOptions): unknown {
  if (options.maxDepth === undefined || !isDeeper(value, options.maxDepth)) return value
  throw tooDeep(options)
}

function tooDeep({ maxDepth }: ParseOptions): UndecodableMessage {
  return new UndecodableMessage(
    'TOO_DEEP',
    `objects and arrays are nested ${maxDepth ?? 'some thousand'} levels deep at most (the transport's maxDepth); found more`,
  )
}

/**
 * Whether objects and arrays are nested deeper than `levels`, `value` itself being the first level: as JSON.stringify writes it, which must
 * have taken it before, or cycles would not end. Goes no deeper than asked.
 */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { toJSON } = value as { readonly toJSON?: unknown }
  if (typeof toJSON === 'function') return isDeeper(toJSON.call(value), levels)
  if (levels === 0) return true
  if (Array.isArray(value)) {
    for (const member of value) if (typeof member === 'object' && isDeeper(member, levels - 1)) return true
    return false
  }
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key]
    if (typeof member === 'object' && Object.hasOwn(value, key) && isDeeper(member, levels - 1)) return true
  }
  return false
}

/**
 * Whether a JSON text has no more opening brackets than `levels`, those in its strings included: then no value in it is deeper. Costs a
 * tenth of isDeeper, and says it of nearly all notifications.
 */
export function isShallow(text: string, levels: number): boolean {
  // Each level takes two signs.
  if (text.length <= 2 * levels) return true
  let left = levels
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1))
      if (left-- === 0) return false
  return true
}

/** Copies string literals untouched and marks NaN, Infinity and (when asked) unsafe integers between them. One pass, linear. */
function markTokens(text: string, integers: boolean): string {
  const parts: string[] = []
  let from = 0
  for (;;) {
    const quote = text.indexOf('"', from)
    const between = quote === -1 ? text.slice(from) : text.slice(from, quote)
    parts.push(
      between.replace(/NaN|-?Infinity|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
        isMarkable(token, integers) ? JSON.stringify(mark + token) : token,
      ),
    )
    if (quote === -1) return parts.join('')
    const end = endOfString(text, quote + 1)
    parts.push(text.slice(quote, end))
    from = end
  }
}

function isMarkable(token: string, integers: boolean): boolean {
  if (/[NI]/.test(token)) return true
  return integers && /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))
}

function endOfString(text: string, from: number): number {
  let at = from
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote === -1) return text.length
    let backslashes = 0
    while (text[quote - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return quote + 1
    at = quote + 1
  }
}
