/** Whether a text matches. */
export type TextMatcher = (text: string) => boolean

/**
 * A shell glob for the whole text, case-sensitive: `*`, `?`, `[abc]`, `[!abc]`, `[a-z]`. A `[` without its `]` stands for itself and a range that runs
 * backwards is empty. Takes steps in proportion to text times glob at most, whatever they are. source: Python's fnmatch on POSIX
 */
export function compileGlob(glob: string): TextMatcher {
  if (!/[*?[]/.test(glob)) return (text) => text === glob
  const inner = glob.slice(0, -1)
  if (glob.endsWith('*') && !/[*?[]/.test(inner))
    return inner === '' ? () => true : (text) => text.startsWith(inner)
  const parts = globParts(glob)
  return (text) => matches(parts, Array.from(text, codeOf))
}

/** Globs, of which those behind a `!` exclude. */
export interface GlobList {
  readonly included: readonly string[]
  /** Without their `!`. */
  readonly excluded: readonly string[]
  /** None of the excluding ones matches and one of the others does; where all are excluding, the first is enough. An empty list matches nothing. */
  readonly matches: TextMatcher
}

/** Compiled once; both lists of event types in event definitions and lists of names in pipelines are such. */
export function compileGlobList(globs: readonly string[]): GlobList {
  const excluded = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1))
  const included = globs.filter((glob) => !glob.startsWith('!'))
  const isIncluded = included.length === 0 && excluded.length > 0 ? () => true : anyOf(included)
  const isExcluded = anyOf(excluded)
  return {
    included,
    excluded,
    matches: excluded.length === 0 ? isIncluded : (text) => !isExcluded(text) && isIncluded(text),
  }
}

/** Plain names, of which there may be many, are one look-up. */
function anyOf(globs: readonly string[]): TextMatcher {
  const names = new Set(globs.filter((glob) => !/[*?[]/.test(glob)))
  const matchers = globs.filter((glob) => !names.has(glob)).map(compileGlob)
  const [only] = matchers
  if (only !== undefined && matchers.length === 1 && names.size === 0) return only
  if (matchers.length === 0) return (text) => names.has(text)
  return (text) => names.has(text) || matchers.some((matcher) => matcher(text))
}

/** What one or more signs of a text must be. */
export type GlobPart =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'sign'; readonly code: number }
  | { readonly kind: 'class'; readonly isNegated: boolean; readonly ranges: readonly GlobRange[] }

/** Code points, both included; empty where it runs backwards. */
export type GlobRange = readonly [low: number, high: number]

const star: GlobPart = { kind: 'star' }
const any: GlobPart = { kind: 'any' }

/** A glob taken apart. */
export function globParts(glob: string): GlobPart[] {
  const signs = Array.from(glob)
  const parts: GlobPart[] = []
  for (let at = 0; at < signs.length; at++) {
    const sign = signs[at] as string
    const end = sign === '[' ? endOfClass(signs, at) : -1
    if (sign === '*') parts.push(star)
    else if (sign === '?') parts.push(any)
    else if (end === -1) parts.push({ kind: 'sign', code: codeOf(sign) })
    else parts.push(classOf(signs.slice(at + 1, end)))
    if (end !== -1) at = end
  }
  return parts
}

/** Whether a part that is no star takes this sign. */
export function takes(part: Exclude<GlobPart, { kind: 'star' }>, code: number): boolean {
  if (part.kind === 'any') return true
  if (part.kind === 'sign') return part.code === code
  return part.ranges.some(([low, high]) => low <= code && code <= high) !== part.isNegated
}

function matches(parts: readonly GlobPart[], codes: readonly number[]): boolean {
  let part = 0
  let sign = 0
  // Where to go on if what follows the last star does not fit: the star takes one sign more. Earlier stars need never be asked again.
  let starPart = -1
  let starSign = 0
  while (sign < codes.length) {
    const wanted = parts[part]
    if (wanted?.kind === 'star') {
      starPart = part++
      starSign = sign
    } else if (wanted !== undefined && takes(wanted, codes[sign] as number)) {
      part++
      sign++
    } else if (starPart !== -1) {
      part = starPart + 1
      sign = ++starSign
    } else {
      return false
    }
  }
  while (parts[part]?.kind === 'star') part++
  return part === parts.length
}

/** Where its `]` is; one that comes first stands for itself. -1 = no class. */
function endOfClass(signs: readonly string[], at: number): number {
  const first = at + (signs[at + 1] === '!' ? 2 : 1)
  return signs.indexOf(']', first + 1)
}

function classOf(inner: readonly string[]): GlobPart {
  const isNegated = inner[0] === '!'
  const codes = inner.slice(isNegated ? 1 : 0).map(codeOf)
  const ranges: GlobRange[] = []
  for (let at = 0; at < codes.length; at++) {
    const low = codes[at] as number
    const high = codes[at + 1] === HYPHEN ? codes[at + 2] : undefined
    ranges.push([low, high ?? low])
    if (high !== undefined) at += 2
  }
  return { kind: 'class', isNegated, ranges }
}

function codeOf(sign: string): number {
  return sign.codePointAt(0) as number
}

const HYPHEN = 0x2d
