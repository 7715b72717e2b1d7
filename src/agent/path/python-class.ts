/** Characters and classes of Python's regular expressions. source: Python's re._parser (_class_escape, _escape, _parse) */

/** What stands for `\w`, `\d` and their like. */
export interface Sets {
  readonly word: string
  readonly escapes: Readonly<Record<string, string>>
}

/** How letters are written: Python ignores case within a scope, too. */
export type Cases = 'as it is' | 'both' | 'both of ASCII'

export function setsOf(alphabet: 'unicode' | 'ascii'): Sets {
  return alphabet === 'unicode' ? unicode : ascii
}

const unicode = sets(
  '\\p{L}\\p{N}_',
  '\\p{Nd}',
  '\\t\\n\\v\\f\\r\\x1c-\\x1f \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000',
)
const ascii = sets('a-zA-Z0-9_', '0-9', '\\t\\n\\v\\f\\r ')

/** Negated ones within another one: V8 of Node 20 negates them once more when it copies a repeated group. */
function sets(word: string, digit: string, space: string): Sets {
  return {
    word: `[${word}]`,
    escapes: {
      w: `[${word}]`,
      W: `[[^${word}]]`,
      d: `[${digit}]`,
      D: `[[^${digit}]]`,
      s: `[${space}]`,
      S: `[[^${space}]]`,
    },
  }
}

const letters: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 }

/** A character that stands for itself, in and outside of a class. */
export function written(code: number, cases: Cases): string {
  const codes = casesOf(code, cases)
  const texts = codes.map((one) => `\\u{${one.toString(16)}}`)
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join('')}]`
}

function casesOf(code: number, cases: Cases): readonly number[] {
  if (cases === 'as it is' || (cases === 'both of ASCII' && code > 0x7f)) return [code]
  const sign = String.fromCodePoint(code)
  const all = new Set([code])
  for (const other of [sign.toLowerCase(), sign.toUpperCase(), sign.toUpperCase().toLowerCase()]) {
    const first = other.codePointAt(0) as number
    const isOne = String.fromCodePoint(first) === other
    if (isOne && (cases === 'both' || first <= 0x7f)) all.add(first)
  }
  return [...all]
}

/** The class, or the escape outside of one, at `at`; and where it ends. Throws SyntaxError. */
export function classMembers(
  pattern: string,
  at: number,
  { escapes }: Sets,
  cases: Cases,
  where: 'class' | 'outside',
): { readonly text: string; readonly at: number } {
  const reader = new ClassReader(pattern, at, escapes, cases)
  const text = where === 'class' ? reader.class() : reader.outside()
  return { text, at: reader.at }
}

class ClassReader {
  readonly #pattern: string
  readonly #escapes: Readonly<Record<string, string>>
  readonly #cases: Cases
  at: number

  constructor(pattern: string, at: number, escapes: Readonly<Record<string, string>>, cases: Cases) {
    this.#pattern = pattern
    this.#escapes = escapes
    this.#cases = cases
    this.at = at
  }

  outside(): string {
    return this.#single(this.#escape())
  }

  class(): string {
    let source = this.#take(/\[\^?/y) as string
    const isNegated = source === '[^'
    for (let isFirst = true; ; isFirst = false) {
      if (!isFirst && this.#take(/\]/y) !== undefined) return isNegated ? `[${source}]]` : `${source}]`
      const low = this.#member()
      source += this.#take(/-(?!\])/y) === undefined ? this.#single(low) : this.#range(low, this.#member())
    }
  }

  #single(member: number | string): string {
    return typeof member === 'string' ? member : written(member, this.#cases)
  }

  #range(low: number | string, high: number | string): string {
    if (typeof low === 'string' || typeof high === 'string' || low > high)
      throw new SyntaxError('a range of characters goes from one character up to another one')
    const range = `\\u{${low.toString(16)}}-\\u{${high.toString(16)}}`
    if (this.#cases === 'as it is') return range
    const others = new Set<number>()
    // Beyond, there are no letters of two cases.
    for (let code = low; code <= Math.min(high, 0x1e943); code++)
      for (const other of casesOf(code, this.#cases)) if (other < low || other > high) others.add(other)
    return range + [...others].map((code) => written(code, 'as it is')).join('')
  }

  /** A set is a text. */
  #member(): number | string {
    const code = this.#pattern.codePointAt(this.at)
    if (code === undefined) throw new SyntaxError("a '[' is not closed by a ']'")
    if (code !== 0x5c) {
      this.at += code > 0xffff ? 2 : 1
      return code
    }
    const octal = this.#take(/\\[0-7]{1,3}/y)
    if (octal === undefined) return this.#escape()
    const value = Number.parseInt(octal.slice(1), 8)
    if (value > 0o377) throw new SyntaxError(`the octal escape '${octal}' is above \\377`)
    return value
  }

  #escape(): number | string {
    const code = this.#take(/\\(?:x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8})/iy)
    // `\X41` has no meaning.
    if (code !== undefined && /^\\[xuU]/.test(code)) return Number.parseInt(code.slice(2), 16)
    const sign = this.#take(/\\[\s\S]/uy)?.slice(1)
    if (sign === undefined) throw new SyntaxError('nothing stands behind the last backslash')
    const set = this.#escapes[sign]
    if (set !== undefined) return set
    const control = letters[sign]
    if (control !== undefined) return control
    if (/[a-z\d]/i.test(sign)) throw new SyntaxError(`the escape '\\${sign}' has no meaning`)
    return sign.codePointAt(0) as number
  }

  #take(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.at
    const found = sticky.exec(this.#pattern)
    if (found === null) return undefined
    this.at = sticky.lastIndex
    return found[0]
  }
}
