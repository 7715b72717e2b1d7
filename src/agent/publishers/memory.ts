import type { Event } from '../event.js'
import type { Sample } from '../sample.js'
import { Counters } from './counters.js'
import { refuseProblems } from './http-target.js'
import type { Publisher, PublisherStats } from './publisher.js'
import type { PublisherURL } from './publisher-url.js'
import { readOptions, wholeNumber } from './url-options.js'

const rules = {
  /** Samples, and as many events, kept; the oldest go. */
  max_kept: wholeNumber(10_000, { min: 0 }),
}

/**
 * `test://`: keeps what it gets in memory, for tests and for a look at the latest.
 * source: ceilometer/publisher/test.py
 */
export class TestPublisher implements Publisher {
  readonly url: string
  readonly samples: Sample[] = []
  readonly events: Event[] = []
  /** How often it was given something. */
  calls = 0
  readonly #maxKept: number
  readonly #counters = new Counters()

  /** Throws ConfigurationError with everything that is wrong. */
  constructor(url: PublisherURL) {
    const { values, problems } = readOptions(url.query, rules)
    refuseProblems(url, problems)
    this.url = url.safe
    this.#maxKept = values.max_kept
  }

  async publishSamples(samples: readonly Sample[]): Promise<void> {
    this.#keep(this.samples, samples)
  }

  async publishEvents(events: readonly Event[]): Promise<void> {
    this.#keep(this.events, events)
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}

  stats(): PublisherStats {
    return this.#counters.stats()
  }

  #keep<T>(kept: T[], given: readonly T[]): void {
    this.calls += 1
    this.#counters.published += given.length
    for (const item of given) kept.push(item)
    if (kept.length > this.#maxKept) kept.splice(0, kept.length - this.#maxKept)
  }
}
