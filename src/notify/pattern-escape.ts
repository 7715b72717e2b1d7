/** What stands behind a backslash in one of Python's regular expressions. source: Python's re._parser (_escape, _class_escape) */

export type SetName = 'd' | 'D' | 's' | 'S' | 'w' | 'W'

export type Escape =
  | { readonly kind: 'code'; readonly code: number; readonly end: number }
  | { readonly kind: 'set'; readonly set: SetName; readonly end: number }
  | { readonly kind: 'edge'; readonly edge: 'A' | 'Z' | 'b' | 'B'; readonly end: number }
  | { readonly kind: 'group'; readonly group: number; readonly end: number }

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }

/** Reads the escape whose backslash is at `at`; `end` is behind it. Throws SyntaxError for what Python refuses, or names by words (`\N{..}`). */
export function readEscape(source: string, at: number, where: 'outside' | 'class'): Escape {
  const code = source.codePointAt(at + 1)
  if (code === undefined) throw new SyntaxError('nothing stands behind the last backslash')
  const sign = String.fromCodePoint(code)
  const end = at + 1 + sign.length
  if (/[dDsSwW]/.test(sign)) return { kind: 'set', set: sign as SetName, end }
  if (where === 'outside' && /[AZbB]/.test(sign))
    return { kind: 'edge', edge: sign as 'A' | 'Z' | 'b' | 'B', end }
  if (where === 'class' && sign === 'b') return { kind: 'code', code: 8, end }
  const control = Object.hasOwn(controls, sign) ? controls[sign] : undefined
  if (control !== undefined) return { kind: 'code', code: control, end }
  if (/[xuU]/.test(sign)) return hexadecimal(source, at)
  if (/\d/.test(sign)) return number(source, at, where)
  // Python refuses the escape of a letter it gives no meaning; JavaScript would read the letter itself, or something of its own.
  if (/[a-zA-Z]/.test(sign)) throw new SyntaxError(`the escape '\\${sign}' has no meaning here`)
  return { kind: 'code', code, end }
}

function hexadecimal(source: string, at: number): Escape {
  const found = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/y
  found.lastIndex = at
  const [text, ...digits] = found.exec(source) ?? []
  const code = Number.parseInt(digits.join(''), 16)
  if (text === undefined || code > 0x10_ffff)
    throw new SyntaxError(
      `'${source.slice(at, at + 4)}' is short of digits, or no character (\\x41, \\u0041, \\U00000041)`,
    )
  return { kind: 'code', code, end: at + text.length }
}

/** Octal, or a group. */
function number(source: string, at: number, where: 'outside' | 'class'): Escape {
  const octal = where === 'class' ? /\\[0-7]{1,3}/y : /\\(?:0[0-7]{0,2}|[1-7][0-7]{2})/y
  octal.lastIndex = at
  const text = octal.exec(source)?.[0]
  if (text !== undefined) {
    const code = Number.parseInt(text.slice(1), 8)
    if (code > 0o377) throw new SyntaxError(`the octal escape '${text}' is above \\377`)
    return { kind: 'code', code, end: at + text.length }
  }
  const digits = /^[1-9]\d?/.exec(source.slice(at + 1, at + 3))?.[0]
  if (where === 'class' || digits === undefined)
    throw new SyntaxError(`the escape '${source.slice(at, at + 2)}' has no meaning here`)
  return { kind: 'group', group: Number(digits), end: at + 1 + digits.length }
}
