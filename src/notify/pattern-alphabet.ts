import { codeWritten } from './pattern-class.js'
import type { Effort } from './pattern-effort.js'

/** Characters that a pattern can't tell apart; the edge of the text counts as one of them. */
export interface CharacterClass {
  readonly id: number
  /** By set: whether it is in there. */
  readonly isIn: readonly boolean[]
  readonly isEdge: boolean
  readonly isLineFeed: boolean
  /** A line feed that ends the text: `$` holds before it. */
  readonly isLast: boolean
}

const lineFeed = 10

/** In the table of numbers: the class is not known yet, or not the same at every place. */
export const unknown = 0xffff

/** What one use of a RegExp costs, in steps of the automaton; measured. */
const costOfRegExp = 8

/** Most characters beyond U+FFFF whose class is remembered: a sender chooses them. */
const mostRemembered = 4_096

/** The classes of characters of one pattern, found as texts bring them. */
export class Alphabet {
  readonly #effort: Effort
  readonly #flags: string
  readonly #sets = new Map<string, number>()
  /** Sets of one character, by its code. */
  readonly #single = new Map<number, number>()
  /** All others: their numbers, and what tells what is in them. */
  readonly #tests: { readonly set: number; readonly test: RegExp }[] = []
  readonly #classes = new Map<string, CharacterClass>()
  readonly #byId: CharacterClass[] = []
  readonly #astral = new Map<number, CharacterClass>()
  /** Numbers of classes by character: of ASCII, and of all up to U+FFFF once another one was met (128 KiB). */
  ids: Uint16Array = new Uint16Array(128).fill(unknown)
  /** Before the first and behind the last character. */
  readonly edge: CharacterClass

  constructor(effort: Effort, options: { readonly ignoreCase: boolean }) {
    this.#effort = effort
    this.#flags = options.ignoreCase ? 'isv' : 'sv'
    this.edge = this.#keep('edge', { isIn: [], isEdge: true, isLineFeed: false, isLast: false })
  }

  /** How many classes were met. */
  get size(): number {
    return this.#byId.length
  }

  /** The number of a set, given in the syntax of `v` mode. All sets come before the first text. Throws SyntaxError. */
  add(set: string): number {
    const known = this.#sets.get(set)
    if (known !== undefined) return known
    const index = this.#sets.size
    this.#sets.set(set, index)
    const code = this.#flags.includes('i') ? undefined : codeWritten(set)
    if (code === undefined) this.#tests.push({ set: index, test: new RegExp(`^${set}$`, this.#flags) })
    else this.#single.set(code, index)
    return index
  }

  /** Of the character that begins at `at`. */
  after(text: string, at: number): CharacterClass {
    const code = text.codePointAt(at)
    if (code === undefined) return this.edge
    const known = code < this.ids.length ? this.#byId[this.ids[code] as number] : this.#astral.get(code)
    if (known !== undefined) return known
    if (code === lineFeed) return this.#lineFeed({ isLast: at === text.length - 1 })
    const found = this.#classify(code)
    this.#remember(code, found)
    return found
  }

  /** Of the character that ends at `at`. */
  before(text: string, at: number): CharacterClass {
    return at === 0 ? this.edge : this.after(text, before(text, at))
  }

  #remember(code: number, found: CharacterClass): void {
    if (code > 0xffff) {
      if (this.#astral.size >= mostRemembered) this.#astral.clear()
      this.#astral.set(code, found)
      return
    }
    if (code >= this.ids.length) {
      const ids = new Uint16Array(0x1_0000).fill(unknown)
      ids.set(this.ids)
      this.ids = ids
    }
    this.ids[code] = Math.min(found.id, unknown)
  }

  #lineFeed({ isLast }: { readonly isLast: boolean }): CharacterClass {
    const key = isLast ? 'last line feed' : 'line feed'
    const known = this.#classes.get(key)
    return known ?? this.#keep(key, { ...this.#classify(lineFeed), isLineFeed: true, isLast })
  }

  #classify(code: number): CharacterClass {
    this.#effort.spend(this.#sets.size + this.#tests.length * costOfRegExp)
    const sign = String.fromCodePoint(code)
    const isIn = Array.from({ length: this.#sets.size }, () => false)
    for (const { set, test } of this.#tests) isIn[set] = test.test(sign)
    const single = this.#single.get(code)
    if (single !== undefined) isIn[single] = true
    const key = isIn.map(Number).join('')
    return (
      this.#classes.get(key) ?? this.#keep(key, { isIn, isEdge: false, isLineFeed: false, isLast: false })
    )
  }

  #keep(key: string, parts: Omit<CharacterClass, 'id'>): CharacterClass {
    const made = { ...parts, id: this.#byId.length }
    this.#byId.push(made)
    this.#classes.set(key, made)
    return made
  }
}

/** Where the character that ends at `at` begins. */
export function before(text: string, at: number): number {
  const code = text.charCodeAt(at - 1)
  const isPair = code >= 0xdc00 && code <= 0xdfff && (text.codePointAt(at - 2) ?? 0) > 0xffff
  return at - (isPair ? 2 : 1)
}

/** Where the character that begins at `at` ends. */
export function after(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0xd800 && code <= 0xdbff && (text.codePointAt(at) as number) > 0xffff ? at + 2 : at + 1
}
