import { isTruthy } from '../values/index.js'
import { readNames } from './name-filter.js'
import type { FilePath, Findings } from './problem.js'
import { field, hashKey, hasKey, isMap, itemsOf, type Mapping, nameText, shown } from './python-shapes.js'

/** A source as written. */
export interface SourceText {
  readonly name: unknown
  readonly entries: readonly string[]
  /** As written: any list-like value. */
  readonly sinks: unknown
  readonly path: FilePath
}

/** A sink as written. */
export interface SinkText {
  readonly name: unknown
  /** As written, but with `://` appended where it was missing. */
  readonly publishers: readonly string[]
  readonly delivery: Delivery
  readonly transformers: unknown
  readonly path: FilePath
}

/**
 * What follows when a publisher of the sink did not take what it was given. `at-least-once`: publishing rejects, so that the notification comes again.
 * `best-effort`: it is logged and counted.
 */
export type Delivery = 'at-least-once' | 'best-effort'

/** Reads each map of `sources` or `sinks`, one after the other. Reports those that are none, and names that come twice. */
function readEach<T>(
  top: Mapping,
  section: 'sources' | 'sinks',
  findings: Findings,
  read: (item: Mapping, path: FilePath) => T | undefined,
): readonly T[] {
  const value = field(top, section)
  const items = itemsOf(value)
  const one = section.slice(0, -1)
  if (items === undefined) {
    findings.wrongType(
      [section],
      'TypeError',
      `'${section}' must be a list; found ${shown(value)}; an empty list is []`,
    )
    return []
  }
  const names = new Set<string>()
  return items.flatMap((item, index) => {
    const path = [section, index]
    if (!isMap(item)) {
      findings.wrongType(path, 'AttributeError', `a ${one} must be a map with a name; found ${shown(item)}`)
      return []
    }
    const name = field(item, 'name')
    const key = hashKey(name)
    if (key === undefined) {
      findings.wrongType(
        [...path, 'name'],
        'TypeError',
        `the name of a ${one} must be a text; found ${shown(name)}`,
      )
      return []
    }
    if (names.has(key)) {
      const message = `Duplicated ${one} names: ${nameText(name)}`
      findings.refuse([...path, 'name'], 'DUPLICATE_NAME', message, 'give each a name of its own')
    }
    if (hasKey(item, 'name')) names.add(key)
    const result = read(item, path)
    return result === undefined ? [] : [result]
  })
}

function hasName(item: Mapping, path: FilePath, findings: Findings): boolean {
  if (hasKey(item, 'name')) return true
  findings.refuse(path, 'FIELD_MISSING', 'Required field name not specified', "add 'name'")
  return false
}

/** The sources that are as they should be. */
export function readSources(
  top: Mapping,
  word: 'meters' | 'events',
  findings: Findings,
): readonly SourceText[] {
  return readEach(top, 'sources', findings, (item, path) => {
    let whole = hasName(item, path, findings)
    if (!hasKey(item, 'sinks')) {
      findings.refuse(
        path,
        'FIELD_MISSING',
        'Required field sinks not specified',
        "list the names of its sinks under 'sinks'",
      )
      whole = false
    }
    if (word === 'meters' && !hasKey(item, word)) {
      findings.refuse(
        path,
        'FIELD_MISSING',
        'Missing meters value',
        "list meters under 'meters', or '*' for all",
      )
      return undefined
    }
    const entries = readNames(field(item, word), [...path, word], word, findings)
    if (entries === undefined || !whole) return undefined
    return { name: field(item, 'name'), entries, sinks: field(item, 'sinks'), path }
  })
}

/** The sinks that are as they should be. */
export function readSinks(top: Mapping, findings: Findings): readonly SinkText[] {
  return readEach(top, 'sinks', findings, (item, path) => {
    const named = hasName(item, path, findings)
    const publishers = readPublishers(item, path, findings)
    const delivery = readDelivery(item, path, findings)
    if (!named || publishers === undefined) return undefined
    return {
      name: field(item, 'name'),
      publishers,
      delivery,
      transformers: field(item, 'transformers'),
      path,
    }
  })
}

function readPublishers(item: Mapping, path: FilePath, findings: Findings): readonly string[] | undefined {
  const value = field(item, 'publishers')
  if (!isTruthy(value)) {
    findings.refuse(
      path,
      'NO_PUBLISHER',
      'No publisher specified',
      "list the URLs of publishers under 'publishers'",
    )
    return undefined
  }
  const items = itemsOf(value)
  if (items === undefined) {
    findings.wrongType(
      [...path, 'publishers'],
      'TypeError',
      `'publishers' must be a list of URLs; found ${shown(value)}`,
    )
    return undefined
  }
  if (typeof value === 'string')
    findings.warn(
      [...path, 'publishers'],
      'TEXT_AS_LIST',
      `'publishers' is a text, so each of its signs is a URL; write a list: ['${value}']`,
    )
  return items.flatMap((url, index) => {
    if (typeof url === 'string') return [url.includes('://') ? url : `${url}://`]
    findings.wrongType(
      [...path, 'publishers', index],
      'TypeError',
      `a publisher is a URL such as notifier://; found ${shown(url)}`,
    )
    return []
  })
}

function readDelivery(item: Mapping, path: FilePath, findings: Findings): Delivery {
  const value = field(item, 'delivery') ?? 'at-least-once'
  if (value === 'at-least-once' || value === 'best-effort') return value
  findings.error(
    [...path, 'delivery'],
    'UNKNOWN_DELIVERY',
    `'delivery' is at-least-once or best-effort; found ${shown(value)}`,
  )
  return 'at-least-once'
}

/** The names of all sinks that the file means to define, be they as they should or not. */
export function namesOfSinks(top: Mapping): ReadonlySet<string> {
  const items = itemsOf(field(top, 'sinks')) ?? []
  return new Set(items.flatMap((item) => (isMap(item) ? (hashKey(field(item, 'name')) ?? []) : [])))
}
