/**
 * Python's regular expressions in JavaScript's. Filter rules move between the two worlds in configuration files, so a pattern means here what it
 * means there; what can't is refused when the filter is made, not misread when a message comes.
 */

/** Anchored at the start (sticky: set `lastIndex` to 0 before each test). Throws SyntaxError. */
export function compilePattern(pattern: string | RegExp): RegExp {
  if (typeof pattern !== 'string') return new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, '')}y`)
  const inline = /^\(\?([aiLmsux]+)\)/.exec(pattern)
  const flags = inline?.[1] ?? ''
  const refused = /[Lx]/.exec(flags)?.[0]
  if (refused !== undefined)
    throw new SyntaxError(`the inline flag '${refused}' of Python has no like in JavaScript; leave it out`)
  const kept = [...new Set(flags)].filter((flag) => 'ims'.includes(flag)).join('')
  return new RegExp(translate(pattern.slice(inline?.[0].length ?? 0), kept), `${kept}y`)
}

function translate(source: string, flags: string): string {
  let result = ''
  let at = 0
  while (at < source.length) {
    const [taken, written] = translateNext(source, at, flags)
    result += written
    at += taken
  }
  return result
}

/** How many signs of the source are taken, and what is written for them. */
function translateNext(source: string, at: number, flags: string): [number, string] {
  const sign = source.charAt(at)
  if (sign === '\\') return translateEscape(source, at)
  if (sign === '[') return translateClass(source, at)
  if (sign === '(' && source.charAt(at + 1) === '?') return translateGroup(source, at)
  // Python's dot leaves out the line feed only, JavaScript's three other signs as well.
  if (sign === '.' && !flags.includes('s')) return [1, '[^\\n]']
  // Python's `$` also matches before one line feed at the very end.
  if (sign === '$') return [1, flags.includes('m') ? '(?=\\n|(?![\\s\\S]))' : '(?=\\n?(?![\\s\\S]))']
  if (sign === '^' && flags.includes('m')) return [1, '(?:(?<![\\s\\S])|(?<=\\n))']
  if (sign === '{' && /^\{,\d+\}/.test(source.slice(at))) return [2, '{0,']
  if (/[*+?}]/.test(sign) && source.charAt(at + 1) === '+') {
    throw new SyntaxError(
      `the possessive quantifier '${sign}+' of Python has no like in JavaScript; use '${sign}'`,
    )
  }
  return [1, sign]
}

function translateEscape(source: string, at: number): [number, string] {
  const next = source.charAt(at + 1)
  if (next === 'A') return [2, '(?<![\\s\\S])']
  if (next === 'Z') return [2, '(?![\\s\\S])']
  if (next === 'a') return [2, '\\x07']
  const long = /^\\U([0-9a-fA-F]{8})/.exec(source.slice(at))?.[1]
  if (long !== undefined)
    return [10, String.fromCodePoint(Number.parseInt(long, 16)).replace(/[\^$\\.*+?()[\]{}|]/, '\\$&')]
  // Python refuses the escape of a letter it gives no meaning; JavaScript would read the letter itself.
  if (/[a-zA-Z]/.test(next) && !/[bBdDsSwWfnrtvxu]/.test(next))
    throw new SyntaxError(`the escape '\\${next}' has no meaning`)
  return [2, source.slice(at, at + 2)]
}

function translateClass(source: string, at: number): [number, string] {
  const start = source.charAt(at + 1) === '^' ? at + 2 : at + 1
  let end = start
  // A `]` that comes first stands for itself in Python.
  if (source.charAt(end) === ']') end++
  while (end < source.length && source.charAt(end) !== ']') end += source.charAt(end) === '\\' ? 2 : 1
  if (end >= source.length) throw new SyntaxError("a '[' is not closed by a ']'")
  const inner = source.slice(start, end)
  return [
    end + 1 - at,
    source.slice(at, start) + (inner.startsWith(']') ? `\\${inner}` : inner).replaceAll('\\a', '\\x07') + ']',
  ]
}

function translateGroup(source: string, at: number): [number, string] {
  const rest = source.slice(at)
  const named = /^\(\?P<([A-Za-z_]\w*)>/.exec(rest)
  if (named !== null) return [named[0].length, `(?<${named[1]}>`]
  const backreference = /^\(\?P=([A-Za-z_]\w*)\)/.exec(rest)
  if (backreference !== null) return [backreference[0].length, `\\k<${backreference[1]}>`]
  const comment = /^\(\?#[^)]*\)/.exec(rest)
  if (comment !== null) return [comment[0].length, '']
  const plain = /^\(\?(?::|=|!|<=|<!)/.exec(rest)
  if (plain !== null) return [plain[0].length, plain[0]]
  const found = /^\(\?[^)]{0,8}/.exec(rest)?.[0] ?? rest
  throw new SyntaxError(`'${found}' is syntax that JavaScript has not (or has with another meaning)`)
}
