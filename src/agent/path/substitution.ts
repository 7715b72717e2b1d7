/** `re.sub` of Python for a fixed pattern and replacement. source: Python's re._parser.parse_template */
import { type TranslatedPattern, translatePattern } from './python-pattern.js'

/** The pieces of a replacement: a text, or the number or name of a group. */
type Piece = string | { readonly group: number }

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

/** Replaces every match; a group that took part in none is empty. Throws SyntaxError. */
export function compileSubstitution(pattern: string, replacement: string): (text: string) => string {
  const translated = translatePattern(pattern)
  const regExp = new RegExp(translated.source, `${translated.flags}g`)
  const pieces = readReplacement(replacement, translated)
  const fixed = pieces.every((piece) => typeof piece === 'string') ? pieces.join('') : undefined
  // A $ in it would mean something to JavaScript.
  if (fixed !== undefined && !fixed.includes('$')) return (text) => text.replace(regExp, fixed)
  return (text) =>
    text.replace(regExp, (...found: unknown[]) => {
      let written = ''
      for (const piece of pieces) written += typeof piece === 'string' ? piece : groupOf(found, piece.group)
      return written
    })
}

function groupOf(found: readonly unknown[], group: number): string {
  if (group === 0) return found[0] as string
  return (found.at(-1) as Record<string, string | undefined>)[`g${group}`] ?? ''
}

function readReplacement(replacement: string, groups: TranslatedPattern): readonly Piece[] {
  const pieces: Piece[] = []
  const form = /\\(?:g<([^>]*)>|(0[0-7]{0,2}|[1-7][0-7]{2})|([1-9]\d?)|([\s\S]?))|[^\\]+/gu
  for (const [text, named, octal, number, letter] of replacement.matchAll(form)) {
    if (named !== undefined) pieces.push(groupNamed(/^\d+$/.test(named) ? Number(named) : named, groups))
    else if (octal !== undefined) pieces.push(octalCharacter(octal))
    else if (number !== undefined) pieces.push(groupNamed(Number(number), groups))
    else if (letter === undefined) pieces.push(text)
    else pieces.push(character(letter))
  }
  return pieces
}

function octalCharacter(octal: string): string {
  const code = Number.parseInt(octal, 8)
  if (code > 0o377) throw new SyntaxError(`the octal escape '\\${octal}' of the replacement is above \\377`)
  return String.fromCodePoint(code)
}

function groupNamed(name: number | string, { groups, names }: TranslatedPattern): Piece {
  const group = typeof name === 'number' ? name : names.get(name)
  if (group === undefined || group > groups)
    throw new SyntaxError(`the replacement names group '${name}', which the pattern does not have`)
  return { group }
}

/** As Python: an escaped sign keeps its backslash, an escaped letter must mean something. */
function character(letter: string): string {
  const known = escapes[letter]
  if (known !== undefined) return known
  if (letter === '' || /[a-z\d]/i.test(letter))
    throw new SyntaxError(`the escape '\\${letter}' of the replacement has no meaning`)
  return `\\${letter}`
}
