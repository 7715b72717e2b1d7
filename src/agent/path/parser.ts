/**
 * Tokens to a tree. How tightly things bind is odd and kept, since definition files depend on it: `|` binds tighter than `.`, so that
 * `ctxt.a|ctxt.b` is `ctxt.(a|ctxt).b`; arithmetic binds least of all, has no precedence and goes from the right, so that `3 - 1 - 1` is 3.
 * source: jsonpath_rw/parser.py and jsonpath_rw_ext/parser.py (their grammar and its table of precedence)
 */

import { pythonInt } from '../values/index.js'
import { namedOperator } from './named-operator.js'
import { PathError } from './path-error.js'
import { readTokens, type Token } from './tokens.js'
import type { ComparisonSign, Literal, Node, Operand, Sign, SortKey, Test } from './tree.js'

/** From loose to tight; a bracket behind a path takes all that stands before it but an arithmetic sign. */
const levels = { descendants: 2, child: 3, union: 4, intersection: 5, where: 6 } as const

/** Deeper than any path that a person writes, and far from the end of the stack. */
const deepest = 100

/** A path that could be read. */
export interface ParsedPath {
  readonly tree: Node
  /** Whether a `|` without brackets stands beside a `.`, which it binds tighter than: most who write that mean something else. */
  readonly hasTightUnion: boolean
}

/** Throws PathError. */
export function parsePath(path: string): ParsedPath {
  return new Parser(path).read()
}

class Parser {
  readonly #path: string
  readonly #tokens: readonly Token[]
  /** What stood in brackets. */
  readonly #grouped = new WeakSet<Node>()
  #hasTightUnion = false
  #next = 0
  #depth = 0

  constructor(path: string) {
    this.#path = path
    this.#tokens = readTokens(path)
  }

