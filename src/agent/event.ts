/** A notification reduced to typed traits. source: ceilometer/event/models.py */
export interface Event {
  readonly message_id: string | null
  readonly event_type: string
  /** ISO 8601, UTC, without a suffix. */
  readonly generated: string
  readonly traits: readonly Trait[]
  /** The whole notification where `store_raw` says so, else {}. */
  readonly raw: Readonly<Record<string, unknown>>
}

/** Name, type, value; a datetime is ISO 8601, UTC, without a suffix. */
export type Trait = readonly [name: string, type: TraitType, value: TraitValue]

export type TraitValue = string | number | bigint

/** The numbers of the wire. */
export const TRAIT_TYPES = { none: 0, text: 1, int: 2, float: 3, datetime: 4 } as const

export type TraitType = (typeof TRAIT_TYPES)[keyof typeof TRAIT_TYPES]
