/** How far a listener has read a stream. It outlives channels: after each a consumer goes on where the one before had settled all. */
import type { ConsumeMessage } from 'amqplib'

export class StreamPosition {
  #next: number | 'next' | 'first' = 'next'

  /** The consumer argument: what comes from now on, until something has come. */
  get offset(): number | 'next' | 'first' {
    return this.#next
  }

  /**
   * The stream is looked at before it is consumed again: whether it has so many `messages` (undefined = it is gone). One that was deleted and
   * made again has offsets of its own, and none of what it holds was read. `cancelled`: the broker ended the consumer, as it does then;
   * without that a stream that holds less than was read has only forgotten its oldest.
   */
  found(messages: number | undefined, why: 'cancelled' | 'reopened'): void {
    if (typeof this.#next !== 'number') return
    const isNew = messages === undefined || (why === 'cancelled' && messages < this.#next)
    if (isNew) this.#next = 'first'
  }

  /** Told what came, in order. */
  received(message: ConsumeMessage): void {
    const offset = offsetOf(message)
    if (offset !== undefined) this.#next = offset + 1
  }

  /** Reading goes on with the oldest message that is not settled, though later ones may be: they come again. */
  goBackTo(oldestUnsettled: ConsumeMessage): void {
    this.#next = offsetOf(oldestUnsettled) ?? this.#next
  }
}

function offsetOf({ properties }: ConsumeMessage): number | undefined {
  const offset: unknown = properties.headers?.['x-stream-offset']
  return typeof offset === 'number' ? offset : undefined
}
