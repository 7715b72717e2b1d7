import { writeCode } from './pattern-class.js'

/**
 * A shell-style glob (`*`, `?`, `[abc]`, `[!abc]`) as a regular expression for the whole string, case-sensitive. Never throws: as in the
 * original, a `[` without its `]` stands for itself, and a range that runs backwards is empty.
 * source: Python's fnmatch.translate
 */
export function globToRegExp(glob: string): RegExp {
  let source = ''
  const signs = Array.from(glob)
  for (let at = 0; at < signs.length; at++) {
    const sign = signs[at] as string
    if (sign === '*') {
      // Several stars in a row say no more than one, and would make the match slower.
      if (!source.endsWith('.*')) source += '.*'
    } else if (sign === '?') {
      source += '.'
    } else {
      const end = sign === '[' ? endOfClass(signs, at) : -1
      source += end === -1 ? writeCode(sign.codePointAt(0) as number) : writeClass(signs.slice(at + 1, end))
      if (end !== -1) at = end
    }
  }
  return new RegExp(`^${source}$`, 'sv')
}

/** Where its `]` is; one that comes first stands for itself. */
function endOfClass(signs: readonly string[], at: number): number {
  const first = at + (signs[at + 1] === '!' ? 2 : 1)
  return signs.indexOf(']', first + 1)
}

function writeClass(inner: readonly string[]): string {
  const isNegated = inner[0] === '!'
  const codes = inner.slice(isNegated ? 1 : 0).map((sign) => sign.codePointAt(0) as number)
  let members = ''
  for (let at = 0; at < codes.length; at++) {
    const low = codes[at] as number
    const high = codes[at + 2]
    if (codes[at + 1] === 0x2d && high !== undefined) {
      if (low <= high) members += `${writeCode(low)}-${writeCode(high)}`
      at += 2
    } else {
      members += writeCode(low)
    }
  }
  // Not `[]` and `[^]`: V8 of Node 20 misreads `[^]*` in `v` mode.
  if (members === '') return isNegated ? '.' : '(?!)'
  return `[${isNegated ? '^' : ''}${members}]`
}
