/**
 * JSON as Python reads it: integers of any size stay exact, NaN and Infinity are numbers, and a number that was written as a float can be told
 * from an integer (WholeFloat). JSON.parse can do none of these.
 */
import { float } from '../values/index.js'

/** Deeper texts are refused: the stack is not for whoever sends to fill. */
const MAX_DEPTH = 500

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
// oxlint-disable-next-line no-control-regex -- JSON forbids them, as they are, in texts
const PLAIN = /[^"\\\u0000-\u001F]*/y
const WORDS: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

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
        return this.#nested(() => this.#object())
      case 0x5b:
        return this.#nested(() => this.#list())
      case 0x22:
        return this.#string()
      default:
        return this.#scalar()
    }
  }

  #nested(read: () => unknown): unknown {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw new SyntaxError(`deeper than ${MAX_DEPTH} at position ${this.#at}`)
    this.#at += 1
    const value = read()
    this.#depth -= 1
    return value
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    if (this.#skip('}')) return object
    do {
      this.#space()
      if (this.#text[this.#at] !== '"') throw this.#unexpected('a key in quotes')
      const key = this.#string()
      this.#expect(':')
      const value = this.#value()
      if (key === '__proto__') own(object, key, value)
      else object[key] = value
    } while (this.#skip(','))
    this.#expect('}')
    return object
  }

  #list(): unknown[] {
    const list: unknown[] = []
    if (this.#skip(']')) return list
    do list.push(this.#value())
    while (this.#skip(','))
    this.#expect(']')
    return list
  }

  #string(): string {
    this.#at += 1
    let whole = ''
    for (;;) {
      PLAIN.lastIndex = this.#at
      const plain = PLAIN.exec(this.#text)?.[0] ?? ''
      whole += plain
      this.#at += plain.length
      const stop = this.#text[this.#at]
      if (stop === '"') break
      if (stop !== '\\') throw this.#unexpected('the end of a text')
      whole += this.#escape()
    }
    this.#at += 1
    return whole
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? ''
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6)
      if (!/^[\da-f]{4}$/i.test(digits)) throw this.#unexpected('four hexadecimal digits')
      this.#at += 6
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const plain = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined
    if (plain === undefined) throw this.#unexpected('an escape')
    this.#at += 2
    return plain
  }

  #scalar(): unknown {
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

  #skip(mark: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== mark) return false
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
