export type TokenKind = 'number' | 'name' | 'meter' | 'sign' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** A sign or a name; of `$(memory.usage)` the name inside. */
  readonly text: string
  /** From 1, in characters of the expression. */
  readonly column: number
}

/** Why a text is no expression. */
export class ExpressionFault extends Error {
  override readonly name = 'ExpressionFault'
  /** From 1. */
  readonly column: number

  constructor(text: string, column: number) {
    super(text)
    this.column = column
  }
}

const BLANK = /\s+/y
// In the order in which they are tried. A number ends where no letter follows: 1x is none.
const FORMS: readonly (readonly [kind: TokenKind, form: RegExp])[] = [
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_.])/uy],
  ['meter', /\$\(([\p{L}\p{N}_.-]+)\)/uy],
  ['name', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['sign', /\*\*|[-+*/().]/y],
]

/** Throws ExpressionFault at what is no word of the language. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let place = 0
  for (;;) {
    BLANK.lastIndex = place
    place += BLANK.exec(text)?.[0].length ?? 0
    if (place === text.length) return [...tokens, { kind: 'end', text: '', column: place + 1 }]
    const [kind, match] = next(text, place)
    tokens.push({ kind, text: match[1] ?? match[0], column: place + 1 })
    place += match[0].length
  }
}

function next(text: string, place: number): readonly [TokenKind, RegExpExecArray] {
  for (const [kind, form] of FORMS) {
    form.lastIndex = place
    const match = form.exec(text)
    if (match !== null) return [kind, match]
  }
  throw new ExpressionFault(`'${text.slice(place, place + 10)}' is no part of an expression`, place + 1)
}
