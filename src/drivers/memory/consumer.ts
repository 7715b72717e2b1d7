import { describeError } from '../../core/errors.js'
import type { IncomingMessage, Marks, RejectOptions, RequeueOptions } from '../../core/message.js'
import type { Entry, Limits, MemoryQueue } from './queue.js'

/** What the consumers of one listener count together. */
export interface Counters {
  delivered: number
  acknowledged: number
  requeued: number
  rejected: number
  stale: number
}

export interface ConsumerOptions {
  readonly credit: number
  /** From which all of the queue comes; undefined for a queue that is sent to directly. */
  readonly exchange: string | undefined
  readonly deadLetter: boolean
  readonly limits: Limits
  readonly counters: Counters
  /** Must not throw; when it does, that is trouble and the message stays in hand. */
  readonly onIncoming: (message: IncomingMessage) => void
  /** Never throws. */
  readonly onTrouble: (text: string, cause?: unknown) => void
}

/** A mark keeps at most so much of an error's text: 4 KiB, also when each character takes three bytes. */
const LONGEST_ERROR = 1_365

/** One listener at one queue: the credit, and what is in hand. */
export class Consumer {
  readonly #queue: MemoryQueue
  readonly #options: ConsumerOptions
  readonly #inHand = new Set<Entry>()

  constructor(queue: MemoryQueue, options: ConsumerOptions) {
    this.#queue = queue
    this.#options = options
  }

  get exchange(): string | undefined {
    return this.#options.exchange
  }

  get hasCredit(): boolean {
    return this.#inHand.size < this.#options.credit
  }

  get unsettled(): number {
    return this.#inHand.size
  }

  /** The queue's side: passes one message up. Never throws. */
  hand(entry: Entry): void {
    this.#inHand.add(entry)
    this.#options.counters.delivered++
    try {
      this.#options.onIncoming(new MemoryMessage(this, entry))
    } catch (error) {
      this.#options.onTrouble('onIncoming threw; the message stays in hand until its listener closes', error)
    }
  }

  /** Gives back what is in hand, as after a lost link: settling it later is stale. */
  giveBackAll(): void {
    // From the last to the first, so that each one goes to the end of the queue's list without a search.
    const entries = [...this.#inHand].reverse()
    this.#inHand.clear()
    for (const entry of entries) {
      entry.attempts++
      this.#queue.giveBack(entry)
    }
  }

  acknowledge(entry: Entry): boolean {
    if (!this.#takeFromHand(entry)) return false
    this.#options.counters.acknowledged++
    this.#queue.release(entry)
    this.#queue.wake()
    return true
  }

  requeue(entry: Entry, { delay = 0, finished = [], error }: RequeueOptions): boolean {
    if (!this.#takeFromHand(entry)) return false
    this.#options.counters.requeued++
    entry.attempts++
    if (finished.length > 0) entry.finished = [...new Set([...entry.finished, ...finished])]
    if (error !== undefined) entry.lastError = errorText(error)
    if (delay > 0) this.#queue.postpone(entry, delay)
    else this.#queue.giveBack(entry)
    this.#queue.wake()
    return true
  }

  reject(entry: Entry, { reason = 'rejected', error }: RejectOptions): boolean {
    if (!this.#takeFromHand(entry)) return false
    const { counters, deadLetter, limits, onTrouble } = this.#options
    counters.rejected++
    if (deadLetter) {
      const text = error === undefined ? entry.lastError : errorText(error)
      const dropped = this.#queue.dead.add(this.#queue, entry, reason, text, limits)
      if (dropped > 0)
        onTrouble(`the dead letters are full: ${dropped} of the oldest dropped; purge or replay them`)
    }
    this.#queue.release(entry)
    this.#queue.wake()
    return true
  }

  /** Counts a settle that came after the message had been given back. */
  countStale(): void {
    this.#options.counters.stale++
  }

  #takeFromHand(entry: Entry): boolean {
    return this.#inHand.delete(entry)
  }
}

function errorText(error: unknown): string {
  return describeError(error).slice(0, LONGEST_ERROR)
}

/** One delivery. The body is the receiver's own: it may be changed, and a retry still has all of it. */
class MemoryMessage implements IncomingMessage {
  readonly body: Uint8Array
  readonly attempts: number
  readonly #consumer: Consumer
  readonly #entry: Entry
  readonly #marks: Marks | undefined
  #settled = false

  constructor(consumer: Consumer, entry: Entry) {
    this.body = Buffer.from(entry.body)
    this.attempts = entry.attempts
    this.#consumer = consumer
    this.#entry = entry
    this.#marks = entry.attempts === 0 && entry.finished.length === 0 ? undefined : marksOf(entry)
  }

  get exchange(): string | undefined {
    return this.#consumer.exchange
  }

  get redelivered(): boolean {
    return this.attempts > 0
  }

  get marks(): Marks {
    return this.#marks ?? NO_MARKS
  }

  acknowledge(): boolean {
    return this.#first() && this.#counted(this.#consumer.acknowledge(this.#entry))
  }

  requeue(options: RequeueOptions = {}): boolean {
    return this.#first() && this.#counted(this.#consumer.requeue(this.#entry, options))
  }

  reject(options: RejectOptions = {}): boolean {
    return this.#first() && this.#counted(this.#consumer.reject(this.#entry, options))
  }

  #first(): boolean {
    const first = !this.#settled
    this.#settled = true
    return first
  }

  #counted(accepted: boolean): boolean {
    if (!accepted) this.#consumer.countStale()
    return accepted
  }
}

const NO_MARKS: Marks = Object.freeze({ finished: Object.freeze([]) })

function marksOf(entry: Entry): Marks {
  return {
    finished: entry.finished,
    firstSeen: entry.firstSeen,
    ...(entry.lastError === undefined ? {} : { lastError: entry.lastError }),
  }
}
