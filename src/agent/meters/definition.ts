/** A meter definition, compiled: what samples are made of, and from which notifications. */
import type { Field } from '../definitions/field.js'

/** In the order in which a lookup counts them. source: ceilometer/meter/notifications.py (SAMPLE_ATTRIBUTES) */
export const SAMPLE_ATTRIBUTES = [
  'name',
  'type',
  'volume',
  'unit',
  'timestamp',
  'user_id',
  'project_id',
  'resource_id',
] as const

/** What a definition may have a field for. */
export type SampleAttribute = (typeof SAMPLE_ATTRIBUTES)[number]

/** Made by loadMeters, from what a file says of one meter. */
export interface MeterDefinition {
  /** As configured: a name, or the expression that finds names. Definitions of the same text are one. */
  readonly name: string
  readonly file: string
  /** From 1; absent for definitions made in code. */
  readonly line?: number
  /** Regular expressions of Python, anchored at the start and open at the end. */
  readonly eventTypes: readonly string[]
  readonly matches: (eventType: string) => boolean
  /** What holds where a field finds nothing. */
  readonly defaults: { readonly name: unknown; readonly type: unknown; readonly unit: unknown }
  readonly fields: ReadonlyMap<SampleAttribute, Field>
  /** What becomes of the payload in samples: name -> field. Absent = all of it. */
  readonly metadata: readonly (readonly [name: string, field: Field])[]
  readonly userMetadata: Field | undefined
  /** Attributes of which a notification has several, one for each sample; undefined = it makes one sample. */
  readonly lookup: readonly string[] | undefined
  /** The same for definitions whose metadata is the same: they are evaluated once per notification. */
  readonly metadataKey: string
  /** Whether `name` is an expression, whose text is no name of a sample. */
  readonly isNameFound: boolean
}
