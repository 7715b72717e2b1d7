/**
 * A regular expression of Python as one of JavaScript, with its groups: what NotificationFilter can't give, which tells only whether a
 * text matches. The patterns come from definition files; unlike there, time is not bounded. source: Python's re._parser
 */
import { classMembers, type Sets, setsOf, written } from './python-class.js'
import { type Flag, type Flags, leadingFlags, scopedFlags } from './python-flags.js'

/** Its groups have names of ours: group 1 is `g1`. */
export interface TranslatedPattern {
  readonly source: string
  /** `y` or `g` is for the caller to add. */
  readonly flags: string
  /** How many groups there are. */
  readonly groups: number
  /** Numbers of the groups that have a name. */
  readonly names: ReadonlyMap<string, number>
}

/** Throws SyntaxError for what is no pattern of Python 3.11, and for `(?(1)a|b)`, which has no counterpart. */
export function translatePattern(pattern: string): TranslatedPattern {
  const [flags, start] = leadingFlags(pattern)
  return new Translator(pattern, start, flags).translate()
}

const start = '(?<![\\s\\S])'
const end = '(?![\\s\\S])'

/** How many characters it takes. */
interface Part {
  readonly source: string
  readonly least: number
  readonly most: number
}

/** What a quantifier may stand behind: not a place. */
interface Item extends Part {
  readonly kind: 'item' | 'place' | 'repeated'
}

class Translator {
  readonly #pattern: string
  /** In a flag's scope the flag `i` of JavaScript, which counts everywhere, is of no use: each letter is written in both cases. */
  readonly #spellsCases: boolean
  readonly #names = new Map<string, number>()
  #flags: Flags
  /** By number, of groups that are closed: only those can be referred to. */
  readonly #widths = new Map<number, Part>()
  #groups = 0
  #atomics = 0
  #at: number

  constructor(pattern: string, at: number, flags: Flags) {
    this.#pattern = pattern
    this.#at = at
    this.#flags = flags
    this.#spellsCases = /\(\?[a-z-]*i[a-z-]*:/.test(pattern)
  }

  translate(): TranslatedPattern {
    const flags = this.#has('i') && !this.#spellsCases ? 'iv' : 'v'
    const { source } = this.#choice()
    if (this.#at < this.#pattern.length) throw new SyntaxError("a ')' closes no group")
    return { source, flags, groups: this.#groups, names: this.#names }
  }

  #has(flag: Flag): boolean {
    return this.#flags.has(flag)
  }

  get #sets(): Sets {
    return setsOf(this.#has('a') ? 'ascii' : 'unicode')
  }

  #choice(): Part {
    const parts = [this.#sequence()]
    while (this.#take(/\|/y) !== undefined) parts.push(this.#sequence())
    return {
      source: parts.map(({ source }) => source).join('|'),
      least: Math.min(...parts.map(({ least }) => least)),
      most: Math.max(...parts.map(({ most }) => most)),
    }
  }

  #sequence(): Part {
    const items: Item[] = []
    for (;;) {
      this.#skipComments()
      if (this.#at >= this.#pattern.length || /[|)]/.test(this.#pattern.charAt(this.#at))) break
      const quantifier = this.#quantifier()
      items.push(quantifier === undefined ? this.#item() : this.#repeated(items.pop(), quantifier))
    }
    return {
      source: items.map(({ source }) => source).join(''),
      least: items.reduce((sum, { least }) => sum + least, 0),
      most: items.reduce((sum, { most }) => sum + most, 0),
    }
  }

  #skipComments(): void {
    const comment = this.#has('x') ? /\(\?#[^)]*\)|[ \t\n\r\v\f]+|#[^\n]*/y : /\(\?#[^)]*\)/y
    while (this.#take(comment) !== undefined);
  }

  #quantifier(): string | undefined {
    const bounds = this.#take(/\{(?=[\d,])\d*,?\d*\}/y)
    if (bounds !== undefined) return bounds.startsWith('{,') ? `{0${bounds.slice(1)}` : bounds
    return this.#take(/[*+?]/y)
  }

  #repeated(item: Item | undefined, quantifier: string): Item {
    if (item === undefined || item.kind === 'place')
      throw new SyntaxError(`nothing stands before the quantifier '${quantifier}' that could be repeated`)
    if (item.kind === 'repeated')
      throw new SyntaxError(`the quantifier '${quantifier}' stands behind another one`)
    const repeated = `(?:${item.source})${quantifier}`
    const way = this.#take(/[?+]/y)
    const [least, most] = timesOf(quantifier)
    return {
      source: way === '+' ? this.#atomic(repeated) : repeated + (way ?? ''),
      kind: 'repeated',
      least: item.least * least,
      most: item.most === 0 ? 0 : item.most * most,
    }
  }

  /** What a lookahead found is never given back, which is what possessive means. */
  #atomic(source: string): string {
    const name = `a${++this.#atomics}`
    return `(?:(?=(?<${name}>${source}))\\k<${name}>)`
  }