  read(): ParsedPath {
    const tree = this.#jsonPath()
    if (this.#token.kind !== 'end') throw this.#unexpected('the end of the path')
    return { tree, hasTightUnion: this.#hasTightUnion }
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token
  }

  #jsonPath(): Node {
    if (++this.#depth > deepest)
      throw this.#error(`parts are nested deeper than ${deepest}; write it flatter`)
    const number = this.#number()
    let left: Operand = number ?? this.#bound(0)
    while (this.#is('+') || this.#is('-') || this.#is('*')) {
      const sign = this.#take().text as Sign
      const right = this.#lastNumber()
      if (right === undefined) {
        left = operation(left, sign, this.#jsonPath())
        break
      }
      if (left.kind === 'literal' && left.isFloat !== right.isFloat)
        throw this.#error("an integer and a float can't stand beside one sign; write both with a fraction")
      left = this.#goOn(operation(left, sign, right), 0)
    }
    this.#depth -= 1
    if (left.kind !== 'literal') return left
    throw this.#error('a number alone is no path; where it is meant, write it without quotes')
  }

  #number(): Literal | undefined {
    const token = this.#token
    if (token.kind !== 'integer' && token.kind !== 'float') return undefined
    this.#next += 1
    return numberLiteral(token)
  }

  /** One that no sign follows: what comes behind it is bound to the whole operation. */
  #lastNumber(): Literal | undefined {
    const start = this.#next
    const number = this.#number()
    if (number === undefined || !(this.#is('+') || this.#is('-') || this.#is('*'))) return number
    this.#next = start
    return undefined
  }

  /** A path whose parts are bound at least as tightly as `least`. */
  #bound(least: number): Node {
    const { kind } = this.#token
    // A number begins an operation, wherever it stands.
    return this.#goOn(kind === 'integer' || kind === 'float' ? this.#jsonPath() : this.#atom(), least)
  }

  #goOn(start: Node, least: number): Node {
    let node = start
    for (;;) {
      const kind = this.#infix()
      if (kind === undefined) {
        if (least > 0 || !this.#is('[')) return node
        node = this.#bracket(node)
        continue
      }
      if (levels[kind] < least) return node
      this.#next += 1
      const right = this.#bound(levels[kind] + 1)
      this.#hasTightUnion ||= kind === 'child' && (this.#isTightUnion(node) || this.#isTightUnion(right))
      node = { kind, left: node, right }
    }
  }

  #isTightUnion(node: Node): boolean {
    return node.kind === 'union' && !this.#grouped.has(node)
  }

  #infix(): keyof typeof levels | undefined {
    if (this.#token.kind === 'descent') return 'descendants'
    if (this.#token.kind === 'where') return 'where'
    return this.#is('.') ? 'child' : this.#is('|') ? 'union' : this.#is('&') ? 'intersection' : undefined
  }

  #atom(): Node {
    const token = this.#token
    if (token.kind === 'name' || this.#is('*')) return this.#fields()
    if (token.kind === 'operator') {
      this.#next += 1
      return namedOperator(token.text, (problem) => new PathError(this.#path, token.at, problem))
    }
    if (this.#skip('$')) return { kind: 'root' }
    if (this.#skip('@')) return { kind: 'this' }
    if (this.#skip('(')) {
      const node = this.#jsonPath()
      this.#expect(')')
      this.#grouped.add(node)
      return node
    }
    if (this.#skip('[')) {
      const node = this.#place()
      this.#expect(']')
      return node
    }
    throw this.#unexpected('a name, $, @, *, a bracket or a back-quoted operator')
  }

  /** `*` stands alone; in quotes it may be one of several. */
  #fields(): Node {
    if (this.#skip('*')) return { kind: 'fields', names: ['*'] }
    const names = [this.#fieldName()]
    while (this.#skip(',')) names.push(this.#fieldName())
    return { kind: 'fields', names }
  }

  #fieldName(): string {
    const token = this.#token
    if (token.kind !== 'name') throw this.#unexpected('a name')
    this.#next += 1
    return token.text
  }

  /** What stands in brackets behind a path: a place, a filter or an order. */
  #bracket(path: Node): Node {
    this.#expect('[')
    const inner = this.#skip('?')
      ? ({ kind: 'filter', tests: this.#tests() } as const)
      : this.#token.kind === 'sort'
        ? ({ kind: 'sorted', keys: this.#sortKeys() } as const)
        : this.#place()
    this.#expect(']')
    return { kind: 'child', left: path, right: inner }
  }

  /** `*` alone is the slice of all items and not all members, which also takes what is no list: see `slice` in steps.ts. */
  #place(): Node {
    const token = this.#token
    if (token.kind === 'name') return this.#fields()
    if (this.#skip('*')) return { kind: 'slice' }
    const start = this.#integer()
    if (start !== undefined && !this.#is(':')) return { kind: 'index', index: start }
    this.#expect(':')
    const end = this.#integer()
    return { kind: 'slice', ...(start !== undefined && { start }), ...(end !== undefined && { end }) }
  }

  #integer(): number | undefined {
    const token = this.#token
    if (token.kind !== 'integer') return undefined
    this.#next += 1
    return Number(token.text)
  }

  #tests(): readonly Test[] {
    const tests = [...this.#testOrGroup()]
    while (this.#skip('&')) tests.push(...this.#testOrGroup())
    return tests
  }

  /** A bracket may hold a path, which goes on behind it, or tests: only what follows tells. */
  #testOrGroup(): readonly Test[] {
    if (!this.#is('(')) return [this.#test()]
    const [start, depth] = [this.#next, this.#depth]
    try {
      return [this.#test()]
    } catch (error) {
      if (depth >= deepest / 10) throw error
      this.#next = start + 1
      this.#depth = depth + 1
    }
    const tests = this.#tests()
    this.#expect(')')
    this.#depth = depth
    return tests
  }

  #test(): Test {
    const path = this.#jsonPath()
    const sign = this.#token
    if (sign.kind !== 'comparison') return { path }
    this.#next += 1
    return { path, comparison: { sign: sign.text as ComparisonSign, ...this.#compared() } }
  }

  #compared(): Literal | { readonly value: boolean; readonly isFloat: false } {
    const token = this.#token
    this.#next += 1
    if (token.kind === 'name') return { kind: 'literal', value: token.text, isFloat: false }
    if (token.kind === 'integer' || token.kind === 'float') return numberLiteral(token)
    if (token.kind === 'boolean') return { value: token.value, isFloat: false }
    this.#next -= 1
    throw this.#unexpected('a name, a number, true or false')
  }

  #sortKeys(): readonly SortKey[] {
    const keys: SortKey[] = []
    for (let token = this.#token; token.kind === 'sort'; token = this.#token) {
      this.#next += 1
      keys.push({ path: this.#jsonPath(), isDescending: token.text === '\\' })
    }
    return keys
  }

  #is(sign: string): boolean {
    const token = this.#token
    return token.kind === 'sign' && token.text === sign
  }

  #skip(sign: string): boolean {
    if (!this.#is(sign)) return false
    this.#next += 1
    return true
  }

  #take(): Token & { readonly text: string } {
    return this.#tokens[this.#next++] as Token & { readonly text: string }
  }

  #expect(sign: string): void {
    if (!this.#skip(sign)) throw this.#unexpected(`'${sign}'`)
  }

  #unexpected(wanted: string): PathError {
    const token = this.#token
    if (token.kind === 'end') return this.#error(`it ends where ${wanted} should stand`)
    if (token.kind === 'sort') return this.#error('division does not exist; multiply, for example by 0.001')
    const found = this.#path.slice(token.at, this.#tokens[this.#next + 1]?.at).trim()
    return this.#error(`expected ${wanted}, found ${found}`)
  }

  #error(problem: string): PathError {
    return new PathError(this.#path, this.#token.at, problem)
  }
}

function numberLiteral(token: Token & { readonly kind: 'integer' | 'float' }): Literal {
  const isFloat = token.kind === 'float'
  return { kind: 'literal', value: isFloat ? Number(token.text) : (pythonInt(token.text) ?? 0), isFloat }
}

function operation(left: Operand, sign: Sign, right: Operand): Node {
  return { kind: 'operation', sign, left: asText(left), right: asText(right) }
}

/** A name alone beside a sign is a text: a path there would have been written with `$.`. */
function asText(operand: Operand): Operand {
  const [name, ...others] = operand.kind === 'fields' ? operand.names : []
  return name === undefined || others.length > 0 ? operand : { kind: 'literal', value: name, isFloat: false }
}
