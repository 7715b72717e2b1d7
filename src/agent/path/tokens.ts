/** The words of a JSONPath. source: jsonpath_rw/lexer.py, jsonpath_rw_ext/parser.py (ExtendedJsonPathLexer) */
import { PathError } from './path-error.js'

/** A word and where it begins. */
export type Token = { readonly at: number } & (
  | { readonly kind: 'name' | 'operator' | 'sort' | 'comparison'; readonly text: string }
  | { readonly kind: 'integer' | 'float'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'where' | 'descent' | 'end' }
  | { readonly kind: 'sign'; readonly text: string }
)

/** In the order in which they are tried. A name may begin with a single @; a hyphen belongs to it, so `a-1` is one name. */
const rules = [
  ['space', /[ \t\n]+/y],
  ['boolean', /true|false/y],
  ['sort', /,?\s*[/\\]/y],
  ['name', /@?[a-zA-Z_][a-zA-Z0-9_@-]*/y],
  ['float', /-?\d+\.\d+/y],
  ['integer', /-?\d+/y],
  ['comparison', /==?|<=|>=|!=|<|>|~/y],
  ['descent', /\.\./y],
  ['sign', /[*.[\]()$,:|&?@+-]/y],
] as const

/** The last one is always `end`. Throws PathError. */
export function readTokens(path: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < path.length) {
    const quote = path.charAt(at)
    if (quote === "'" || quote === '"' || quote === '`') {
      const { text, end } = readQuoted(path, at)
      tokens.push({ at, kind: quote === '`' ? 'operator' : 'name', text })
      at = end
      continue
    }
    const [kind, text] = readWord(path, at)
    if (kind === 'boolean') tokens.push({ at, kind, value: text === 'true' })
    else if (kind === 'name' && text === 'where') tokens.push({ at, kind: 'where' })
    else if (kind === 'descent') tokens.push({ at, kind })
    else if (kind === 'sort') tokens.push({ at, kind, text: text.slice(-1) })
    else if (kind !== 'space') tokens.push({ at, kind, text })
    at += text.length
  }
  tokens.push({ at, kind: 'end' })
  return tokens
}

function readWord(path: string, at: number): readonly [(typeof rules)[number][0], string] {
  for (const [kind, pattern] of rules) {
    pattern.lastIndex = at
    const found = pattern.exec(path)
    if (found !== null) return [kind, found[0]]
  }
  throw new PathError(
    path,
    at,
    `'${String.fromCodePoint(path.codePointAt(at) as number)}' has no meaning here; quote a name that is not made of ASCII letters, digits, _ and -`,
  )
}

/** A backslash takes the next character as it is. */
function readQuoted(path: string, start: number): { readonly text: string; readonly end: number } {
  const quote = path.charAt(start)
  let text = ''
  for (let at = start + 1; at < path.length; at++) {
    const sign = path.charAt(at)
    if (sign === quote) return { text, end: at + 1 }
    text += sign === '\\' ? path.charAt(++at) : sign
  }
  throw new PathError(path, start, `the quote ${quote} is not closed`)
}
