import type { Sample } from '../sample.js'
import { LIMITS } from './limits.js'
import type { Parameters } from './parameters.js'
import type { Moment, Transformer } from './transformer.js'

/**
 * Keeps samples and lets all of them go at the first flush that finds `size` or more (default 1). A size below 1 lets them pass.
 * source: ceilometer/transformer/accumulator.py of 2016. Never more than LIMITS.held are kept: with that many they go at the next flush.
 */
export function accumulator(parameters: Parameters): Transformer {
  const size = parameters.number('size') ?? 1
  parameters.finish()
  return new Accumulator(size)
}

class Accumulator implements Transformer {
  readonly #size: number
  #samples: Sample[] = []

  constructor(size: number) {
    this.#size = size
  }

  get held(): number {
    return this.#samples.length
  }

  handle(sample: Sample): Sample | undefined {
    if (this.#size < 1) return sample
    this.#samples.push(sample)
    return undefined
  }

  flush({ closing }: Moment): readonly Sample[] {
    if (!closing && this.#samples.length < Math.min(this.#size, LIMITS.held)) return []
    const released = this.#samples
    this.#samples = []
    return released
  }
}
