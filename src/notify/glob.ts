import { writeCode } from './pattern-class.js'
import { matcherOf, type TextMatcher } from './pattern-matcher.js'
import type { Tree } from './pattern-tree.js'

/**
 * A shell-style glob (`*`, `?`, `[abc]`, `[!abc]`) for the whole text, case-sensitive. As in the original, a `[` without its `]` stands for
 * itself, and a range that runs backwards is empty. Throws SyntaxError for one of thousands of signs.
 * source: Python's fnmatch.translate
 */
export function compileGlob(glob: string): TextMatcher {
  const parts: Tree[] = []
  const signs = Array.from(glob)
  let isOpen = false
  for (let at = 0; at < signs.length; at++) {
    const sign = signs[at] as string
    // Several stars in a row say no more than one.
    if (sign === '*' && isOpen) continue
    isOpen = sign === '*'
    if (sign === '*') {
      parts.push(anything)
    } else if (sign === '?') {
      parts.push({ kind: 'set', set: '.' })
    } else {
      const end = sign === '[' ? endOfClass(signs, at) : -1
      const set = end === -1 ? writeCode(sign.codePointAt(0) as number) : writeClass(signs.slice(at + 1, end))
      parts.push({ kind: 'set', set })
      if (end !== -1) at = end
    }
  }
  if (!isOpen) parts.push({ kind: 'place', place: 'end' })
  return matcherOf({ kind: 'sequence', parts }, { word: '[a-z]', ignoreCase: false })
}

const anything: Tree = {
  kind: 'repeat',
  part: { kind: 'set', set: '.' },
  least: 0,
  most: Number.POSITIVE_INFINITY,
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
