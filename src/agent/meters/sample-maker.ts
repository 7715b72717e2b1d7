/** From definitions to functions that make their samples. source: ceilometer/meter/notifications.py (to_samples), ceilometer/sample.py */
import type { Field } from '../definitions/field.js'
import type { AgentNotification } from '../notification.js'
import { compilePath } from '../path/compiled-path.js'
import type { Sample } from '../sample.js'
import { isTruthy } from '../values/index.js'
import { type MeterDefinition, SAMPLE_ATTRIBUTES, type SampleAttribute } from './definition.js'
import { Evaluation, MESSAGE_PARTS, Slots } from './evaluation.js'
import { ConversionFailure } from './failure.js'
import { dropper, type Finish, Finisher, type Values } from './finisher.js'
import { type MakerOptions, pathMode } from './options.js'
import { compileMetadata, type ResourceMetadata } from './resource-metadata.js'
import { userMetadataCopier } from './user-metadata.js'

/** Adds the samples of one definition. Throws ConversionFailure. */
export type MakeSamples = (evaluation: Evaluation, out: Sample[]) => void

type Find = (evaluation: Evaluation) => unknown

/** One per converter, since definitions share what they find. */
export class SampleMaker {
  readonly #options: MakerOptions
  readonly #slots = new Slots()
  readonly #copyUserMetadata: ReturnType<typeof userMetadataCopier>
  readonly #defaultUser: Find
  readonly #defaultProject: Find
  readonly #finisher: Finisher

  constructor(options: MakerOptions) {
    this.#options = options
    this.#copyUserMetadata = userMetadataCopier({
      namespaces: options.reserved?.namespaces ?? ['metering.'],
      keys: options.reserved?.keys ?? [],
      length: options.reserved?.length ?? 256,
    })
    const { contextFallback } = options.compatibility
    this.#defaultUser = contextFallback ? this.#path('(ctxt.user_id)|(ctxt.user)') : () => null
    this.#defaultProject = contextFallback ? this.#path('(ctxt.project_id)|(ctxt.tenant_id)') : () => null
    this.#finisher = new Finisher(options, this.#slots.of('time of the message'))
  }

  begin(notification: AgentNotification): Evaluation {
    return new Evaluation(notification)
  }

  compile(definition: MeterDefinition): MakeSamples {
    const find = compileMetadata(definition, this.#copyUserMetadata, this.#options.compatibility)
    const slot = this.#slots.of(`metadata ${definition.metadataKey}`)
    const metadata = (evaluation: Evaluation): ResourceMetadata => evaluation.once(slot, find)
    const finish = this.#finisher.compile(definition)
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
    const drop = dropper(
      this.#options,
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
}

function lengthOf(column: unknown, definition: MeterDefinition, attribute: string): number {
  if (Array.isArray(column)) return column.length
  throw new ConversionFailure(
    'LITERAL_IN_LOOKUP',
    `${attribute}: beside lookup, a number gives no samples`,
    definition.name,
  )
}
