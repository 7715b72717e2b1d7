import type { Event } from '../event.js'
import type { Sample } from '../sample.js'
import type { HttpTarget } from './http-target.js'
import { httpRules, httpTarget, refuseProblems } from './http-target.js'
import { jsonText } from './json-text.js'
import { eventFields, sampleFields } from './messages.js'
import { type Encode, mostTogether, Outbox, type Send } from './outbox.js'
import type { Publisher, PublisherStats } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { doubtfulOptions, flag, otherOptions, readOptions } from './url-options.js'

const rules = {
  ...httpRules,
  /** One request for all, or one for each. */
  batch: flag(true),
  /** Of events only what `store_raw` kept: their notifications' payloads. */
  raw_only: flag(false),
}

/**
 * `http://` and `https://`: JSON by POST, an array of all, or one request each. What is no option of ours stays in the target's query.
 * Unlike the original's, a status that is none of 2xx is an error.
 * source: ceilometer/publisher/http.py
 */
export class HttpPublisher implements Publisher {
  readonly url: string
  readonly #target: HttpTarget
  readonly #isBatch: boolean
  readonly #isRaw: boolean
  readonly #outbox: Outbox

  /** Throws ConfigurationError with everything that is wrong. */
  constructor(url: PublisherURL, { logger }: PublisherSurroundings) {
    const { values, problems: found } = readOptions(url.query, rules, { others: 'kept' })
    const problems = [...found]
    const target = httpTarget(url, values, { isSecure: url.scheme === 'https', rules }, problems)
    refuseProblems(url, problems)
    this.url = url.safe
    this.#target = target as HttpTarget
    this.#isBatch = values.batch
    this.#isRaw = values.raw_only
    this.#outbox = new Outbox({
      name: url.safe,
      logger,
      concurrency: 4,
      mergeItems: values.batch ? mostTogether : 1,
      retries: values.max_retries,
    })
    for (const text of doubtfulOptions(otherOptions(url.query, rules), rules))
      logger.warn(`${url.safe}: ${text}`)
  }

  publishSamples(samples: readonly Sample[]): Promise<void> {
    return samples.length === 0 ? Promise.resolve() : this.#outbox.put(samples, this.#encodeSamples)
  }

  publishEvents(events: readonly Event[]): Promise<void> {
    const wanted = this.#isRaw ? events.filter(({ raw }) => Object.hasOwn(raw, 'payload')) : events
    return wanted.length === 0 ? Promise.resolve() : this.#outbox.put(wanted, this.#encodeEvents)
  }

  flush(): Promise<void> {
    return this.#outbox.flush()
  }

  async close(deadline?: number): Promise<void> {
    await this.#outbox.close(deadline)
    this.#target.client.close()
  }

  stats(): PublisherStats {
    return this.#outbox.stats()
  }

  readonly #encodeSamples: Encode<Sample> = (samples) => this.#encode(samples.map(sampleFields))

  readonly #encodeEvents: Encode<Event> = (events) =>
    this.#encode(this.#isRaw ? events.map(({ raw }) => raw['payload']) : events.map(eventFields))

  #encode(values: readonly unknown[]): Send {
    return postAll(this.#target, this.#isBatch ? [jsonText(values)] : values.map(jsonText))
  }
}

/** One request after the other; goes on with the first that was not taken. */
function postAll({ url, client, headers }: HttpTarget, bodies: readonly string[]): Send {
  let next = 0
  return async (signal) => {
    for (; next < bodies.length; next++) {
      const body = bodies[next] ?? ''
      await client.post(url, { headers: { ...headers, 'Content-Type': 'application/json' }, body, signal })
    }
  }
}
