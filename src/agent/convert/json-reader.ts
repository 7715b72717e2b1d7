/**
 * JSON as Python reads it: integers of any size stay exact, NaN and Infinity are numbers, a number that was written as a float can be told
 * from an integer (WholeFloat), and keys stay in their order (key-order.ts). JSON.parse can do none of these.
 */
import { float, isMoved, keepOrder } from '../values/index.js'

/** Deeper texts are refused, as by Python a little further down: the stack is not for whoever sends to fill. */
const MAX_DEPTH = 950

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
/** What a text can't hold as it is. */
// oxlint-disable-next-line no-control-regex -- JSON forbids them, as they are, in texts
const SPECIAL = /[\\\u0000-\u001F]/
const WORDS: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-f]{4})/iy

/** Throws SyntaxError with the position. Objects take any key as their own, `__proto__` too; the last of two equal keys counts. */
export function readJson(text: string): unknown {
  return new JsonReader(text).document()
}

class JsonReader {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): unknown {
    const value = this.#value()
    this.#space()
    if (this.#at < this.#text.length) throw this.#unexpected('the end')
    return value
  }

  #value(): unknown {
    this.#space()
    switch (this.#text.charCodeAt(this.#at)) {
      case 0x7b:
        return this.#object()
      case 0x5b:
        return this.#list()
      case 0x22:
        return this.#string()
      default:
        return this.#scalar()
    }
  }

  #enter(): void {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw new SyntaxError(`deeper than ${MAX_DEPTH} at position ${this.#at}`)
    this.#at += 1
  }

  #leave(mark: string): void {
    this.#expect(mark)
    this.#depth -= 1
  }

  #object(): Record<string, unknown> {
    this.#enter()
    const object: Record<string, unknown> = {}
    if (!this.#is('}')) this.#members(object)
    this.#leave('}')
    return object
  }

  #members(object: Record<string, unknown>): void {
    let order: string[] | undefined
    do {
      this.#space()
      if (this.#text[this.#at] !== '"') throw this.#unexpected('a key in quotes')
      const key = this.#string()
      this.#expect(':')
      const value = this.#value()
      if (order === undefined && isMoved(key)) order = Object.keys(object)
      if (order !== undefined && !Object.hasOwn(object, key)) order.push(key)
      if (key === '__proto__') own(object, key, value)
      else object[key] = value
    } while (this.#skip(','))
    if (order !== undefined) keepOrder(object, order)
  }

  #list(): unknown[] {
    this.#enter()
    const list: unknown[] = []
    if (!this.#is(']')) {
      do list.push(this.#value())
      while (this.#skip(','))
    }
    this.#leave(']')
    return list
  }

  #string(): string {
    const start = this.#at
    const end = this.#closingQuote()
    const plain = this.#text.slice(start + 1, end)
    if (end !== -1 && !SPECIAL.test(plain)) {
      this.#at = end + 1
      return plain
    }
    try {
      // Texts have the same form there, and many escapes are read in no time.
      const text = JSON.parse(this.#text.slice(start, end + 1)) as string
      this.#at = end + 1
      return text
    } catch {
      throw this.#wrongText()
    }
  }

  /** -1 = there is none. */
  #closingQuote(): number {
    let end = this.#at
    for (;;) {
      end = this.#text.indexOf('"', end + 1)
      let first = end
      while (this.#text[first - 1] === '\\') first -= 1
      if ((end - first) % 2 === 0) return end
    }
  }

  /** With the place of what can't be read. */
  #wrongText(): SyntaxError {
    this.#at += 1
    while (this.#at < this.#text.length) {
      const special = this.#text.slice(this.#at).search(SPECIAL)
      this.#at = special === -1 ? this.#text.length : this.#at + special
      if (this.#text[this.#at] !== '\\') break
      ESCAPE.lastIndex = this.#at
      if (!ESCAPE.test(this.#text)) return this.#unexpected('an escape')
      this.#at = ESCAPE.lastIndex
    }
    return this.#unexpected('the end of a text')
  }

  #scalar(): unknown {
    const short = this.#shortInteger()
    if (short !== undefined) return short
    NUMBER.lastIndex = this.#at
    const match = NUMBER.exec(this.#text)
    if (match !== null) {
      this.#at += match[0].length
      return this.#number(match)
    }
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue
      this.#at += word.length
      return value
    }
    throw this.#unexpected('a value')
  }

  /** Nearly all numbers: up to nine digits. Undefined, and nothing was read, for any other. */
  #shortInteger(): number | undefined {
    let value = 0
    let at = this.#at
    for (; at < this.#at + 10; at++) {
      const digit = this.#text.charCodeAt(at) - 0x30
      if (!(digit >= 0 && digit <= 9)) break
      value = value * 10 + digit
    }
    const length = at - this.#at
    const isLeading = this.#text.charCodeAt(this.#at) === 0x30
    if (length === 0 || length > 9 || (isLeading && length > 1)) return undefined
    const next = this.#text.charCodeAt(at)
    // A point or an exponent.
    if (next === 0x2e || next === 0x65 || next === 0x45) return undefined
    this.#at = at
    return value
  }

  #number([text, fraction, exponent]: RegExpExecArray): unknown {
    const value = Number(text)
    if (fraction === undefined && exponent === undefined)
      return Number.isSafeInteger(value) ? (Object.is(value, -0) ? 0 : value) : BigInt(text)
    return float(value)
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at += 1
    }
  }

  #is(mark: string): boolean {
    this.#space()
    return this.#text[this.#at] === mark
  }

  #skip(mark: string): boolean {
    if (!this.#is(mark)) return false
    this.#at += 1
    return true
  }

  #expect(mark: string): void {
    if (!this.#skip(mark)) throw this.#unexpected(`'${mark}'`)
  }

  #unexpected(wanted: string): SyntaxError {
    const found = this.#at < this.#text.length ? `'${this.#text[this.#at] ?? ''}'` : 'the end'
    return new SyntaxError(`not JSON: ${wanted} wanted at position ${this.#at}, ${found} found`)
  }
}

function own(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}
