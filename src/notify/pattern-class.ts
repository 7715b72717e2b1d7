/**
 * Classes of characters (`[a-z]`, `\w`) of Python's regular expressions in JavaScript's `v` mode, as only that has nested classes, characters
 * instead of UTF-16 units, and Python's folding of cases. source: Python's re._parser (_parse)
 */
import { readEscape, type SetName } from './pattern-escape.js'

/** What `\d` and its like are, as classes of their own. */
export type Sets = Readonly<Record<SetName, string>>

const members = {
  // Python's str.isdecimal, str.isspace and str.isalnum, which JavaScript's \d, \s and \w are not.
  unicode: {
    d: '\\p{Nd}',
    s: '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000',
    w: '\\p{L}\\p{N}_',
  },
  ascii: { d: '0-9', s: '\\t-\\r\\x20', w: 'a-zA-Z0-9_' },
} as const

export function setsOf(kind: 'unicode' | 'ascii'): Sets {
  const { d, s, w } = members[kind]
  return { d: `[${d}]`, D: `[^${d}]`, s: `[${s}]`, S: `[^${s}]`, w: `[${w}]`, W: `[^${w}]` }
}

/** One character, written so that it stands for itself within a class and outside of one. */
export function writeCode(code: number): string {
  const sign = String.fromCodePoint(code)
  // Letters of all alphabets stay readable; a lone surrogate would join its neighbour.
  return /^[\p{L}\p{N}_"' ]$/u.test(sign) ? sign : `\\u{${code.toString(16)}}`
}

/** The character that `writeCode` wrote; undefined for anything else. */
export function codeWritten(set: string): number | undefined {
  const [, hexadecimal, sign] = /^(?:\\u\{([\da-f]+)\}|([^\\.]))$/u.exec(set) ?? []
  return hexadecimal === undefined ? sign?.codePointAt(0) : Number.parseInt(hexadecimal, 16)
}

interface ClassAtom {
  readonly written: string
  /** Absent: a set, which can't begin or end a range. */
  readonly code?: number
  readonly end: number
}

/** Translates the class whose `[` is at `at`; `end` is behind its `]`. Throws SyntaxError. */
export function translateClass(source: string, at: number, sets: Sets): { end: number; written: string } {
  const isNegated = source.charAt(at + 1) === '^'
  const first = at + (isNegated ? 2 : 1)
  let written = isNegated ? '[^' : '['
  let next = first
  // A `]` that comes first stands for itself in Python.
  while (source.charAt(next) !== ']' || next === first) {
    const low = readAtom(source, next, sets)
    next = low.end
    if (source.charAt(next) === '-' && next + 1 < source.length && source.charAt(next + 1) !== ']') {
      const high = readAtom(source, next + 1, sets)
      written += range(low, high, source.slice(next - 1, high.end))
      next = high.end
    } else {
      written += low.written
    }
  }
  return { end: next + 1, written: `${written}]` }
}

function readAtom(source: string, at: number, sets: Sets): ClassAtom {
  const code = source.codePointAt(at)
  if (code === undefined) throw new SyntaxError("a '[' is not closed by a ']'")
  if (code !== 0x5c) return { written: writeCode(code), code, end: at + (code > 0xffff ? 2 : 1) }
  const escape = readEscape(source, at, 'class')
  if (escape.kind === 'set') return { written: sets[escape.set], end: escape.end }
  if (escape.kind !== 'code')
    throw new SyntaxError(`'${source.slice(at, escape.end)}' stands for no character in a class`)
  return { written: writeCode(escape.code), code: escape.code, end: escape.end }
}

function range(low: ClassAtom, high: ClassAtom, text: string): string {
  if (low.code === undefined || high.code === undefined || low.code > high.code)
    throw new SyntaxError(`'${text}' is no range of characters`)
  return `${low.written}-${high.written}`
}
