import { refuseProblems } from './http-target.js'
import { jsonText } from './json-text.js'
import { eventFields, sampleFields } from './messages.js'
import { mostTogether, Outbox, type Send } from './outbox.js'
import { outboxPublisher } from './outbox-publisher.js'
import { notWritten } from './publish-failure.js'
import type { Publisher } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { readOptions } from './url-options.js'

/**
 * `console://`: `{"sample": {...}}` or `{"event": {...}}`, a line each, on standard output or where the context says. Throws ConfigurationError
 * with everything that is wrong.
 */
export function consolePublisher(url: PublisherURL, { logger, write }: PublisherSurroundings): Publisher {
  refuseProblems(url, readOptions(url.query, {}).problems)
  const print = (values: readonly unknown[]): Send => {
    const text = values.map((value) => `${jsonText(value)}\n`).join('')
    return async () => {
      try {
        await write(text)
      } catch (error) {
        throw notWritten(url, error)
      }
    }
  }
  const outbox = new Outbox({ name: url.safe, logger, mergeItems: mostTogether, retries: 0 })
  return outboxPublisher(url, outbox, {
    samples: (samples) => print(samples.map((sample) => ({ sample: sampleFields(sample) }))),
    events: (events) => print(events.map((event) => ({ event: eventFields(event) }))),
  })
}
