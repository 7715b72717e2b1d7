import type { Sample } from '../sample.js'
import { type Amount, amountOf } from './amount.js'
import { instantOf } from './instant.js'
import type { Parameters } from './parameters.js'
import { Recent } from './recent.js'
import type { TransformerContext } from './transformer.js'

/** A volume and when it was measured, in microseconds since 1970. */
interface Measured {
  readonly volume: Amount
  readonly instant: number
}

/** A sample with the one before it. */
export interface Step {
  readonly before: Amount
  readonly after: Amount
  /** Seconds between them, 0 or more. */
  readonly seconds: number
}

/**
 * The last volume of each meter and resource. One that comes out of order is dropped, and the newer is kept; so is the first of all, which
 * has nothing to be compared with.
 * source: ceilometer/transformer/conversions.py of 2016
 */
export class Predecessors {
  readonly #last: Recent<Measured>
  readonly #context: TransformerContext

  constructor(parameters: Parameters, context: TransformerContext) {
    this.#last = new Recent(parameters, context)
    this.#context = context
  }

  get size(): number {
    return this.#last.size
  }

  /** Undefined when the sample was dropped. Throws TransformFailure when its time or volume can't be read. */
  step(sample: Sample): Step | undefined {
    const key = `${sample.name}\0${sample.resource_id ?? ''}`
    const [after, instant] = [amountOf(sample), instantOf(sample)]
    const last = this.#last.get(key)
    if (last !== undefined && instant < last.instant) {
      this.#context.drop('out-of-order', sample)
      return undefined
    }
    this.#last.set(key, { volume: after, instant })
    if (last !== undefined)
      return { before: last.volume, after, seconds: (instant - last.instant) / 1_000_000 }
    this.#context.drop('no-predecessor', sample)
    return undefined
  }
}
