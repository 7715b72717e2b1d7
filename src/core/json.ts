/**
 * Reading JSON as Python writes it: bare NaN and Infinity, and integers of any size.
 *
 * The strict parser runs first and nearly always succeeds. Only when it refuses, or exact integers are wanted, the text is scanned once
 * and what JSON.parse can't say is put into marked strings, which a reviver turns into values. The mark is random per process, so that no
 * sender can forge it.
 */
import { randomUUID } from 'node:crypto'

export interface ParseOptions {
  /** Integers beyond 2^53 become BigInt instead of the nearest number. */
  readonly bigint?: boolean
}

const mark = `\u0001${randomUUID()}:`

/** The value of a JSON text. Throws SyntaxError. */
export function parseJson(text: string, options: ParseOptions = {}): unknown {
  if (options.bigint === true && longDigits.test(text)) return parseMarked(text, options)
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error
    return parseMarked(text, options)
  }
}

const longDigits = /\d{16}/

function parseMarked(text: string, options: ParseOptions): unknown {
  return JSON.parse(markTokens(text, options.bigint === true), (key, value: unknown) => {
    if (key.startsWith(mark)) throw new SyntaxError('a key of a JSON object is a string')
    if (typeof value !== 'string' || !value.startsWith(mark)) return value
    const token = value.slice(mark.length)
    return /^-?\d+$/.test(token) ? BigInt(token) : Number(token)
  })
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
