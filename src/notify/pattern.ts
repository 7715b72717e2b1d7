/**
 * Python's regular expressions. Filter rules move between the two worlds in configuration files, so a pattern means here what it means
 * there; what can't is refused when the filter is made, not misread when a message comes.
 *
 * A pattern is text of a configuration, and RegExp takes exponential time for some: see pattern-matcher.ts for how a bound is kept.
 * Backreferences, which can't have one, are refused. source: Python's re._parser (_parse_sub, _parse)
 */
import { type Sets, setsOf, translateClass, writeCode } from './pattern-class.js'
import { readEscape } from './pattern-escape.js'
import { matcherOf, type TextMatcher } from './pattern-matcher.js'
import { type Reading, type Tree, widthOf } from './pattern-tree.js'

/**
 * Anchored at the start. Throws SyntaxError. What it returns is bounded in time, see TextMatcher; but a RegExp is the programmer's own, and
 * takes what it takes.
 */
export function compilePattern(pattern: string | RegExp): TextMatcher {
  if (typeof pattern === 'string') {
    const { tree, reading } = readPattern(pattern)
    return matcherOf(tree, reading)
  }
  const sticky = new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, '')}y`)
  const matches = (text: string): boolean => {
    sticky.lastIndex = 0
    return sticky.test(text)
  }
  return Object.assign(matches, { beginnings: [beginningOf(pattern)] })
}

/** As much as needs no reading: the letters, digits and dots before anything else. */
function beginningOf({ source, ignoreCase }: RegExp): string {
  if (ignoreCase || source.includes('|')) return ''
  const [, letters = ''] = /^\^?((?:[\w-]|\\\.)*)(?![*+?{])/.exec(source) ?? []
  return letters.replaceAll('\\', '')
}

/** Throws SyntaxError. */
export function readPattern(pattern: string): { readonly tree: Tree; readonly reading: Reading } {
  const [flags, taken] = inlineFlags(pattern)
  const sets = setsOf(flags.has('a') ? 'ascii' : 'unicode')
  const tree = new PatternReader(pattern, taken, flags, sets).read()
  return { tree, reading: { word: sets.w, ignoreCase: flags.has('i') } }
}

/** Python lets them stand at the very start only. */
function inlineFlags(pattern: string): [ReadonlySet<string>, number] {
  const flags = new Set<string>()
  const group = /\(\?([aiLmsux]+)\)/y
  let taken = 0
  for (let found = group.exec(pattern); found !== null; found = group.exec(pattern)) {
    for (const flag of found[1] ?? '') flags.add(flag)
    taken = group.lastIndex
  }
  for (const flag of ['x', 'L'])
    if (flags.has(flag))
      throw new SyntaxError(`the inline flag '${flag}' of Python is not supported; leave it out`)
  if (flags.has('a') && flags.has('u'))
    throw new SyntaxError("the inline flags 'a' and 'u' exclude each other")
  return [flags, taken]
}

/** Deeper than any pattern that a person writes, and far from the end of the stack. */
const deepestGroup = 100

const namedGroup = /\(\?P<([\p{L}_][\p{L}\p{N}_]*)>/uy
const namedBackreference = /\(\?P=[\p{L}_][\p{L}\p{N}_]*\)/uy

class PatternReader {
  readonly #source: string
  readonly #flags: ReadonlySet<string>
  readonly #sets: Sets
  readonly #names = new Set<string>()
  #open = 0
  #at: number

  constructor(source: string, at: number, flags: ReadonlySet<string>, sets: Sets) {
    this.#source = source
    this.#flags = flags
    this.#sets = sets
    this.#at = at
  }

  read(): Tree {
    const tree = this.#choice()
    if (this.#at < this.#source.length) throw new SyntaxError("a ')' closes no group")
    return tree
  }

  #choice(): Tree {
    const parts = [this.#sequence()]
    while (this.#take(/\|/y) !== undefined) parts.push(this.#sequence())
    return parts.length === 1 ? (parts[0] as Tree) : { kind: 'choice', parts }
  }

  #sequence(): Tree {
    const parts: Tree[] = []
    /** Whether the last part is one that a quantifier made. */
    let isRepeated = false
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source.charAt(this.#at))) {
      if (this.#take(/\(\?#[^)]*\)/y) !== undefined) continue
      const quantifier = this.#takeMatch(/[*+?]|\{(?=[\d,])(\d*)(,?)(\d*)\}/y)
      if (quantifier === undefined) parts.push(this.#item())
      else parts.push(this.#repeated(parts.pop(), quantifier, isRepeated))
      isRepeated = quantifier !== undefined
    }
    return parts.length === 1 ? (parts[0] as Tree) : { kind: 'sequence', parts }
  }

  #repeated(part: Tree | undefined, [sign, low, comma, high]: RegExpExecArray, isRepeated: boolean): Tree {
    if (part === undefined || part.kind === 'place')
      throw new SyntaxError(`nothing stands before the quantifier '${sign}' that could be repeated`)
    if (isRepeated) throw new SyntaxError(`the quantifier '${sign}' stands behind another one`)
    // Whether greedy or not changes what is taken, never whether there is a match.
    if (this.#take(/\?/y) === undefined && this.#take(/\+/y) !== undefined)
      throw new SyntaxError(`the possessive quantifier '${sign}+' of Python is not supported; use '${sign}'`)
    const least = sign === '+' ? 1 : Number(low ?? 0)
    const most =
      sign === '?' ? 1 : comma === '' ? least : (high ?? '') === '' ? Number.POSITIVE_INFINITY : Number(high)
    if (least > most) throw new SyntaxError(`the quantifier '${sign}' asks for more than it allows`)
    return { kind: 'repeat', part, least, most }
  }

  #item(): Tree {
    const code = this.#source.codePointAt(this.#at) as number
    const sign = String.fromCodePoint(code)
    if (sign === '\\') return this.#escape()
    if (sign === '(') return this.#group()
    if (sign === '[') {
      const { end, written } = translateClass(this.#source, this.#at, this.#sets)
      this.#at = end
      return { kind: 'set', set: written }
    }
    this.#at += sign.length
    switch (sign) {
      // Python's dot leaves out the line feed only, JavaScript's three other signs as well.
      case '.':
        return { kind: 'set', set: this.#flags.has('s') ? '.' : '[^\\n]' }
      case '$':
        return { kind: 'place', place: this.#flags.has('m') ? 'line-end' : 'last' }
      case '^':
        return { kind: 'place', place: this.#flags.has('m') ? 'line-start' : 'start' }
      default:
        return { kind: 'set', set: writeCode(code) }
    }
  }

  #escape(): Tree {
    const { end, ...escape } = readEscape(this.#source, this.#at, 'outside')
    this.#at = end
    switch (escape.kind) {
      case 'code':
        return { kind: 'set', set: writeCode(escape.code) }
      case 'set':
        return { kind: 'set', set: this.#sets[escape.set] }
      case 'edge':
        return { kind: 'place', place: places[escape.edge] }
      case 'group':
        throw noBackreference(`\\${escape.group}`)
    }
  }

  #group(): Tree {
    const backreference = this.#take(namedBackreference)
    if (backreference !== undefined) throw noBackreference(backreference)
    const named = this.#takeMatch(namedGroup)?.[1]
    if (named !== undefined) {
      if (this.#names.has(named)) throw new SyntaxError(`two groups have the name '${named}'`)
      this.#names.add(named)
      return this.#inner()
    }
    const look = this.#takeMatch(/\(\?(<?)([=!])/y)
    if (look !== undefined) return this.#look(look[1] === '<' ? 'behind' : 'ahead', look[2] === '=')
    if (this.#take(/\(\?:/y) === undefined) {
      const unknown = this.#take(/\(\?[^)]{0,8}/y)
      if (unknown !== undefined) throw new SyntaxError(`the syntax '${unknown}' is not supported`)
      this.#at += 1
    }
    return this.#inner()
  }

  /** From behind the opening of a group to behind its end. */
  #inner(): Tree {
    if (++this.#open > deepestGroup)
      throw new SyntaxError(`groups are nested deeper than ${deepestGroup}; write it flatter`)
    const tree = this.#choice()
    if (this.#take(/\)/y) === undefined) throw new SyntaxError("a '(' is not closed by a ')'")
    this.#open -= 1
    // One part whatever it holds, so that `(^)*` is no mistake, as in Python.
    return { kind: 'sequence', parts: [tree] }
  }

  #look(way: 'ahead' | 'behind', wanted: boolean): Tree {
    const part = this.#inner()
    if (way === 'behind' && widthOf(part) === undefined)
      throw new SyntaxError('a lookbehind takes a fixed number of characters, as in Python')
    return { kind: 'look', way, wanted, part }
  }

  #take(sticky: RegExp): string | undefined {
    return this.#takeMatch(sticky)?.[0]
  }

  #takeMatch(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at
    const found = sticky.exec(this.#source)
    if (found === null) return undefined
    this.#at = sticky.lastIndex
    return found
  }
}

const places = { A: 'start', Z: 'end', b: 'word-edge', B: 'no-word-edge' } as const

function noBackreference(text: string): SyntaxError {
  return new SyntaxError(
    `the backreference '${text}' can't be matched in bounded time; write out what it may stand for, or use a filter function`,
  )
}
