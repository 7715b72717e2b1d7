import type { Logger } from '../../index.js'
import type { Sample } from '../sample.js'
import type { Moment, Transformer, TransformerContext } from './transformer.js'

const NOTHING: readonly Sample[] = []

/** Makes the steps of a chain anew, each with an empty memory. */
export type ChainSteps = (context: TransformerContext) => readonly Transformer[]

/** What a chain tells: counts and log lines. */
export interface ChainWitness {
  readonly logger: Logger
  /** In log lines. */
  readonly sink: string
  count(reason: string): void
  /** Milliseconds since 1970. */
  now(): number
}

/**
 * The transformers of a sink, one after the other. A sample ends where a step returns nothing; a step that throws loses the sample, which is counted
 * as `transformer-failed`, and the others go on.
 * source: ceilometer/pipeline.py SampleSink of 2016
 */
export class Chain {
  readonly #steps: readonly Transformer[]
  readonly #witness: ChainWitness
  readonly #told = new Set<string>()

  constructor(steps: ChainSteps, witness: ChainWitness) {
    this.#witness = witness
    this.#steps = steps({
      drop: (reason, sample) => this.#dropped(reason, sample),
      count: (what) => witness.count(what),
      now: () => witness.now(),
    })
  }

  get held(): number {
    return this.#steps.reduce((sum, { held }) => sum + held, 0)
  }

  /** What comes out at the end, in order. Never throws. */
  pass(samples: readonly Sample[]): readonly Sample[] {
    return this.#pass(samples, 0)
  }

  /** What each step lets go, through the steps after it: one list per step that lets something go. Never throws. */
  release(moment: Moment): readonly (readonly Sample[])[] {
    const lists: (readonly Sample[])[] = []
    for (const [index, step] of this.#steps.entries()) {
      const released = this.#flush(step, moment)
      if (released.length === 0) continue
      const passed = this.#pass(released, index + 1)
      if (passed.length > 0) lists.push(passed)
    }
    return lists
  }

  #pass(samples: readonly Sample[], from: number): readonly Sample[] {
    const passed: Sample[] = []
    for (const sample of samples) {
      const result = this.#passOne(sample, from)
      if (result !== undefined) passed.push(result)
    }
    return passed
  }

  #passOne(sample: Sample, from: number): Sample | undefined {
    let current: Sample | undefined = sample
    try {
      for (let index = from; current !== undefined && index < this.#steps.length; index += 1)
        current = this.#steps[index]?.handle(current)
      return current
    } catch (error) {
      this.#dropped('transformer-failed', sample, error)
      return undefined
    }
  }

  #flush(step: Transformer, moment: Moment): readonly Sample[] {
    try {
      return step.flush(moment)
    } catch (error) {
      this.#witness.count('flush-failed')
      this.#tell(
        'flush-failed',
        `sink ${this.#witness.sink}: a transformer could not let go what it held`,
        error,
      )
      return NOTHING
    }
  }

  #dropped(reason: string, { name, resource_id }: Sample, error?: unknown): void {
    this.#witness.count(reason)
    this.#tell(
      reason,
      `sink ${this.#witness.sink}: a sample of ${name} for ${resource_id} ends here: ${reason}`,
      error,
    )
  }

  /** The first of each reason; the others are counted. Reasons are few words of our own. */
  #tell(reason: string, text: string, error: unknown): void {
    if (this.#told.has(reason)) return
    this.#told.add(reason)
    // A first sample without a predecessor is how things begin.
    const level = reason === 'no-predecessor' || reason === 'other-meter' ? 'debug' : 'warn'
    const details = error === undefined ? {} : { error }
    this.#witness.logger[level](`${text}; further ones are counted only`, details)
  }
}
