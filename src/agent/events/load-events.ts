import { InvalidField } from '../definitions/field.js'
import { describeFound, entriesOf, isMapping, type Mapping, memberOf } from '../definitions/mapping.js'
import { type DefinitionFile, type DefinitionSource, readSource, sourceOf } from '../definitions/source.js'
import { traitPlugins } from '../plugins/index.js'
import type { PluginComplaintCode } from '../plugins/plugin.js'
import type { Problem } from '../problem.js'
import { pythonText } from '../values/index.js'
import { catchAll, type EventDefinition, isCatchAll, makeDefinition } from './event-definition.js'
import type { EventOptions } from './event-options.js'
import { type PlacedDefinition, reachProblems } from './reachability.js'
import { compileTrait, type EventTrait, type TraitOptions } from './trait.js'

/** A file, or the definitions themselves as a file would have them: a list. */
export type EventSource = DefinitionFile | { readonly file: string; readonly definitions: unknown }

export interface LoadedEvents {
  /** In the order in which they are asked: last of the files first; a catch-all at the end where nothing else is one. Those with errors are missing. */
  readonly definitions: readonly EventDefinition[]
  /** Of all files. */
  readonly problems: readonly Problem[]
  /** How often plug-ins met what they can't use, from now on. */
  readonly complaints: ReadonlyMap<PluginComplaintCode, number>
}

/**
 * Reads definitions of events: files, or such as were made in code. Never throws: what is wrong is in `problems`, all of it, with what no event
 * type can reach as warnings. Codes: `BAD_YAML`, `NOT_A_LIST`, `NOT_A_DEFINITION`, `MISSING_FIELD`, `BAD_EVENT_TYPES`, `BAD_TRAITS`,
 * `UNKNOWN_TRAIT_TYPE`, those of InvalidField; as warnings `UNKNOWN_KEY`, `UNREACHABLE_DEFINITION`, `SHADOWED_EVENT_TYPE`.
 * source: ceilometer/event/converter.py, ceilometer/declarative.py
 */
export function loadEvents(files: readonly EventSource[], options: EventOptions = {}): LoadedEvents {
  const problems: Problem[] = []
  const complaints = new Map<PluginComplaintCode, number>()
  const loader: Loader = {
    problems,
    traits: {
      plugins: options.plugins ?? traitPlugins,
      nonFinite: options.nonFinite ?? 'drop',
      paths: (options.lenientPaths ?? true) ? 'lenient' : 'strict',
      complain: (code) => complaints.set(code, (complaints.get(code) ?? 0) + 1),
    },
  }
  const sources = files.map((file) =>
    'text' in file ? readSource(file) : sourceOf(file.file, file.definitions),
  )
  const inOrder = sources.flatMap((source) => readDefinitions(source, loader)).reverse()
  problems.push(...reachProblems(inOrder))
  const definitions = inOrder.map(({ definition }) => definition)
  if (options.dropUnmatched !== true && !definitions.some(isCatchAll)) definitions.push(catchAll)
  return { definitions, problems, complaints }
}

interface Loader {
  readonly problems: Problem[]
  readonly traits: TraitOptions
}

function readDefinitions(source: DefinitionSource, loader: Loader): PlacedDefinition[] {
  loader.problems.push(...source.problems)
  const { value } = source
  if (source.problems.some(({ severity }) => severity === 'error')) return []
  // An empty map or text serves the original as an empty list.
  if (value === '' || (isMapping(value) && entriesOf(value).length === 0)) return []
  if (!Array.isArray(value)) {
    const text = `a file of event definitions is a list of maps with event_type and traits ([] for none); found ${describeFound(value)}`
    loader.problems.push(source.problem('error', 'NOT_A_LIST', text, value))
    return []
  }
  return value.flatMap((config: unknown, at) => readDefinition(source, value, at, config, loader))
}

function readDefinition(
  source: DefinitionSource,
  list: readonly unknown[],
  at: number,
  config: unknown,
  { problems, traits: options }: Loader,
): PlacedDefinition[] {
  const report = (code: string, text: string, place: readonly unknown[] = []): void => {
    problems.push(source.problem('error', code, text, list, [at, ...place]))
  }
  if (!isMapping(config)) {
    report(
      'NOT_A_DEFINITION',
      `a definition is a map with event_type and traits; found ${describeFound(config)}`,
    )
    return []
  }
  const before = problems.length
  const eventTypes = readEventTypes(config, report)
  const traits = readTraits(source, config, options, problems, report)
  for (const [key] of entriesOf(config))
    if (key !== 'event_type' && key !== 'traits')
      problems.push(
        source.problem(
          'warning',
          'UNKNOWN_KEY',
          `${describeFound(key)} says nothing to a definition; there are event_type and traits`,
          config,
          [key],
        ),
      )
  if (problems.slice(before).some(({ severity }) => severity === 'error')) return []
  const { file, line } = source.problem('warning', '', '', list, [at])
  const place = line === undefined ? `${file}, definition ${at + 1}` : `${file}:${line}`
  return [
    {
      definition: makeDefinition(eventTypes, traits, place),
      problem: (severity, code, text) => source.problem(severity, code, text, list, [at]),
    },
  ]
}

type Report = (code: string, text: string, place?: readonly unknown[]) => void

function readEventTypes(config: Mapping, report: Report): string | string[] {
  const found = memberOf(config, 'event_type')
  if (typeof found === 'string') return found
  if (Array.isArray(found) && found.every((glob) => typeof glob === 'string')) return found
  if (found === undefined) {
    report(
      'MISSING_FIELD',
      'Required field event_type not specified: name the event types, a glob such as compute.instance.* or a list of them',
    )
  } else if (Array.isArray(found)) {
    found.forEach((glob: unknown, at) => {
      if (typeof glob !== 'string')
        report('BAD_EVENT_TYPES', `an event type is a text, a glob or !glob; found ${describeFound(glob)}`, [
          'event_type',
          at,
        ])
    })
  } else {
    report(
      'BAD_EVENT_TYPES',
      `event_type is a text or a list of texts, globs or !globs; found ${describeFound(found)}`,
      ['event_type'],
    )
  }
  return []
}

function readTraits(
  source: DefinitionSource,
  config: Mapping,
  options: TraitOptions,
  problems: Problem[],
  report: Report,
): EventTrait[] {
  const found = memberOf(config, 'traits')
  if (isMapping(found))
    return entriesOf(found).flatMap(([name, trait]) =>
      readTrait(source, found, name, trait, options, problems),
    )
  if (found === undefined) {
    report(
      'MISSING_FIELD',
      'Required field traits not specified: name the traits, {} for the default ones alone',
    )
  } else if (found !== '' && !(Array.isArray(found) && found.length === 0)) {
    report(
      'BAD_TRAITS',
      `traits is a map from names to fields ({} for the default traits alone); found ${describeFound(found)}`,
      ['traits'],
    )
  }
  return []
}

function readTrait(
  source: DefinitionSource,
  traits: Mapping,
  name: unknown,
  config: unknown,
  options: TraitOptions,
  problems: Problem[],
): EventTrait[] {
  const title = pythonText(name)
  const tell = (
    severity: Problem['severity'],
    code: string,
    text: string,
    place: readonly unknown[],
  ): void => {
    problems.push(source.problem(severity, code, `trait '${title}': ${text}`, traits, [name, ...place]))
  }
  try {
    return [compileTrait(title, config, options, (code, text, place) => tell('warning', code, text, place))]
  } catch (error) {
    if (!(error instanceof InvalidField)) throw error
    tell('error', error.code, error.message, error.place)
    return []
  }
}
