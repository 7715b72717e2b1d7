import type { HttpTarget } from './http-target.js'
import { httpRules, readHttpTarget } from './http-target.js'
import { jsonText } from './json-text.js'
import { eventFields, sampleFields } from './messages.js'
import { mostTogether, Outbox, type Send } from './outbox.js'
import { outboxPublisher } from './outbox-publisher.js'
import type { Publisher } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { doubtfulOptions, flag, otherOptions } from './url-options.js'

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
export function httpPublisher(url: PublisherURL, { logger }: PublisherSurroundings): Publisher {
  const { values, target } = readHttpTarget(url, rules, () => ({ isSecure: url.scheme === 'https' }))
  for (const text of doubtfulOptions(otherOptions(url.query, rules), rules))
    logger.warn(`${url.safe}: ${text}`)
  const post = (bodies: readonly unknown[]): Send =>
    postAll(target, values.batch ? [jsonText(bodies)] : bodies.map(jsonText))
  const outbox = new Outbox({
    name: url.safe,
    logger,
    concurrency: 4,
    mergeItems: values.batch ? mostTogether : 1,
    retries: values.max_retries,
  })
  const publisher = outboxPublisher(url, outbox, {
    samples: (samples) => post(samples.map(sampleFields)),
    events: (events) =>
      post(values.raw_only ? events.map(({ raw }) => raw['payload']) : events.map(eventFields)),
    free: () => target.client.close(),
  })
  if (!values.raw_only) return publisher
  return {
    ...publisher,
    publishEvents: async (events) =>
      publisher.publishEvents?.(events.filter(({ raw }) => Object.hasOwn(raw, 'payload'))),
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
