/** From definitions to functions that make their samples. source: ceilometer/meter/notifications.py (to_samples), ceilometer/sample.py */
import { randomUUID } from 'node:crypto'
import type { Field } from '../definitions/field.js'
import { describeFound } from '../definitions/mapping.js'
import type { AgentNotification } from '../notification.js'
import { compilePath } from '../path/compiled-path.js'
import { SAMPLE_TYPES, type Sample } from '../sample.js'
import { isTruthy, timeWithOffset } from '../values/index.js'
import type { MeterCompatibility } from './compatibility.js'
import { type MeterDefinition, SAMPLE_ATTRIBUTES, type SampleAttribute } from './definition.js'
import { Evaluation, MESSAGE_PARTS, Slots } from './evaluation.js'
import { ConversionFailure } from './failure.js'
import { type IdentityNames, type MeterOptions, pathMode } from './options.js'
import { compileMetadata, type ResourceMetadata } from './resource-metadata.js'
import { userMetadataCopier } from './user-metadata.js'
import { volumeFrom } from './volume.js'

/** Adds the samples of one definition. Throws ConversionFailure. */
export type MakeSamples = (evaluation: Evaluation, out: Sample[]) => void

/** One value of each attribute. */
type Values = Record<SampleAttribute, unknown>

type Find = (evaluation: Evaluation) => unknown

export interface MakerOptions extends MeterOptions {
  readonly compatibility: MeterCompatibility
}

export class SampleMaker {
  readonly #options: MakerOptions
  readonly #source: string
  readonly #slots = new Slots()
  readonly #copyUserMetadata: ReturnType<typeof userMetadataCopier>
  readonly #defaultUser: Find
  readonly #defaultProject: Find
  readonly #names: IdentityNames | undefined
  #lastTime: readonly [found: unknown, timestamp: string | null] = [undefined, null]
  readonly #messageTime: (evaluation: Evaluation) => string | null

