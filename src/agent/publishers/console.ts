import type { Event } from '../event.js'
import type { Sample } from '../sample.js'
import { refuseProblems } from './http-target.js'
import { jsonText } from './json-text.js'
import { eventFields, sampleFields } from './messages.js'
import { type Encode, mostTogether, Outbox, type Send } from './outbox.js'
import { describeError, PublishFailure } from './publish-failure.js'
import type { Publisher, PublisherStats } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { readOptions } from './url-options.js'

/** `console://`: `{"sample": {...}}` or `{"event": {...}}`, a line each, on standard output or where the context says. */
export class ConsolePublisher implements Publisher {
  readonly url: string
  readonly #write: (text: string) => Promise<void>
  readonly #outbox: Outbox

  /** Throws ConfigurationError with everything that is wrong. */
  constructor(url: PublisherURL, { logger, write }: PublisherSurroundings) {
    refuseProblems(url, readOptions(url.query, {}).problems)
    this.url = url.safe
    this.#write = write
    this.#outbox = new Outbox({ name: url.safe, logger, mergeItems: mostTogether, retries: 0 })
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

  close(deadline?: number): Promise<void> {
    return this.#outbox.close(deadline)
  }

  stats(): PublisherStats {
    return this.#outbox.stats()
  }

  readonly #encodeSamples: Encode<Sample> = (samples) =>
    this.#print(samples.map((sample) => ({ sample: sampleFields(sample) })))

  readonly #encodeEvents: Encode<Event> = (events) =>
    this.#print(events.map((event) => ({ event: eventFields(event) })))

  #print(values: readonly unknown[]): Send {
    const text = values.map((value) => `${jsonText(value)}\n`).join('')
    return async () => {
      try {
        await this.#write(text)
      } catch (error) {
        throw new PublishFailure('failed', 'NOT_WRITTEN', `${this.url}: ${describeError(error)}`, {
          cause: error,
        })
      }
    }
  }
}
