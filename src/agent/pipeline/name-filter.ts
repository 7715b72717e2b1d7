import { compileGlobList, type TextMatcher } from '../glob.js'
import { isTruthy } from '../values/index.js'
import type { FilePath, Findings } from './problem.js'
import { isMap, itemsOf, shown } from './python-shapes.js'

const MOST_REMEMBERED = 10_000

/**
 * What `meters` or `events` of a source let through: first what a `!glob` forbids, then what another glob allows; what nothing speaks of only where all are
 * forbidding. Each name is matched once and remembered, up to 10,000 names.
 * source: ceilometer/agent.py Source.is_supported
 */
export function compileNames(entries: readonly string[]): TextMatcher {
  const { matches } = compileGlobList(entries)
  const known = new Map<string, boolean>()
  return (name) => {
    const found = known.get(name)
    if (found !== undefined) return found
    const accepted = matches(name)
    // Names are few; whoever sends ever new ones shall not fill the memory.
    if (known.size >= MOST_REMEMBERED) known.clear()
    known.set(name, accepted)
    return accepted
  }
}

/**
 * Reads such a list by the original's rules, in its order: not empty; names and exclusions not together, unless the names begin with `*`; a plain `*` not
 * together with names. Undefined when it is refused.
 * source: ceilometer/agent.py Source.check_source_filtering
 */
export function readNames(
  value: unknown,
  path: FilePath,
  word: string,
  findings: Findings,
): readonly string[] | undefined {
  if (!isTruthy(value)) {
    findings.refuse(
      path,
      'NO_NAMES',
      `No ${word} specified`,
      `list names or globs under '${word}', or '*' for all`,
    )
    return undefined
  }
  const items = itemsOf(value)
  if (items === undefined) {
    findings.wrongType(path, 'TypeError', `'${word}' must be a list of names or globs; found ${shown(value)}`)
    return undefined
  }
  if (!keepsRules(value, items, path, word, findings)) return undefined
  const odd = items.findIndex((item) => typeof item !== 'string')
  if (odd !== -1) {
    // A list in the list, at which the original falls over only when it matches.
    const text = `the entries of '${word}' must be names or globs; found ${shown(items[odd])}`
    findings.error([...path, odd], 'WRONG_TYPE', text)
    return undefined
  }
  if (typeof value === 'string' && value !== '*')
    findings.warn(
      path,
      'TEXT_AS_LIST',
      `'${word}' is a text, so each of its signs is a name; write a list: ['${value}']`,
    )
  return items as readonly string[]
}

/** Whether none of the rules is broken, at the first of which it stops as the original does. */
function keepsRules(
  value: unknown,
  items: readonly unknown[],
  path: FilePath,
  word: string,
  findings: Findings,
): boolean {
  // The original looks at them in turn until it has found what it looks for, and falls over one of which it can't take the first sign.
  const signs = items.map(firstSign)
  const included = seek(signs, isInclusion)
  const excluded = typeof included === 'object' ? included : seek(signs, isExclusion, included)
  const bad = typeof included === 'object' ? included : typeof excluded === 'object' ? excluded : undefined
  if (bad !== undefined) {
    const found = items[bad.index]
    const text = `the entries of '${word}' must be names or globs; found ${found === '' ? 'an empty text' : shown(found)}`
    findings.wrongType([...path, bad.index], bad.failure, text)
    return false
  }
  const message = `Both included and excluded ${word} specified`
  if (included === true && excluded === true)
    findings.refuse(
      path,
      'NAMES_MIXED',
      message,
      "use either names or '!' exclusions, the latter alone or with '*'",
    )
  else if (included === true && (typeof value === 'string' ? value.includes('*') : items.includes('*')))
    findings.refuse(
      path,
      'NAMES_BESIDE_WILDCARD',
      `Included ${word} specified with wildcard`,
      "'*' takes all there are; leave it out or the names",
    )
  else return true
  return false
}

/** Python's name for what it raises at the first sign of an entry. */
interface Failure {
  readonly failure: 'IndexError' | 'KeyError' | 'TypeError'
}

/** The first sign of an entry, as Python takes it: of a list it is its first member. */
function firstSign(entry: unknown): string | Failure {
  const first: unknown = typeof entry === 'string' || Array.isArray(entry) ? entry[0] : null
  if (typeof first === 'string') return first
  if (first === undefined) return { failure: 'IndexError' }
  return { failure: isMap(entry) ? 'KeyError' : 'TypeError' }
}

/** Whether one is what is sought; or the first failure before it. Nothing is looked at unless it matters. */
function seek(
  signs: readonly (string | Failure)[],
  sought: (sign: string) => boolean,
  matters = true,
): boolean | (Failure & { readonly index: number }) {
  if (!matters) return false
  for (const [index, sign] of signs.entries()) {
    if (typeof sign !== 'string') return { ...sign, index }
    if (sought(sign)) return true
  }
  return false
}

function isInclusion(sign: string): boolean {
  return !'!*'.includes(sign)
}

function isExclusion(sign: string): boolean {
  return sign === '!'
}
