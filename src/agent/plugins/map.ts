import { describeFound, isMapping } from '../definitions/mapping.js'
import { casefold, dictKey, isTruthy } from '../values/index.js'
import { PluginParameters } from './parameters.js'
import type { TraitPluginFactory } from './plugin.js'

/**
 * Another value for each match. Parameters: `values`, a map that is not empty; `default` for what is not in it (default null); `case_sensitive`
 * (default true). `1`, `1.0` and `true` are the same key, as in Python. A list or an object is in no map and has no default either.
 * source: ceilometer/event/trait_plugins.py
 */
export const map: TraitPluginFactory = (parameters, complain) => {
  const given = new PluginParameters('map', parameters)
  const caseSensitive = given.get('case_sensitive')
  const fold = caseSensitive === undefined || isTruthy(caseSensitive) ? (text: string) => text : casefold
  const values = readValues(given, fold)
  const otherwise = given.get('default') ?? null
  given.check()
  const mapped = (value: unknown): unknown => {
    const key = keyOf(value, fold)
    const found = key === undefined ? undefined : values.get(key)
    if (found !== undefined) return found
    complain?.('UNKNOWN_VALUE')
    // Where the original loses the event or the samples: it can't look up such a value.
    return key === undefined ? null : otherwise
  }
  return { supportsSeveral: false, values: (matches) => matches.map(({ value }) => mapped(value)) }
}

type Key = Exclude<ReturnType<typeof dictKey>, undefined>

function keyOf(value: unknown, fold: (text: string) => string): Key | undefined {
  return typeof value === 'string' ? fold(value) : dictKey(value)
}

function readValues(given: PluginParameters, fold: (text: string) => string): Map<Key, unknown> {
  const values = given.get('values')
  const entries: [unknown, unknown][] = !isMapping(values)
    ? []
    : values instanceof Map
      ? [...values]
      : Object.entries(values)
  if (!isMapping(values) || entries.length === 0)
    given.problems.push(
      `parameter 'values' must be a map that is not empty, from what is found to what it becomes; found ${describeFound(values)}`,
    )
  const read = new Map<Key, unknown>()
  for (const [key, value] of entries) {
    const known = keyOf(key, fold)
    if (known === undefined) given.problems.push(`parameter 'values': ${describeFound(key)} can't be a key`)
    else read.set(known, value ?? null)
  }
  return read
}
