import { compileGlobList, type TextMatcher } from '../glob.js'
import { isTruthy } from '../values/index.js'
import type { FilePath, Findings } from './problem.js'
import { hashKey, itemsOf, shown } from './python-shapes.js'

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
  const entries = checkEntries(items, path, word, findings)
  if (entries === undefined || refuseMixture(value, entries, path, word, findings)) return undefined
  if (typeof value === 'string' && value !== '*')
    findings.warn(
      path,
      'TEXT_AS_LIST',
      `'${word}' is a text, so each of its signs is a name; write a list: ['${value}']`,
    )
  return entries
}

/** Each must be a text that is not empty. */
function checkEntries(
  items: readonly unknown[],
  path: FilePath,
  word: string,
  findings: Findings,
): readonly string[] | undefined {
  // As the original, which looks at them in turn until it knows enough, and falls over what it can't take by its first sign.
  const bad = items.findIndex((item) => typeof item !== 'string' || item === '')
  if (bad === -1) return items as readonly string[]
  const found = items[bad]
  const before = items.slice(0, bad).filter((item) => typeof item === 'string')
  if (decided(before)) return refuseMixture(items, before, path, word, findings) ? undefined : before
  const text = `the entries of '${word}' must be names or globs; found ${found === '' ? 'an empty text' : shown(found)}`
  findings.wrongType([...path, bad], classOfFailure(found), text)
  return undefined
}

/** Whether the first rule is broken before the bad entry is come to. */
function decided(before: readonly string[]): boolean {
  return before.some(isInclusion) && before.some(isExclusion)
}

/** What Python raises at the first sign of it. */
function classOfFailure(entry: unknown): string {
  if (entry === '' || (Array.isArray(entry) && entry.length === 0)) return 'IndexError'
  return hashKey(entry) === undefined && !Array.isArray(entry) ? 'KeyError' : 'TypeError'
}

function refuseMixture(
  value: unknown,
  entries: readonly string[],
  path: FilePath,
  word: string,
  findings: Findings,
): boolean {
  if (!entries.some(isInclusion)) return false
  if (entries.some(isExclusion)) {
    findings.refuse(
      path,
      'NAMES_MIXED',
      `Both included and excluded ${word} specified`,
      "use either names or '!' exclusions, the latter alone or with '*'",
    )
    return true
  }
  const everything = typeof value === 'string' ? value.includes('*') : entries.includes('*')
  if (!everything) return false
  findings.refuse(
    path,
    'NAMES_BESIDE_WILDCARD',
    `Included ${word} specified with wildcard`,
    "'*' takes all there are; leave it out or the names",
  )
  return true
}

function isInclusion(entry: string): boolean {
  return !entry.startsWith('!') && !entry.startsWith('*')
}

function isExclusion(entry: string): boolean {
  return entry.startsWith('!')
}