  #item(): Item {
    const code = this.#pattern.codePointAt(this.#at) as number
    const sign = String.fromCodePoint(code)
    if (sign === '\\') return this.#escape()
    if (sign === '[') return itemOf(this.#class())
    if (sign === '(') return { ...this.#group(), kind: 'item' }
    this.#at += sign.length
    switch (sign) {
      case '.':
        return itemOf(this.#has('s') ? '[\\s\\S]' : '[[^\\n]]')
      case '^':
        return placeOf(this.#has('m') ? '(?<![[^\\n]])' : start)
      case '$':
        return placeOf(this.#has('m') ? '(?![[^\\n]])' : `(?=\\n?${end})`)
      default:
        return itemOf(this.#character(code))
    }
  }

  #character(code: number): string {
    return written(code, this.#cases)
  }

  get #cases(): 'as it is' | 'both' | 'both of ASCII' {
    if (!this.#spellsCases || !this.#has('i')) return 'as it is'
    return this.#has('a') ? 'both of ASCII' : 'both'
  }

  #group(): Part {
    if (this.#take(/\(\?>/y) !== undefined) {
      const inside = this.#inside()
      return { ...inside, source: this.#atomic(inside.source) }
    }
    const look = this.#take(/\(\?(?::|=|!|<=|<!)/y)
    if (look !== undefined) return this.#look(look)
    const reference = this.#take(/\(\?P=[^)]*\)/y)
    if (reference !== undefined) return this.#reference(this.#names.get(reference.slice(4, -1)), reference)
    const scoped = this.#take(/\(\?[aiLmsux]*(?:-[aiLmsux]*)?:/y)
    if (scoped !== undefined) return this.#scope(scoped)
    const named = this.#take(/\(\?P<[\p{ID_Start}_]\p{ID_Continue}*>/uy)
    if (named === undefined) {
      const unknown = this.#take(/\(\?[^)]{0,8}/y)
      if (unknown !== undefined) throw new SyntaxError(`the syntax '${unknown}' is not supported`)
      this.#at += 1
    }
    const number = ++this.#groups
    if (named !== undefined) this.#name(named.slice(4, -1), number)
    const inside = this.#inside()
    this.#widths.set(number, inside)
    return { ...inside, source: `(?<g${number}>${inside.source})` }
  }

  #look(opening: string): Part {
    const { source, least, most } = this.#inside()
    const whole = `(?:${opening}${source}))`
    if (opening === '(?:') return { source: whole, least, most }
    if (opening.startsWith('(?<') && least !== most)
      throw new SyntaxError('a lookbehind takes a fixed number of characters')
    return { source: whole, least: 0, most: 0 }
  }

  #name(name: string, number: number): void {
    if (this.#names.has(name)) throw new SyntaxError(`two groups have the name '${name}'`)
    this.#names.set(name, number)
  }

  #scope(text: string): Part {
    const outer = this.#flags
    this.#flags = scopedFlags(text, outer)
    const inside = this.#inside()
    this.#flags = outer
    return { ...inside, source: `(?:${inside.source})` }
  }

  #inside(): Part {
    const part = this.#choice()
    if (this.#take(/\)/y) === undefined) throw new SyntaxError("a '(' is not closed by a ')'")
    return part
  }

  #reference(group: number | undefined, text: string): Part {
    const width = group === undefined ? undefined : this.#widths.get(group)
    if (width === undefined) throw new SyntaxError(`'${text}' refers to a group that is not there before it`)
    return { ...width, source: `(?:\\k<g${group}>)` }
  }

  #escape(): Item {
    const octal = this.#take(/\\(?:0[0-7]{0,2}|[0-3][0-7]{2})/y)
    if (octal !== undefined) return itemOf(this.#character(Number.parseInt(octal.slice(1), 8)))
    const back = this.#take(/\\[1-9]\d?/y)
    if (back !== undefined) return { ...this.#reference(Number(back.slice(1)), back), kind: 'item' }
    const { word } = this.#sets
    switch (this.#take(/\\[AZbB]/y)) {
      case '\\A':
        return placeOf(start)
      case '\\Z':
        return placeOf(end)
      case '\\b':
        return placeOf(`(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`)
      case '\\B':
        // Not in an empty text, as in Python before 3.14.
        return placeOf(`(?!${start}${end})(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`)
      default: {
        const { text, at } = classMembers(this.#pattern, this.#at, this.#sets, this.#cases, 'outside')
        this.#at = at
        return itemOf(text)
      }
    }
  }

  #class(): string {
    const { text, at } = classMembers(this.#pattern, this.#at, this.#sets, this.#cases, 'class')
    this.#at = at
    return text
  }

  #take(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at
    const found = sticky.exec(this.#pattern)
    if (found === null) return undefined
    this.#at = sticky.lastIndex
    return found[0]
  }
}

function timesOf(quantifier: string): readonly [least: number, most: number] {
  if (!quantifier.startsWith('{'))
    return [quantifier === '+' ? 1 : 0, quantifier === '?' ? 1 : Number.POSITIVE_INFINITY]
  const [low = '', high = low] = quantifier.slice(1, -1).split(',')
  return [Number(low), high === '' ? Number.POSITIVE_INFINITY : Number(high)]
}

function itemOf(source: string): Item {
  return { source, kind: 'item', least: 1, most: 1 }
}

function placeOf(source: string): Item {
  return { source, kind: 'place', least: 0, most: 0 }
}
