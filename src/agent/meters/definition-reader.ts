/** One definition of a file, checked and compiled. source: ceilometer/meter/notifications.py (MeterDefinition) */
import { compileField, type Field, type FieldOptions, InvalidField } from '../definitions/field.js'
import { describeFound, entriesOf, isMapping, type Mapping, memberOf } from '../definitions/mapping.js'
import type { DefinitionSource, Place } from '../definitions/source.js'
import { compileMatch } from '../path/match-text.js'
import { traitPlugins } from '../plugins/index.js'
import type { Problem } from '../problem.js'
import { SAMPLE_TYPES } from '../sample.js'
import { isTruthy, pythonText } from '../values/index.js'
import { SUGGESTED_METERS } from './compatibility.js'
import { type MeterDefinition, SAMPLE_ATTRIBUTES, type SampleAttribute } from './definition.js'
import { MESSAGE_PARTS } from './evaluation.js'
import { type MeterOptions, pathMode } from './options.js'

/** In the order in which the original names them. */
const REQUIRED = ['name', 'type', 'event_type', 'unit', 'volume', 'resource_id'] as const

const TIGHT_UNION =
  '| binds tighter than . here, so that a.b|c.d is a.(b|c).d; write (a.b)|(c.d), or what you mean with brackets'

interface ReadDefinition {
  /** Absent when it has errors. */
  readonly definition: MeterDefinition | undefined
  readonly problems: readonly Problem[]
}

/** Reads definitions one by one; what is wrong with one of them does not keep the others from being read. */
export class DefinitionReader {
  readonly #options: MeterOptions
  readonly #literals: boolean
  #losesAll = false

  constructor(options: MeterOptions) {
    this.#options = options
    this.#literals = options.compatibility?.literalTexts ?? SUGGESTED_METERS.literalTexts
  }

  /** Whether one of those that were read costs the original the whole file. */
  get losesAll(): boolean {
    return this.#losesAll
  }

  read(source: DefinitionSource, list: readonly unknown[], at: number): ReadDefinition {
    const draft = new Draft(source, list, at)
    const config = list[at]
    if (isMapping(config)) {
      const definition = this.#compile(draft, config)
      this.#losesAll ||= draft.losesAll
      return { definition: draft.hasErrors ? undefined : definition, problems: draft.problems }
    }
    this.#losesAll = true
    draft.fatal('BAD_DEFINITION', `a definition is a map; found ${describeFound(config)}`)
    return { definition: undefined, problems: draft.problems }
  }

  #compile(draft: Draft, config: Mapping): MeterDefinition {
    // In the order of the original, whose first error decides whether it loses the definition or all of them.
    const name = memberOf(config, 'name')
    if (isMapping(name) || Array.isArray(name))
      draft.fatal('BAD_NAME', 'a name is a text or an expression; for several paths write (a)|(b)', ['name'])
    const missing = REQUIRED.filter((key) => !isTruthy(memberOf(config, key)))
    if (missing.length > 0)
      draft.error('MISSING_FIELDS', `required, and missing or empty: ${missing.join(', ')}`)
    const eventTypes = readEventTypes(draft, config)
    const matches = matcherOf(draft, eventTypes)
    const lookup = readLookup(draft, config)
    readType(draft, config, lookup)
    const fields = this.#fields(draft, config)
    if (lookup !== undefined) warnOfLookup(draft, fields)
    const metadata = this.#metadata(draft, config)
    const user = memberOf(config, 'user_metadata')
    const line = draft.line
    return {
      name: draft.name,
      file: draft.file,
      ...(line !== undefined && { line }),
      eventTypes,
      matches,
      defaults: { name, type: memberOf(config, 'type'), unit: memberOf(config, 'unit') },
      fields,
      metadata,
      userMetadata: isTruthy(user) ? this.#field(draft, user, ['user_metadata']) : undefined,
      lookup,
      metadataKey: keyOf([memberOf(config, 'metadata'), user]),
      isNameFound: isFound(name, fields.get('name')),
    }
  }

  #fields(draft: Draft, config: Mapping): ReadonlyMap<SampleAttribute, Field> {
    const fields = new Map<SampleAttribute, Field>()
    for (const attribute of SAMPLE_ATTRIBUTES) {
      const value = memberOf(config, attribute)
      if (!isTruthy(value)) continue
      const field = this.#field(draft, value, [attribute], attribute === 'name' || attribute === 'unit')
      if (field !== undefined) fields.set(attribute, field)
    }
    return fields
  }

  #metadata(draft: Draft, config: Mapping): readonly (readonly [string, Field])[] {
    const metadata = memberOf(config, 'metadata')
    if (metadata === undefined || metadata === '') return []
    if (!isMapping(metadata)) {
      if (!Array.isArray(metadata) || metadata.length > 0)
        draft.fatal('BAD_METADATA', `metadata maps names to fields; found ${describeFound(metadata)}`, [
          'metadata',
        ])
      return []
    }
    return entriesOf(metadata).flatMap(([name, value]) => {
      const field = this.#field(draft, value, ['metadata', name])
      return field === undefined ? [] : [[String(name), field] as const]
    })
  }

  #field(draft: Draft, config: unknown, place: Place, mayBeText = false): Field | undefined {
    const { report } = this.#options
    const where = `${place.join('.')} of the meter '${draft.name}'`
    const options: FieldOptions = {
      plugins: traitPlugins,
      literals: mayBeText && this.#literals,
      paths: pathMode(this.#options),
      ...(report !== undefined && { complain: (code) => report.drop(code, where) }),
    }
    try {
      const field = compileField(config, options)
      if (field.hasTightUnion) draft.warn('TIGHT_UNION', `${place.join('.')}: ${TIGHT_UNION}`, place)
      return field
    } catch (error) {
      if (!(error instanceof InvalidField)) throw error
      const text = `${place.join('.')}: ${error.message}`
      if (error.losesFile) draft.fatal(error.code, text, [...place, ...error.place])
      else draft.error(error.code, text, [...place, ...error.place])
      return undefined
    }
  }
}

