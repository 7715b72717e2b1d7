import type { Event } from '../event.js'
import type { Sample } from '../sample.js'
import type { HttpTarget } from './http-target.js'
import { httpRules, httpTarget, refuseProblems } from './http-target.js'
import { jsonText } from './json-text.js'
import { eventFields, sampleFields } from './messages.js'
import { type Load, Outbox } from './outbox.js'
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
 * Unlike the original's, a status that is none of 2xx is an error: 4xx refused, others failed.
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
    this.#outbox = new Outbox({ name: url.safe, logger, concurrency: 4, retries: values.max_retries })
    for (const text of doubtfulOptions(otherOptions(url.query, rules), rules))
      logger.warn(`${url.safe}: ${text}`)
  }

  publishSamples(samples: readonly Sample[]): Promise<void> {
    return this.#publish(samples.length, () => samples.map(sampleFields))
  }

  publishEvents(events: readonly Event[]): Promise<void> {
    if (!this.#isRaw) return this.#publish(events.length, () => events.map(eventFields))
    const payloads = events.flatMap(({ raw }) => (Object.hasOwn(raw, 'payload') ? [raw['payload']] : []))
    return this.#publish(payloads.length, () => payloads)
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

  #publish(count: number, values: () => readonly unknown[]): Promise<void> {
    if (count === 0) return Promise.resolve()
    return this.#outbox.put(count, () => {
      const bodies = this.#isBatch ? [jsonText(values())] : values().map(jsonText)
      return postAll(this.#target, bodies)
    })
  }
}

/** One request after the other; goes on with the first that was not taken. */
function postAll({ url, client, headers }: HttpTarget, bodies: readonly string[]): Load {
  let next = 0
  return {
    bytes: bodies.reduce((sum, body) => sum + body.length, 0),
    async send(signal) {
      for (; next < bodies.length; next++) {
        const body = bodies[next] ?? ''
        await client.post(url, { headers: { ...headers, 'Content-Type': 'application/json' }, body, signal })
      }
    },
  }
}