  constructor(options: MakerOptions) {
    this.#options = options
    this.#source = options.source ?? 'openstack'
    this.#names = options.identityNames
    this.#copyUserMetadata = userMetadataCopier({
      namespaces: options.reserved?.namespaces ?? ['metering.'],
      keys: options.reserved?.keys ?? [],
      length: options.reserved?.length ?? 256,
    })
    const { contextFallback } = options.compatibility
    this.#defaultUser = contextFallback ? this.#path('(ctxt.user_id)|(ctxt.user)') : () => null
    this.#defaultProject = contextFallback ? this.#path('(ctxt.project_id)|(ctxt.tenant_id)') : () => null
    const slot = this.#slots.of('time of the message')
    this.#messageTime = (evaluation) =>
      evaluation.once(slot, ({ metadata }) => timeWithOffset(metadata.timestamp))
  }

  begin(notification: AgentNotification): Evaluation {
    return new Evaluation(notification)
  }

  compile(definition: MeterDefinition): MakeSamples {
    const find = compileMetadata(definition, this.#copyUserMetadata, this.#options.compatibility)
    const slot = this.#slots.of(`metadata ${definition.metadataKey}`)
    const metadata = (evaluation: Evaluation): ResourceMetadata => evaluation.once(slot, find)
    const finish = this.#finisher(definition)
    const { lookup } = definition
    return lookup === undefined
      ? this.#single(definition, metadata, finish)
      : this.#several(definition, lookup, metadata, finish)
  }

  #single(
    definition: MeterDefinition,
    metadata: (evaluation: Evaluation) => ResourceMetadata,
    finish: Finish,
  ): MakeSamples {
    const { defaults, fields, isNameFound } = definition
    const keepsRawNames = this.#options.compatibility.rawNames || !isNameFound
    const name = this.#attribute(fields.get('name'), () => (keepsRawNames ? defaults.name : undefined))
    const type = this.#attribute(fields.get('type'), () => defaults.type)
    const volume = this.#attribute(fields.get('volume'), () => null)
    const unit = this.#attribute(fields.get('unit'), () => defaults.unit)
    const timestamp = this.#attribute(fields.get('timestamp'), () => null)
    const user_id = this.#attribute(fields.get('user_id'), this.#defaultUser)
    const project_id = this.#attribute(fields.get('project_id'), this.#defaultProject)
    const resource_id = this.#attribute(fields.get('resource_id'), () => null)
    return (evaluation, out) => {
      const resourceMetadata = metadata(evaluation)
      const sample = finish(
        {
          name: name(evaluation),
          type: type(evaluation),
          volume: volume(evaluation),
          unit: unit(evaluation),
          timestamp: timestamp(evaluation),
          user_id: user_id(evaluation),
          project_id: project_id(evaluation),
          resource_id: resource_id(evaluation),
        },
        resourceMetadata,
        evaluation,
      )
      if (sample !== undefined) out.push(sample)
    }
  }

  /** As many samples as names are found. Attributes that are no part of the lookup are the same for all. */
  #several(
    definition: MeterDefinition,
    lookup: readonly string[],
    metadata: (evaluation: Evaluation) => ResourceMetadata,
    finish: Finish,
  ): MakeSamples {
    const columns = SAMPLE_ATTRIBUTES.map((attribute) => this.#column(definition, lookup, attribute))
    // Of these there is one each, which a lookup that names them takes for too few.
    const others = ['message', 'metadata'].filter((name) => lookup.includes(name))
    const drop = this.#dropper(
      'lookup-mismatch',
      `the fields of the meter '${definition.name}' are not equally many`,
    )
    return (evaluation, out) => {
      const resourceMetadata = metadata(evaluation)
      const found = columns.map((column) => column(evaluation))
      const count = lengthOf(found[0], definition, 'name')
      if (count === 0) return
      for (let at = 0; at < SAMPLE_ATTRIBUTES.length; at++) {
        const attribute = SAMPLE_ATTRIBUTES[at] as SampleAttribute
        const length = lengthOf(found[at], definition, attribute)
        if (length !== count && (length !== 1 || lookup.includes(attribute))) return drop()
      }
      if (count !== 1 && others.length > 0) return drop()
      for (let row = 0; row < count; row++) {
        const of = (at: number): unknown => {
          const column = found[at] as readonly unknown[]
          return column.length === count ? column[row] : column[0]
        }
        const values: Values = {
          name: of(0),
          type: of(1),
          volume: of(2),
          unit: of(3),
          timestamp: of(4),
          user_id: of(5),
          project_id: of(6),
          resource_id: of(7),
        }
        const sample = finish(values, resourceMetadata, evaluation)
        if (sample !== undefined) out.push(sample)
      }
    }
  }

  /** What the field finds, where it is part of the lookup or finds anything; else the default. A literal is no list, and found out later. */
  #column(
    { defaults, fields, name: meter }: MeterDefinition,
    lookup: readonly string[],
    attribute: SampleAttribute,
  ): Find {
    const field = fields.get(attribute)
    const fallback = this.#defaultOf(attribute, defaults)
    if (field === undefined) return (evaluation) => [fallback(evaluation)]
    const isLookedUp = attribute === 'name' || lookup.includes(attribute)
    if (field.plugin !== undefined && !field.plugin.supportsSeveral) {
      return () => {
        throw new ConversionFailure(
          'PLUGIN_IN_LOOKUP',
          `${attribute}: the plugin gives one value only, lookup wants several`,
          meter,
        )
      }
    }
    return (evaluation) => {
      const found = field.literal ?? field.all(evaluation.message)
      return isLookedUp || isTruthy(found) ? found : [fallback(evaluation)]
    }
  }

  #defaultOf(attribute: SampleAttribute, defaults: MeterDefinition['defaults']): Find {
    switch (attribute) {
      case 'name':
      case 'type':
      case 'unit':
        return () => defaults[attribute]
      case 'user_id':
        return this.#defaultUser
      case 'project_id':
        return this.#defaultProject
      default:
        return () => null
    }
  }

  /** Checks and completes. Undefined = dropped. A name that is undefined was not found. */
  #finisher(definition: MeterDefinition): Finish {
    const { nullVolumes, numericTexts } = this.#options.compatibility
    const dropNameless = this.#dropper('raw-name', `the name of the meter '${definition.name}' was not found`)
    const dropEmpty = this.#dropper('null-volume', `a sample of the meter '${definition.name}' has no volume`)
    const names = this.#names
    const source = this.#source
    return (values, resource_metadata, evaluation) => {
      const timestamp = this.#timestamp(values.timestamp, evaluation, definition)
      const type = SAMPLE_TYPES.find((known) => known === values.type)
      if (type === undefined) throw badType(values.type, definition)
      if (values.name === undefined) return dropNameless()
      if (values.volume === null && !nullVolumes) return dropEmpty()
      return {
        id: randomUUID(),
        name: values.name as string,
        type,
        unit: values.unit as string,
        volume: volumeFrom(values.volume, { numericTexts }),
        user_id: values.user_id as string | null,
        user_name: names?.user(values.user_id) ?? null,
        project_id: values.project_id as string | null,
        project_name: names?.project(values.project_id) ?? null,
        resource_id: values.resource_id as string | null,
        timestamp,
        resource_metadata,
        source,
        monotonic_time: null,
      }
    }
  }

  #timestamp(found: unknown, evaluation: Evaluation, definition: MeterDefinition): string {
    const isOwn = isTruthy(found)
    const timestamp = isOwn ? this.#ownTime(found) : this.#messageTime(evaluation)
    if (timestamp !== null) return timestamp
    const wrong = isOwn ? found : evaluation.message.metadata.timestamp
    throw new ConversionFailure(
      'BAD_TIMESTAMP',
      `${isOwn ? 'its timestamp' : "the notification's timestamp"} is not ISO 8601: ${describeFound(wrong)}`,
      isOwn ? definition.name : undefined,
    )
  }

  /** Several definitions that match a notification often find the same. */
  #ownTime(found: unknown): string | null {
    if (found !== this.#lastTime[0]) this.#lastTime = [found, timeWithOffset(found)]
    return this.#lastTime[1]
  }

  #attribute(field: Field | undefined, fallback: Find): Find {
    if (field === undefined) return fallback
    if (field.literal !== undefined) return () => field.literal
    const { path } = field
    if (path === undefined) {
      return field.plugin === undefined
        ? fallback
        : (evaluation) => field.value(evaluation.message) ?? fallback(evaluation)
    }
    // Words such as `gauge` are paths that can't find anything.
    if (path.isPlain && !MESSAGE_PARTS.has(path.text.split('.')[0] as string)) return fallback
    const find = this.#path(path.text)
    return (evaluation) => find(evaluation) ?? fallback(evaluation)
  }

  /** The first value that is not null, else null. What takes longer than a look-up is found once per notification. */
  #path(text: string): Find {
    const path = compilePath(text, pathMode(this.#options))
    if (path.isChain) return (evaluation) => path.first(evaluation.message)
    const slot = this.#slots.of(`path ${text}`)
    return (evaluation) => evaluation.once(slot, path.first)
  }

  #dropper(code: string, text: string): () => undefined {
    const { report } = this.#options
    return () => {
      report?.drop(code, text)
      return undefined
    }
  }
}

type Finish = (values: Values, metadata: ResourceMetadata, evaluation: Evaluation) => Sample | undefined

function lengthOf(column: unknown, definition: MeterDefinition, attribute: string): number {
  if (Array.isArray(column)) return column.length
  throw new ConversionFailure(
    'LITERAL_IN_LOOKUP',
    `${attribute}: beside lookup, a number gives no samples`,
    definition.name,
  )
}

function badType(type: unknown, definition: MeterDefinition): ConversionFailure {
  return new ConversionFailure(
    'BAD_SAMPLE_TYPE',
    `its type must be one of ${SAMPLE_TYPES.join(', ')}; found ${describeFound(type)}`,
    definition.name,
  )
}
