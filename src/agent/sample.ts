/** One measured value, in the words in which it goes over the wire. source: ceilometer/sample.py */
export interface Sample {
  /** Unique to this sample. */
  readonly id: string
  readonly name: string
  readonly type: SampleType
  readonly unit: string
  readonly volume: number | bigint | string
  readonly user_id: string | null
  readonly user_name: string | null
  readonly project_id: string | null
  readonly project_name: string | null
  readonly resource_id: string | null
  /** ISO 8601 with offset. */
  readonly timestamp: string
  readonly resource_metadata: Readonly<Record<string, unknown>>
  readonly source: string
  readonly monotonic_time: number | null
}

export const SAMPLE_TYPES = ['gauge', 'delta', 'cumulative'] as const

export type SampleType = (typeof SAMPLE_TYPES)[number]
