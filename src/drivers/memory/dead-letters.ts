import { randomUUID } from 'node:crypto'

import type { DeadLetter, DeadLetters } from '../../core/driver.js'
import type { Entry, Limits, MemoryQueue } from './queue.js'

interface Kept {
  readonly id: string
  readonly from: MemoryQueue
  readonly entry: Entry
  readonly reason: string
  readonly error: string | undefined
}

/** The rejected messages of one subscription, oldest first. Bounded as the queue is: the oldest makes room. */
export class DeadLetterStore {
  #kept: Kept[] = []
  #bytes = 0

  /** Returns how many old ones had to go for it. */
  add(from: MemoryQueue, entry: Entry, reason: string, error: string | undefined, limits: Limits): number {
    this.#kept.push({ id: randomUUID(), from, entry, reason, error })
    this.#bytes += entry.body.byteLength
    let dropped = 0
    while (this.#kept.length > 1 && (this.#kept.length > limits.maxLength || this.#bytes > limits.maxBytes)) {
      this.#bytes -= this.#kept.shift()?.entry.body.byteLength ?? 0
      dropped++
    }
    return dropped
  }

  /** The driver's view of it. */
  view(limits: Limits, checkOpen: () => void): DeadLetters {
    return {
      list: async ({ limit = 100 } = {}): Promise<readonly DeadLetter[]> => {
        checkOpen()
        return this.#kept.slice(0, limit).map(describe)
      },
      replay: async ({ ids } = {}): Promise<number> => {
        checkOpen()
        return this.#take(ids, (kept) => replayOne(kept, limits))
      },
      purge: async ({ ids } = {}): Promise<number> => {
        checkOpen()
        return this.#take(ids, () => true)
      },
    }
  }

  /** Removes those of `ids` (all, without) that `take` agrees to. */
  #take(ids: readonly string[] | undefined, take: (kept: Kept) => boolean): number {
    const wanted = ids === undefined ? undefined : new Set(ids)
    const before = this.#kept.length
    this.#kept = this.#kept.filter((kept) => (wanted !== undefined && !wanted.has(kept.id)) || !take(kept))
    this.#bytes = this.#kept.reduce((bytes, kept) => bytes + kept.entry.body.byteLength, 0)
    return before - this.#kept.length
  }
}

/** A queue that is full or gone (a fanout's, with its listener) leaves the dead letter where it is. */
function replayOne({ from, entry }: Kept, limits: Limits): boolean {
  if (from.gone || !from.hasRoom(entry.body.byteLength, limits)) return false
  from.push({ ...entry, attempts: 0, lastError: undefined })
  return true
}

function describe({ id, entry, reason, error }: Kept): DeadLetter {
  return {
    id,
    body: new Uint8Array(entry.body),
    reason,
    attempts: entry.attempts,
    firstSeen: entry.firstSeen,
    ...(error === undefined ? {} : { error }),
  }
}
