import type { Event } from '../event.js'
import type { Sample } from '../sample.js'
import type { Encode, Outbox } from './outbox.js'
import type { Publisher } from './publisher.js'
import type { PublisherURL } from './publisher-url.js'

export interface OutboxPublisherParts {
  /** Absent = it takes no samples. */
  readonly samples?: Encode<Sample>
  /** Absent = it takes no events. */
  readonly events?: Encode<Event>
  /** What is to be done behind each flush, and before the end. */
  readonly sync?: () => Promise<void>
  /** Frees what it holds, once all is settled. */
  readonly free?: () => Promise<void> | void
}

/** What publishers with an outbox have in common: all but how their receiver wants it. */
export function outboxPublisher(
  url: PublisherURL,
  outbox: Outbox,
  { samples, events, sync, free }: OutboxPublisherParts,
): Publisher {
  return {
    url: url.safe,
    ...(samples === undefined ? {} : { publishSamples: putting(outbox, samples) }),
    ...(events === undefined ? {} : { publishEvents: putting(outbox, events) }),
    async flush() {
      await outbox.flush()
      await sync?.()
    },
    async close(deadline) {
      await outbox.close(deadline)
      await sync?.()
      await free?.()
    },
    stats: () => outbox.stats(),
  }
}

/** An empty list is not worth a turn. */
function putting<T>(outbox: Outbox, encode: Encode<T>): (items: readonly T[]) => Promise<void> {
  return (items) => (items.length === 0 ? Promise.resolve() : outbox.put(items, encode))
}