/** What is found while a definition is read. */
class Draft {
  readonly problems: Problem[] = []
  readonly #source: DefinitionSource
  readonly #list: readonly unknown[]
  readonly #at: number
  #losesAll = false

  constructor(source: DefinitionSource, list: readonly unknown[], at: number) {
    this.#source = source
    this.#list = list
    this.#at = at
  }

  get file(): string {
    return this.#source.file
  }

  get line(): number | undefined {
    return this.#problem('warning', '', '', []).line
  }

  get name(): string {
    const config = this.#list[this.#at]
    return pythonText(isMapping(config) ? memberOf(config, 'name') : undefined)
  }

  get hasErrors(): boolean {
    return this.problems.some(({ severity }) => severity === 'error')
  }

  get losesAll(): boolean {
    return this.#losesAll
  }

  error(code: string, text: string, place: Place = []): void {
    this.problems.push(this.#problem('error', code, text, place))
  }

  warn(code: string, text: string, place: Place = []): void {
    this.problems.push(this.#problem('warning', code, text, place))
  }

  /** As `error`, where the original loses all definitions. */
  fatal(code: string, text: string, place: Place = []): void {
    if (!this.hasErrors) this.#losesAll = true
    this.error(code, text, place)
  }

  #problem(severity: Problem['severity'], code: string, text: string, place: Place): Problem {
    return this.#source.problem(severity, code, text, this.#list, [this.#at, ...place])
  }
}

/** A text is one name, also when it is empty: then one sample is made for each name that is found. */
function readLookup(draft: Draft, config: Mapping): readonly string[] | undefined {
  const lookup = memberOf(config, 'lookup')
  if (lookup === undefined) return undefined
  if (typeof lookup === 'string') return [lookup]
  if (Array.isArray(lookup)) return lookup.length === 0 ? undefined : lookup.map(pythonText)
  const text = `lookup is a name or a list of names; found ${describeFound(lookup)}`
  if (!isMapping(lookup)) draft.fatal('BAD_LOOKUP', text, ['lookup'])
  else if (isTruthy(lookup)) draft.error('BAD_LOOKUP', text, ['lookup'])
  return undefined
}

function readType(draft: Draft, config: Mapping, lookup: readonly string[] | undefined): void {
  const type = memberOf(config, 'type')
  if (!isTruthy(type) || SAMPLE_TYPES.some((known) => known === type)) return
  const all = memberOf(config, 'lookup')
  // In a single word it counts as well when it only is a part of it.
  if (typeof all === 'string' ? all.includes('type') : lookup?.includes('type') === true) return
  draft.error(
    'BAD_TYPE',
    `a type is one of ${SAMPLE_TYPES.join(', ')}, or a path when 'type' is in lookup; found ${describeFound(type)}`,
    ['type'],
  )
}

function readEventTypes(draft: Draft, config: Mapping): readonly string[] {
  const types = memberOf(config, 'event_type')
  if (!isTruthy(types)) return []
  const list = Array.isArray(types) ? (types as readonly unknown[]) : [types]
  for (const [at, type] of list.entries()) {
    if (typeof type === 'string') continue
    const place = Array.isArray(types) ? ['event_type', at] : ['event_type']
    draft.fatal(
      'BAD_EVENT_TYPE',
      `an event_type is a regular expression; found ${describeFound(type)}`,
      place,
    )
  }
  return list.filter((type) => typeof type === 'string')
}

function matcherOf(draft: Draft, eventTypes: readonly string[]): (eventType: string) => boolean {
  const matchers = eventTypes.flatMap((pattern, at) => {
    try {
      return [compileMatch(pattern)]
    } catch (error) {
      draft.fatal('BAD_EVENT_TYPE', error instanceof Error ? error.message : String(error), [
        'event_type',
        at,
      ])
      return []
    }
  })
  const [only] = matchers
  if (only !== undefined && matchers.length === 1) return only
  return (eventType) => matchers.some((matches) => matches(eventType))
}

/** They load, as in the original, and never make a sample there. */
function warnOfLookup(draft: Draft, fields: ReadonlyMap<SampleAttribute, Field>): void {
  for (const [attribute, { literal, plugin }] of fields) {
    if (literal !== undefined)
      draft.warn('LITERAL_IN_LOOKUP', `${attribute}: beside lookup, a number gives no samples; use a path`, [
        attribute,
      ])
    else if (plugin !== undefined && !plugin.supportsSeveral)
      draft.warn('PLUGIN_IN_LOOKUP', `${attribute}: this plugin gives one value only, lookup wants several`, [
        attribute,
      ])
  }
}

/** A literal looks like words with dots; but those that begin at a part of the notification are a path. */
function isFound(name: unknown, field: Field | undefined): boolean {
  if (typeof name !== 'string' || field?.path === undefined) return false
  const [first, ...others] = name.split('.')
  return !field.path.isPlain || (others.length > 0 && MESSAGE_PARTS.has(first as string))
}

/** The same text for the same configuration, whatever it is made of. */
function keyOf(config: unknown): string {
  return JSON.stringify(config, (_key, value: unknown) => {
    if (value instanceof Map) return { map: [...(value as ReadonlyMap<unknown, unknown>)] }
    return typeof value === 'bigint' ? `${value}n` : value
  })
}
