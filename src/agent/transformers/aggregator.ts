import type { Sample } from '../sample.js'
import { type Amount, add, finite } from './amount.js'
import { Conversion } from './conversion.js'
import { instantOf } from './instant.js'
import { LIMITS } from './limits.js'
import type { Parameters } from './parameters.js'
import type { Moment, Transformer } from './transformer.js'

type MergedField = 'project_id' | 'user_id' | 'resource_metadata'

interface Sum {
  sample: Sample
  volume: Amount
  count: number
}

/**
 * One sample for all of a meter and resource, let go at the first flush that finds `size` samples (default 1) or, where `retention_time` (seconds) is given, that
 * is later than the first sample's own time by more than it. Cumulative: the last volume; else the sum; gauges become averages.
 * `project_id`, `user_id`: `first` or `last` = that one is kept; absent = each has a sum of its own. `resource_metadata`: first, last (default) or
 * drop. `timestamp`: first (default) or last. Scaled, named and typed by `target` as unit_conversion does.
 * source: ceilometer/transformer/conversions.py AggregatorTransformer of 2016, whose averages fail under a new name
 */
export function aggregator(parameters: Parameters): Transformer {
  return new Aggregator(parameters)
}

class Aggregator implements Transformer {
  readonly #conversion: Conversion
  readonly #size: number
  /** Microseconds; undefined = for ever. */
  readonly #retention: number | undefined
  readonly #lastTimestamp: boolean
  readonly #apart: readonly ('project_id' | 'user_id')[]
  readonly #lastFields: readonly MergedField[]
  readonly #dropMetadata: boolean
  #sums = new Map<string, Sum>()
  #count = 0
  #since: number | undefined

  constructor(parameters: Parameters) {
    this.#conversion = new Conversion(parameters)
    const seconds = parameters.number('retention_time') || undefined
    this.#retention = seconds === undefined ? undefined : seconds * 1_000_000
    this.#size = sizeOf(parameters, seconds)
    this.#lastTimestamp = choice(parameters, 'timestamp', ['first', 'last'], 'first') === 'last'
    const metadata = choice(parameters, 'resource_metadata', ['last', 'first', 'drop'], 'last')
    const policies = (['project_id', 'user_id'] as const).map(
      (field) => [field, mergePolicy(parameters, field)] as const,
    )
    this.#apart = policies.filter(([, policy]) => policy === undefined).map(([field]) => field)
    this.#lastFields = [...policies, ['resource_metadata', metadata] as const]
      .filter(([, policy]) => policy === 'last')
      .map(([field]) => field)
    this.#dropMetadata = metadata === 'drop'
    parameters.finish()
  }

  get held(): number {
    return this.#sums.size
  }

  handle(sample: Sample): undefined {
    this.#since ??= instantOf(sample)
    const key = this.#keyOf(sample)
    const sum = this.#sums.get(key)
    const volume = this.#conversion.scaled(sample)
    if (sum === undefined) this.#sums.set(key, this.#begin(sample, volume))
    else this.#merge(sum, sample, volume)
    this.#count += 1
    return undefined
  }

  flush({ now, closing }: Moment): readonly Sample[] {
    if (this.#since === undefined) return []
    const expired = this.#retention !== undefined && now * 1_000 - this.#since > this.#retention
    const full = this.#count >= this.#size || this.#sums.size >= LIMITS.held
    if (!full && !expired && !closing) return []
    const released = Array.from(this.#sums.values(), result)
    this.#sums = new Map()
    this.#count = 0
    this.#since = undefined
    return released
  }

  #keyOf(sample: Sample): string {
    let key = `${sample.name}\0${sample.resource_id ?? ''}`
    for (const field of this.#apart) key += `\0${sample[field] ?? ''}`
    return key
  }

  #begin(sample: Sample, volume: Amount): Sum {
    const converted = this.#conversion.convert(sample, volume)
    return {
      sample: this.#dropMetadata ? { ...converted, resource_metadata: {} } : converted,
      volume,
      count: 1,
    }
  }

  #merge(sum: Sum, sample: Sample, volume: Amount): void {
    sum.volume = sample.type === 'cumulative' ? volume : finite(add(sum.volume, volume))
    sum.count += 1
    if (!this.#lastTimestamp && this.#lastFields.length === 0) return
    const timestamp = this.#lastTimestamp ? sample.timestamp : sum.sample.timestamp
    const kept = Object.fromEntries(this.#lastFields.map((field) => [field, sample[field]]))
    sum.sample = { ...sum.sample, ...kept, timestamp }
  }
}

function result({ sample, volume, count }: Sum): Sample {
  return { ...sample, volume: sample.type === 'gauge' && count > 1 ? Number(volume) / count : volume }
}

function sizeOf(parameters: Parameters, retention: number | undefined): number {
  // Written as null, it is left to retention_time, as 0 is.
  const size = parameters.isNull('size') ? 0 : (parameters.number('size') ?? 1)
  if (size !== 0) return Math.trunc(size)
  return retention === undefined ? 1 : Number.POSITIVE_INFINITY
}

/** `first`, `last`, or undefined where the field is not to be merged. */
function mergePolicy(parameters: Parameters, field: 'project_id' | 'user_id'): string | undefined {
  return parameters.value(field) ? choice(parameters, field, ['last', 'first'], 'last') : undefined
}

/** The original warns of other words and goes on; so do we, where the file is read. */
function choice(parameters: Parameters, key: string, choices: readonly string[], usual: string): string {
  const value = parameters.value(key)
  if (value === undefined) return usual
  if (typeof value === 'string' && choices.includes(value)) return value
  parameters.warn(key, `${key} is ${choices.join(' or ')}; anything else means ${usual}`)
  return usual
}
