/** Files of meter definitions to definitions. source: ceilometer/meter/notifications.py, ceilometer/declarative.py (load_definitions) */
import { isMapping, memberOf } from '../definitions/mapping.js'
import { type DefinitionFile, type DefinitionSource, readSource, sourceOf } from '../definitions/source.js'
import type { Problem } from '../problem.js'
import { isTruthy } from '../values/index.js'
import type { MeterDefinition } from './definition.js'
import { DefinitionReader } from './definition-reader.js'
import type { MeterOptions } from './options.js'

/** A file, or the definitions themselves as a file would have them: `{ metric: [...] }`, or the list. */
export type MeterSource = DefinitionFile | { readonly file: string; readonly definitions: unknown }

/** What loadMeters found. */
export interface LoadedMeters {
  /** Those without mistakes, in the order in which they make samples: of each file from the last to the first, file by file. */
  readonly definitions: readonly MeterDefinition[]
  /** All of all files. */
  readonly problems: readonly Problem[]
  /** Whether the original would run without any meter: a file that is none, a bad regular expression and the like. */
  readonly losesAll: boolean
}

/** Never throws. Of definitions with the same name the one in the earlier file counts, and in one file the last. */
export function loadMeters(sources: readonly MeterSource[], options: MeterOptions = {}): LoadedMeters {
  const reader = new DefinitionReader(options)
  const definitions = new Map<unknown, MeterDefinition>()
  const problems: Problem[] = []
  for (const source of sources) {
    const read = 'text' in source ? readSource(source) : sourceOf(source.file, listed(source.definitions))
    const found = [...read.problems]
    const list = read.problems.some(({ code }) => code === 'BAD_YAML') ? [] : metricsOf(read, found)
    for (const [at, config] of [...list.entries()].reverse()) {
      const name = isMapping(config) ? memberOf(config, 'name') : undefined
      const known = definitions.get(name)
      if (known !== undefined) {
        found.push(duplicate(read, list, at, known))
        continue
      }
      const { definition, problems: own } = reader.read(read, list, at)
      found.push(...own)
      if (definition !== undefined) definitions.set(name, definition)
    }
    problems.push(...inOrder(found))
  }
  return {
    definitions: [...definitions.values()],
    problems,
    losesAll: reader.losesAll || problems.some(({ code }) => code === 'BAD_YAML' || code === 'NO_METRICS'),
  }
}

/** As the file goes; what has no line comes first. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const place = ({ line = 0, column = 0 }: Problem): number => line * 1e6 + column
  return [...problems].sort((one, other) => place(one) - place(other))
}

function listed(definitions: unknown): unknown {
  return Array.isArray(definitions) ? { metric: definitions } : definitions
}

function metricsOf(source: DefinitionSource, problems: Problem[]): readonly unknown[] {
  const metrics = isMapping(source.value) ? memberOf(source.value, 'metric') : undefined
  if (Array.isArray(metrics)) return metrics
  // Nothing in any form is nothing.
  if (metrics === '' || (isMapping(metrics) && !isTruthy(metrics))) return []
  const text = "a file of meter definitions is a map with a key 'metric' that holds the list of them"
  problems.push(source.problem('error', 'NO_METRICS', text, source.value, ['metric']))
  return []
}

function duplicate(
  source: DefinitionSource,
  list: readonly unknown[],
  at: number,
  known: MeterDefinition,
): Problem {
  const place = known.line === undefined ? known.file : `${known.file}:${known.line}`
  return source.problem(
    'warning',
    'DUPLICATE_METER',
    `the meter '${known.name}' is already defined in ${place}, which counts; remove one of them`,
    list,
    [at, 'name'],
  )
}
