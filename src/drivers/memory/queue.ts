import { Fifo } from '../../core/fifo.js'
import type { Consumer } from './consumer.js'
import type { DeadLetterStore } from './dead-letters.js'
import type { Deliverer, DeliveryTurns } from './turns.js'

/** A message as a queue keeps it. `body` is the broker's own: each delivery gets a copy. */
export interface Entry {
  readonly body: Uint8Array
  /** Place in the queue, given by it. */
  sequence: number
  attempts: number
  /** Milliseconds since the epoch of the first delivery; 0 = none yet. */
  firstSeen: number
  finished: readonly string[]
  lastError: string | undefined
}

/** How much a queue may hold before senders wait. */
export interface Limits {
  readonly maxLength: number
  readonly maxBytes: number
}

/** The longest delay Node's timers know, 24.8 days; longer ones are cut to it. */
const LONGEST_DELAY = 2 ** 31 - 1

export function newEntry(body: Uint8Array): Entry {
  return { body, sequence: 0, attempts: 0, firstSeen: 0, finished: [], lastError: undefined }
}

/**
 * The messages of one subscription and those who share them. It owns a message (waiting, delayed or in hand) until `release`. Messages
 * given back come before all others, in their old order.
 */
export class MemoryQueue implements Deliverer {
  readonly dead: DeadLetterStore
  readonly #turns: DeliveryTurns
  readonly #ready = new Fifo<Entry>()
  /** Given back, latest first: the next one is at the end. */
  readonly #returned: Entry[] = []
  readonly #delayed = new Map<Entry, NodeJS.Timeout>()
  readonly #senders = new Set<() => boolean>()
  #consumers: readonly Consumer[] = []
  #turn = 0
  #sequence = 0
  #length = 0
  #bytes = 0
  #gone = false

  constructor(turns: DeliveryTurns, dead: DeadLetterStore) {
    this.#turns = turns
    this.dead = dead
  }

  get consumerCount(): number {
    return this.#consumers.length
  }

  get gone(): boolean {
    return this.#gone
  }

  /** Whether a body of `bytes` fits. An empty queue takes any: it would never fit better. */
  hasRoom(bytes: number, limits: Limits): boolean {
    return this.#length === 0 || (this.#length < limits.maxLength && this.#bytes + bytes <= limits.maxBytes)
  }

  /** Whether senders wait for room already, whom a new one must not overtake. */
  get hasSenders(): boolean {
    return this.#senders.size > 0
  }

  /**
   * Calls `retry` when there may be room again, or the queue is gone, until it returns true: in order, so that no sender overtakes
   * another. Returns what takes it off the list.
   */
  whenRoom(retry: () => boolean): () => void {
    this.#senders.add(retry)
    return () => this.#senders.delete(retry)
  }

  push(entry: Entry): void {
    this.#length++
    this.#bytes += entry.body.byteLength
    this.#append(entry)
  }

  attach(consumer: Consumer): void {
    this.#consumers = [...this.#consumers, consumer]
    this.wake()
  }

  detach(consumer: Consumer): void {
    this.#consumers = this.#consumers.filter((other) => other !== consumer)
  }

  /** To its old place, for the next consumer that has credit. */
  giveBack(entry: Entry): void {
    let place = this.#returned.length
    while (place > 0 && (this.#returned[place - 1] as Entry).sequence < entry.sequence) place--
    this.#returned.splice(place, 0, entry)
    this.wake()
  }

  /** To the end of the queue, after `delay` milliseconds. The timer does not keep the process alive. */
  postpone(entry: Entry, delay: number): void {
    const timer = setTimeout(
      () => {
        this.#delayed.delete(entry)
        if (!this.#gone) this.#append(entry)
      },
      Math.min(delay, LONGEST_DELAY),
    )
    timer.unref()
    this.#delayed.set(entry, timer)
  }

  /** The message has left for good. */
  release(entry: Entry): void {
    this.#length--
    this.#bytes -= entry.body.byteLength
    if (this.#senders.size > 0) this.#letSendersIn()
  }

  /** Forgets everything: delayed messages do not come, waiting senders try elsewhere. */
  remove(): void {
    this.#gone = true
    for (const timer of this.#delayed.values()) clearTimeout(timer)
    this.#delayed.clear()
    this.#letSendersIn()
  }

  wake(): void {
    if (this.deliverable) this.#turns.add(this)
  }

  get deliverable(): boolean {
    if (this.#returned.length === 0 && this.#ready.length === 0) return false
    for (const consumer of this.#consumers) if (consumer.hasCredit) return true
    return false
  }

  deliver(limit: number): number {
    const now = Date.now()
    let delivered = 0
    while (delivered < limit && (this.#returned.length > 0 || this.#ready.length > 0)) {
      const consumer = this.#nextConsumer()
      if (consumer === undefined) break
      const entry = (this.#returned.pop() ?? this.#ready.shift()) as Entry
      if (entry.firstSeen === 0) entry.firstSeen = now
      delivered++
      consumer.hand(entry)
    }
    return delivered
  }

  #letSendersIn(): void {
    for (const retry of this.#senders) {
      if (!retry()) return
      this.#senders.delete(retry)
    }
  }

  #append(entry: Entry): void {
    entry.sequence = ++this.#sequence
    this.#ready.push(entry)
    this.wake()
  }

  /** In turn among those that have credit. */
  #nextConsumer(): Consumer | undefined {
    const consumers = this.#consumers
    for (let step = 0; step < consumers.length; step++) {
      const index = (this.#turn + step) % consumers.length
      const consumer = consumers[index]
      if (consumer?.hasCredit === true) {
        this.#turn = index + 1
        return consumer
      }
    }
    return undefined
  }
}
