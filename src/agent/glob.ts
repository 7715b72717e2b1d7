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
  const parts = partsOf(glob)
  return (text) => matches(parts, Array.from(text))
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

const STAR = Symbol('*')

/** `*`, or what one sign must be. */
type Part = typeof STAR | ((sign: string) => boolean)

function matches(parts: readonly Part[], signs: readonly string[]): boolean {
  let part = 0
  let sign = 0
  // Where to go on if what follows the last star does not fit: the star takes one sign more. Earlier stars need never be asked again.
  let starPart = -1
  let starSign = 0
  while (sign < signs.length) {
    const wanted = parts[part]
    if (wanted === STAR) {
      starPart = part++
      starSign = sign
    } else if (wanted?.(signs[sign] as string)) {
      part++
      sign++
    } else if (starPart !== -1) {
      part = starPart + 1
      sign = ++starSign
    } else {
      return false
    }
  }
  while (parts[part] === STAR) part++
  return part === parts.length
}

function partsOf(glob: string): Part[] {
  const signs = Array.from(glob)
  const parts: Part[] = []
  for (let at = 0; at < signs.length; at++) {
    const sign = signs[at] as string
    const end = sign === '[' ? endOfClass(signs, at) : -1
    if (sign === '*') parts.push(STAR)
    else if (sign === '?') parts.push(() => true)
    else if (end === -1) parts.push((one) => one === sign)
    else parts.push(classOf(signs.slice(at + 1, end)))
    if (end !== -1) at = end
  }
  return parts
}

/** Where its `]` is; one that comes first stands for itself. -1 = no class. */
function endOfClass(signs: readonly string[], at: number): number {
  const first = at + (signs[at + 1] === '!' ? 2 : 1)
  return signs.indexOf(']', first + 1)
}

function classOf(inner: readonly string[]): (sign: string) => boolean {
  const isNegated = inner[0] === '!'
  const codes = inner.slice(isNegated ? 1 : 0).map((sign) => sign.codePointAt(0) as number)
  const ranges: (readonly [low: number, high: number])[] = []
  for (let at = 0; at < codes.length; at++) {
    const low = codes[at] as number
    const high = codes[at + 1] === HYPHEN ? codes[at + 2] : undefined
    ranges.push([low, high ?? low])
    if (high !== undefined) at += 2
  }
  return (sign) => {
    const code = sign.codePointAt(0) as number
    return ranges.some(([low, high]) => low <= code && code <= high) !== isNegated
  }
}

const HYPHEN = 0x2d
