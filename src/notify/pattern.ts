/**
 * Python's regular expressions in JavaScript's. Filter rules move between the two worlds in configuration files, so a pattern means here what it
 * means there; what can't is refused when the filter is made, not misread when a message comes. One difference is left: a backreference to
 * a group that took no part matches the empty text here, and nothing there.
 *
 * The result is always in `v` mode, as only that has nested classes, characters instead of UTF-16 units, and Python's folding of cases.
 */
import { type Sets, setsOf, translateClass, writeCode } from './pattern-class.js'
import { readEscape } from './pattern-escape.js'

/** Anchored at the start (sticky: set `lastIndex` to 0 before each test). Throws SyntaxError. */
export function compilePattern(pattern: string | RegExp): RegExp {
  if (typeof pattern !== 'string') return new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, '')}y`)
  const [flags, taken] = inlineFlags(pattern)
  const kept = [...flags].filter((flag) => 'is'.includes(flag)).join('')
  return new RegExp(new Translation(pattern, taken, flags).write(), `${kept}vy`)
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
      throw new SyntaxError(`the inline flag '${flag}' of Python has no like in JavaScript; leave it out`)
  if (flags.has('a') && flags.has('u'))
    throw new SyntaxError("the inline flags 'a' and 'u' exclude each other")
  return [flags, taken]
}

class Translation {
  readonly #source: string
  readonly #flags: ReadonlySet<string>
  readonly #sets: Sets
  /** Numbers of the groups that are open; 0 = one that does not capture. */
  readonly #open: number[] = []
  readonly #names = new Map<string, number>()
  #groups = 0
  #at: number

  constructor(source: string, at: number, flags: ReadonlySet<string>) {
    this.#source = source
    this.#flags = flags
    this.#sets = setsOf(flags.has('a') ? 'ascii' : 'unicode')
    this.#at = at
  }

  write(): string {
    let result = ''
    while (this.#at < this.#source.length) result += this.#next()
    return result
  }

  #next(): string {
    const quantifier = /[*+?]|\{(?=[\d,])\d*(?:,\d*)?\}/y
    const counted = this.#take(quantifier)
    if (counted !== undefined) return this.#quantifier(counted)
    const code = this.#source.codePointAt(this.#at) as number
    const sign = String.fromCodePoint(code)
    if (sign === '\\') return this.#escape()
    if (sign === '[') {
      const { end, written } = translateClass(this.#source, this.#at, this.#sets)
      this.#at = end
      return written
    }
    if (sign === '(') return this.#group()
    this.#at += sign.length
    switch (sign) {
      case ')':
        this.#open.pop()
        return ')'
      case '|':
        return '|'
      // Python's dot leaves out the line feed only, JavaScript's three other signs as well.
      case '.':
        return this.#flags.has('s') ? '.' : '[^\\n]'
      // Python's `$` also matches before one line feed at the very end.
      case '$':
        return this.#flags.has('m') ? '(?=\\n|$)' : '(?=\\n?$)'
      case '^':
        return this.#flags.has('m') ? '(?<=^|\\n)' : '^'
      default:
        return writeCode(code)
    }
  }

  #quantifier(found: string): string {
    const lazy = this.#take(/\?/y) ?? ''
    if (lazy === '' && this.#take(/\+/y) !== undefined)
      throw new SyntaxError(
        `the possessive quantifier '${found}+' of Python has no like in JavaScript; use '${found}'`,
      )
    return (found.startsWith('{,') ? `{0${found.slice(1)}` : found) + lazy
  }

  #escape(): string {
    const { end, ...escape } = readEscape(this.#source, this.#at, 'outside')
    this.#at = end
    switch (escape.kind) {
      case 'code':
        return writeCode(escape.code)
      case 'set':
        return this.#sets[escape.set]
      case 'edge':
        return this.#edge(escape.edge)
      case 'group':
        return this.#backreference(escape.group)
    }
  }

  #edge(edge: 'A' | 'Z' | 'b' | 'B'): string {
    if (edge === 'A') return '^'
    if (edge === 'Z') return '$'
    const { w } = this.#sets
    // In a lookbehind of its own, so that a quantifier behind it is an error, as in Python.
    if (edge === 'b') return `(?<=(?<=${w})(?!${w})|(?<!${w})(?=${w}))`
    // Never in an empty text: a quirk of Python's.
    return `(?<=(?!^$)(?:(?<=${w})(?=${w})|(?<!${w})(?!${w})))`
  }

  #backreference(group: number | undefined): string {
    if (group === undefined || group > this.#groups || this.#open.includes(group))
      throw new SyntaxError('a backreference stands behind the group it means')
    // In a group of its own, so that a digit behind it is not taken for a part of it.
    return `(?:\\${group})`
  }

  #group(): string {
    const named = this.#takeMatch(/\(\?P<([\p{L}_][\p{L}\p{N}_]*)>/uy)
    if (named !== undefined) {
      this.#open.push(++this.#groups)
      this.#names.set(named[1] as string, this.#groups)
      return `(?<${named[1]}>`
    }
    const backreference = this.#takeMatch(/\(\?P=([\p{L}_][\p{L}\p{N}_]*)\)/uy)
    if (backreference !== undefined) return this.#backreference(this.#names.get(backreference[1] as string))
    if (this.#take(/\(\?#[^)]*\)/y) !== undefined) return ''
    const plain = this.#take(/\(\?(?::|=|!|<=|<!)/y)
    if (plain !== undefined) {
      this.#open.push(0)
      return plain
    }
    const found = this.#takeMatch(/\(\?[^)]{0,8}/y)
    if (found !== undefined)
      throw new SyntaxError(`'${found[0]}' is syntax that JavaScript has not (or has with another meaning)`)
    this.#at += 1
    this.#open.push(++this.#groups)
    return '('
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
