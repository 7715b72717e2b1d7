/** From values to a sample: checked, completed, or dropped. source: ceilometer/sample.py (from_notification) */
import { randomUUID } from 'node:crypto'
import { describeFound } from '../definitions/mapping.js'
import { SAMPLE_TYPES, type Sample } from '../sample.js'
import { isTruthy, timeWithOffset } from '../values/index.js'
import type { MeterDefinition, SampleAttribute } from './definition.js'
import type { Evaluation } from './evaluation.js'
import { ConversionFailure } from './failure.js'
import type { MakerOptions } from './options.js'
import type { ResourceMetadata } from './resource-metadata.js'
import { volumeFrom } from './volume.js'

/** One value of each attribute. */
export type Values = Record<SampleAttribute, unknown>

/** Undefined = dropped. A name that is undefined was not found. Throws ConversionFailure. */
export type Finish = (
  values: Values,
  metadata: ResourceMetadata,
  evaluation: Evaluation,
) => Sample | undefined

/** The last step of all samples of a converter. */
export class Finisher {
  readonly #options: MakerOptions
  /** Of the evaluations, for the time of the message. */
  readonly #slot: number
  #lastTime: readonly [found: unknown, timestamp: string | null] = [undefined, null]

  constructor(options: MakerOptions, slot: number) {
    this.#options = options
    this.#slot = slot
  }

  compile(definition: MeterDefinition): Finish {
    const { nullVolumes, numericTexts } = this.#options.compatibility
    const dropNameless = dropper(
      this.#options,
      'raw-name',
      `the name of the meter '${definition.name}' was not found`,
    )
    const dropEmpty = dropper(
      this.#options,
      'null-volume',
      `a sample of the meter '${definition.name}' has no volume`,
    )
    const { identityNames: names, source = 'openstack' } = this.#options
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
    const timestamp = isOwn ? this.#ownTime(found) : this.#timeOf(evaluation)
    if (timestamp !== null) return timestamp
    const wrong = isOwn ? found : evaluation.message.metadata?.timestamp
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

  #timeOf(evaluation: Evaluation): string | null {
    return evaluation.once(this.#slot, ({ metadata }) => timeWithOffset(metadata?.timestamp))
  }
}

/** Tells, and gives what stands for no sample. */
export function dropper({ report }: MakerOptions, code: string, text: string): () => undefined {
  return () => {
    report?.drop(code, text)
    return undefined
  }
}

function badType(type: unknown, definition: MeterDefinition): ConversionFailure {
  return new ConversionFailure(
    'BAD_SAMPLE_TYPE',
    `its type must be one of ${SAMPLE_TYPES.join(', ')}; found ${describeFound(type)}`,
    definition.name,
  )
}
