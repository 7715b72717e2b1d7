import { randomUUID } from 'node:crypto'

import { answerFailure, isTaken } from './http-answer.js'
import { httpRules, refuseProblems, sslRule } from './http-target.js'
import { eventFields, sampleFields } from './messages.js'
import { loginRules } from './openstack-login.js'
import { OpenstackService } from './openstack-service.js'
import { mostTogether, Outbox, type Send } from './outbox.js'
import { outboxPublisher } from './outbox-publisher.js'
import type { Publisher } from './publisher.js'
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
 * `zaqar://[user:password@host:8888]?queue=Q&ttl=3600`: a message for each sample or event. Throws ConfigurationError with everything that is wrong.
 * source: ceilometer/publisher/zaqar.py
 */
export function zaqarPublisher(url: PublisherURL, { logger, environment }: PublisherSurroundings): Publisher {
  const { values, problems: found } = readOptions(url.query, rules)
  const { queue, ttl } = values
  const problems = [...found]
  if (queue === undefined) problems.push(`the option 'queue' is wanted: the name of Zaqar's queue`)
  const about = { service: 'messaging', defaultPort: 8888, isSecure: values.ssl, rules, environment }
  const service = OpenstackService.of(url, values, about, problems)
  refuseProblems(url, problems)
  const path = `/v2/queues/${encodeURIComponent(queue ?? '')}/messages`
  // Zaqar wants one from each client.
  const headers = { 'Client-ID': randomUUID() }
  /** Goes on behind what was taken. */
  const post = (bodies: readonly unknown[]): Send => {
    const messages = bodies.map((body) => ({ ttl, body }))
    let sent = 0
    return async (signal) => {
      while (sent < messages.length) {
        const some = { messages: messages.slice(sent, sent + messagesInRequest) }
        const { url: asked, answer } = await service.ask('POST', path, some, signal, headers)
        if (!isTaken(answer)) throw answerFailure('POST', asked, answer)
        sent += some.messages.length
      }
    }
  }
  const limits = { concurrency: 2, mergeItems: mostTogether, retries: values.max_retries }
  return outboxPublisher(url, new Outbox({ name: url.safe, logger, ...limits }), {
    samples: (samples) => post(samples.map(sampleFields)),
    events: (events) => post(events.map(eventFields)),
    free: () => service.close(),
  })
}
