import { randomUUID } from 'node:crypto'

import type { Event } from '../event.js'
import type { Sample } from '../sample.js'
import { answerFailure, isTaken } from './http-answer.js'
import { httpRules, refuseProblems, sslRule } from './http-target.js'
import { eventFields, sampleFields } from './messages.js'
import { loginRules } from './openstack-login.js'
import { OpenstackService } from './openstack-service.js'
import { type Encode, mostTogether, Outbox, type Send } from './outbox.js'
import type { Publisher, PublisherStats } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { readOptions, wholeNumber, words } from './url-options.js'

const rules = {
  ...httpRules,
  ...loginRules,
  ssl: sslRule,
  queue: words(),
  /** Seconds that a message lives. */
  ttl: wholeNumber(3_600, { min: 60, max: 1_209_600 }),
}

/** Zaqar takes no more in a request unless it is configured to. */
const messagesInRequest = 20

/**
 * `zaqar://[user:password@host:8888]?queue=Q&ttl=3600`: a message for each sample or event.
 * source: ceilometer/publisher/zaqar.py
 */
export class ZaqarPublisher implements Publisher {
  readonly url: string
  readonly #service: OpenstackService
  readonly #path: string
  readonly #ttl: number
  /** Zaqar wants one from each client. */
  readonly #client: string = randomUUID()
  readonly #outbox: Outbox

  /** Throws ConfigurationError with everything that is wrong. */
  constructor(url: PublisherURL, { logger, environment }: PublisherSurroundings) {
    const { values, problems: found } = readOptions(url.query, rules)
    const problems = [...found]
    if (values.queue === undefined) problems.push(`the option 'queue' is wanted: the name of Zaqar's queue`)
    const about = { service: 'messaging', defaultPort: 8888, isSecure: values.ssl, rules, environment }
    const service = OpenstackService.of(url, values, about, problems)
    refuseProblems(url, problems)
    this.url = url.safe
    this.#service = service
    this.#path = `/v2/queues/${encodeURIComponent(values.queue ?? '')}/messages`
    this.#ttl = values.ttl
    this.#outbox = new Outbox({
      name: url.safe,
      logger,
      concurrency: 2,
      mergeItems: mostTogether,
      retries: values.max_retries,
    })
  }

  publishSamples(samples: readonly Sample[]): Promise<void> {
    return samples.length === 0 ? Promise.resolve() : this.#outbox.put(samples, this.#encodeSamples)
  }

  publishEvents(events: readonly Event[]): Promise<void> {
    return events.length === 0 ? Promise.resolve() : this.#outbox.put(events, this.#encodeEvents)
  }

  flush(): Promise<void> {
    return this.#outbox.flush()
  }

  async close(deadline?: number): Promise<void> {
    await this.#outbox.close(deadline)
    this.#service.close()
  }

  stats(): PublisherStats {
    return this.#outbox.stats()
  }

  readonly #encodeSamples: Encode<Sample> = (samples) => this.#post(samples.map(sampleFields))

  readonly #encodeEvents: Encode<Event> = (events) => this.#post(events.map(eventFields))

  /** Goes on behind what was taken. */
  #post(bodies: readonly unknown[]): Send {
    const messages = bodies.map((body) => ({ ttl: this.#ttl, body }))
    let sent = 0
    return async (signal) => {
      while (sent < messages.length) {
        const some = { messages: messages.slice(sent, sent + messagesInRequest) }
        const headers = { 'Client-ID': this.#client }
        const { url, answer } = await this.#service.ask('POST', this.#path, some, signal, headers)
        if (!isTaken(answer)) throw answerFailure('POST', url, answer)
        sent += some.messages.length
      }
    }
  }
}
