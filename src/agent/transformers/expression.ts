/**
 * The arithmetic of transformers: numbers, names with dots, + - * / **, a sign before, parentheses and `or`, as in Python, whose programs the original
 * runs here. Parsed once, into closures; nothing of it is ever run as a program.
 */
import { ExpressionFault, type Token, type TokenKind, tokensOf } from './expression-tokens.js'
import {
  attribute,
  divide,
  isTrue,
  MISSING,
  minus,
  NAMES_OF_PYTHON,
  numberOf,
  plus,
  power,
  times,
} from './expression-values.js'

/** What names stand for: of a sample its fields, or the latest sample of each meter. Only own properties count. */
export type Scope = Readonly<Record<string, unknown>>

export interface Expression {
  /** The names in `$(...)`, each once, in order. */
  readonly meters: readonly string[]
  /** A finite number. Throws TransformFailure for anything else: a missing name as operand, text, a division by zero. */
  evaluate(scope: Scope): number
}

type Term = (scope: Scope) => unknown

const MOST_TOKENS = 1_000
const MOST_DEPTH = 100

/**
 * Throws ExpressionFault, which names the column. `names` are those that may stand without `$(...)` in front of a dot or alone; absent = any, and one that is
 * not there counts as false for `or`.
 */
export function parseExpression(text: string, names?: ReadonlySet<string>): Expression {
  const parser = new Parser(text)
  const term = parser.whole()
  const meters = [...parser.meters]
  for (const { text: name, column } of parser.plainNames)
    if (names !== undefined && !names.has(name) && !parser.meters.has(name))
      throw new ExpressionFault(`'${name}' is unknown here; ${advice(name, names)}`, column)
  return { meters, evaluate: (scope) => numberOf(term(scope)) }
}

function advice(name: string, names: ReadonlySet<string>): string {
  return names.size === 0 ? `meters are written $(${name})` : `there are ${[...names].join(', ')}`
}

class Parser {
  readonly meters = new Set<string>()
  readonly plainNames: Token[] = []
  readonly #tokens: readonly Token[]
  #place = 0
  #depth = 0

  constructor(text: string) {
    this.#tokens = tokensOf(text)
    if (this.#tokens.length > MOST_TOKENS)
      throw new ExpressionFault(`an expression has at most ${MOST_TOKENS} parts`, 1)
  }

  whole(): Term {
    const term = this.#either()
    const { kind, text, column } = this.#next
    if (kind !== 'end') throw new ExpressionFault(`expected an operator; found '${text}'`, column)
    return term
  }

  /** a or b: the first that counts as true, else the last. */
  #either(): Term {
    if (++this.#depth > MOST_DEPTH)
      throw new ExpressionFault(`more than ${MOST_DEPTH} parentheses in one another`, this.#next.column)
    let left = this.#sum()
    while (this.#take('name', 'or')) {
      const [first, second] = [left, this.#sum()]
      left = (scope) => {
        const value = first(scope)
        return isTrue(value) ? value : second(scope)
      }
    }
    this.#depth -= 1
    return left
  }

  #sum(): Term {
    let left = this.#product()
    for (;;) {
      if (this.#take('sign', '+')) left = combined(left, this.#product(), plus)
      else if (this.#take('sign', '-')) left = combined(left, this.#product(), minus)
      else return left
    }
  }

  #product(): Term {
    let left = this.#signed()
    for (;;) {
      if (this.#take('sign', '*')) left = combined(left, this.#signed(), times)
      else if (this.#take('sign', '/')) left = combined(left, this.#signed(), divide)
      else return left
    }
  }

  /** A sign binds looser than a power: -2 ** 2 is -4. */
  #signed(): Term {
    let negative = false
    for (;;) {
      if (this.#take('sign', '-')) negative = !negative
      else if (!this.#take('sign', '+')) break
    }
    const term = this.#power()
    return negative ? combined(constant(0), term, minus) : term
  }

  /** To the right first, and a sign may follow: 2 ** -1, 2 ** 3 ** 2. */
  #power(): Term {
    const base = this.#atom()
    if (!this.#take('sign', '**')) return base
    if (++this.#depth > MOST_DEPTH)
      throw new ExpressionFault(`more than ${MOST_DEPTH} powers in one another`, this.#next.column)
    const term = combined(base, this.#signed(), power)
    this.#depth -= 1
    return term
  }

  #atom(): Term {
    const token = this.#next
    this.#place += 1
    if (token.kind === 'number') return constant(Number(token.text))
    if (token.kind === 'name') return this.#name(token)
    if (token.kind === 'meter') return this.#meter(token.text)
    if (token.text !== '(')
      throw new ExpressionFault(
        `expected a number, a name or a parenthesis; found ${token.kind === 'end' ? 'the end' : `'${token.text}'`}`,
        token.column,
      )
    const inner = this.#either()
    if (!this.#take('sign', ')'))
      throw new ExpressionFault(`the parenthesis of column ${token.column} is not closed`, this.#next.column)
    return inner
  }

  #name(token: Token): Term {
    if (NAMES_OF_PYTHON.has(token.text))
      throw new ExpressionFault(`'${token.text}' is no part of this language`, token.column)
    this.plainNames.push(token)
    return path(token.text, this.#attributes())
  }

  /** Without an attribute it is the volume. */
  #meter(name: string): Term {
    this.meters.add(name)
    const attributes = this.#attributes()
    return path(name, attributes.length === 0 ? ['volume'] : attributes)
  }

  #attributes(): readonly string[] {
    const names: string[] = []
    while (this.#take('sign', '.')) {
      const { kind, text, column } = this.#next
      if (kind !== 'name') throw new ExpressionFault('expected a name behind the dot', column)
      this.#place += 1
      names.push(text)
    }
    return names
  }

  get #next(): Token {
    // The last token is the end, which nothing takes.
    return this.#tokens[Math.min(this.#place, this.#tokens.length - 1)] as Token
  }

  #take(kind: TokenKind, text: string): boolean {
    const next = this.#next
    if (next.kind !== kind || next.text !== text) return false
    this.#place += 1
    return true
  }
}

const constants = new WeakMap<Term, number>()

function constant(value: number): Term {
  const term = (): number => value
  constants.set(term, value)
  return term
}

/** Two terms that are numbers are reckoned at once, unless that fails: then it fails when it is asked for. */
function combined(left: Term, right: Term, operator: (a: number, b: number) => number): Term {
  const [a, b] = [constants.get(left), constants.get(right)]
  if (a !== undefined && b !== undefined && !(operator === divide && b === 0)) {
    const value = operator(a, b)
    if (Number.isFinite(value)) return constant(value)
  }
  return (scope) => operator(numberOf(left(scope)), numberOf(right(scope)))
}

function path(root: string, attributes: readonly string[]): Term {
  const [first] = attributes
  if (first === undefined) return (scope) => (Object.hasOwn(scope, root) ? scope[root] : MISSING)
  if (attributes.length === 1)
    return (scope) => attribute(Object.hasOwn(scope, root) ? scope[root] : MISSING, first)
  return (scope) => {
    let value: unknown = Object.hasOwn(scope, root) ? scope[root] : MISSING
    for (const name of attributes) value = attribute(value, name)
    return value
  }
}
