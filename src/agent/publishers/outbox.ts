/**
 * The queue between those who publish and a receiver: bounded by count and bytes, with retries, a common end and counters. Every publisher
 * that sends has one; what a batch is and how it is sent is the publisher's.
 */
import type { Logger } from '../../index.js'
import { type BackOff, backOffDelay, defaultBackOff, pause } from './back-off.js'
import { Counters } from './counters.js'
import { asPublishFailure, PublishFailure, publisherClosed, reasonWithout } from './publish-failure.js'
import type { PublisherStats } from './publisher.js'
import { roughBytes } from './rough-bytes.js'

/**
 * Sends what was encoded. Called again after a failure, and then goes on where it was. Resolves with how many items no receiver would ever
 * take: they count as dropped. Rejects with PublishFailure, or anything else = failed. Must end soon after the signal aborts.
 */
export type Send = (signal: AbortSignal) => Promise<number | void>

/** Encodes items to be sent together. What it throws means that these items can't be encoded, now or later. */
export type Encode<T> = (items: readonly T[]) => Send

/** For `mergeItems` of publishers that send a document: enough to be worth the trip, and no receiver's limit is below it. */
export const mostTogether = 500

export interface OutboxOptions {
  /** Of log lines: the publisher's safe URL. */
  readonly name: string
  readonly logger: Logger
  /** Sends on their way at once; 1 = in order. Default 1. */
  readonly concurrency?: number
  /** Batches of one `encode` that wait behind one another go as one, up to so many items. Default 1: each goes alone. */
  readonly mergeItems?: number
  /** Samples and events held at most, but one batch may always be held. Default 10,000. */
  readonly maxItems?: number
  /** Bytes that wait at most, roughly. Default 64 MiB. */
  readonly maxBytes?: number
  /** After the first attempt. Default 2. */
  readonly retries?: number
  readonly backOff?: BackOff
  /** What happens after the last retry: `reject` (default) tells the caller; `drop` logs, counts and resolves. */
  readonly then?: 'reject' | 'drop'
  /** Batches held at most: one more pushes out the oldest, which is rejected, as do too many bytes. Default: callers wait for room. */
  readonly maxBatches?: number
}

/** What one caller put. */
interface Batch {
  readonly items: readonly unknown[]
  readonly encode: Encode<never>
  readonly resolve: () => void
  readonly reject: (error: PublishFailure) => void
  bytes: number
}

/** What goes as one. */
interface Run {
  readonly batches: readonly Batch[]
  readonly abort: AbortController
}

type Outcome = { readonly dropped: number } | { readonly failure: PublishFailure }

/** Never throws: what goes wrong is the rejection of `put`'s promise. */
export class Outbox {
  readonly #options: Required<OutboxOptions>
  readonly #counters = new Counters()
  /** Of callers for whom there is no room yet. */
  readonly #arrivals: Batch[] = []
  readonly #held: Batch[] = []
  readonly #running = new Set<Run>()
  readonly #idle: (() => void)[] = []
  /** Of those that wait and those on their way. */
  #items = 0
  #bytes = 0
  #isDown = false
  #isClosing = false

  constructor(options: OutboxOptions) {
    this.#options = {
      concurrency: 1,
      mergeItems: 1,
      maxItems: 10_000,
      maxBytes: 64 * 1024 * 1024,
      retries: 2,
      backOff: defaultBackOff,
      then: 'reject',
      maxBatches: Number.POSITIVE_INFINITY,
      ...options,
    }
  }

  /** Resolves when the items were sent; waits for room first. `encode` is called when their turn comes. Rejects with PublishFailure. */
  put<T>(items: readonly T[], encode: Encode<T>): Promise<void> {
    return new Promise((resolve, reject) => {
      const batch: Batch = { items, encode, resolve, reject, bytes: 0 }
      if (this.#isClosing) return this.#refuse(batch, this.#closed())
      this.#arrivals.push(batch)
      this.#advance()
    })
  }

  stats(): PublisherStats {
    return this.#counters.stats(
      this.#items + this.#arrivals.reduce((sum, { items }) => sum + items.length, 0),
    )
  }

  /** Resolves when all that was put before is settled, however it went. */
  flush(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Takes nothing more. After `deadline` ms what is still held is rejected. */
  async close(deadline = 30_000): Promise<void> {
    this.#isClosing = true
    const timer = setTimeout(() => this.#giveUp(), deadline)
    await this.flush()
    clearTimeout(timer)
  }

  #advance(): void {
    for (;;) {
      const isFree = this.#running.size < this.#options.concurrency
      if (isFree && this.#held.length > 0) {
        void this.#run({ batches: this.#takeTogether(), abort: new AbortController() })
        continue
      }
      if (!this.#hasRoom()) break
      const batch = this.#arrivals.shift()
      if (batch === undefined) break
      // What goes at once is not worth weighing.
      if (!isFree) batch.bytes = roughBytes(batch.items)
      this.#items += batch.items.length
      this.#bytes += batch.bytes
      this.#held.push(batch)
      this.#pushOut()
    }
    if (this.#isIdle()) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #hasRoom(): boolean {
    const { maxItems, maxBytes, maxBatches } = this.#options
    if (this.#items === 0 || maxBatches !== Number.POSITIVE_INFINITY) return true
    return this.#items < maxItems && this.#bytes < maxBytes
  }

  #takeTogether(): readonly Batch[] {
    const [first] = this.#held
    let count = 0
    let items = 0
    for (const batch of this.#held) {
      if (
        count > 0 &&
        (batch.encode !== first?.encode || items + batch.items.length > this.#options.mergeItems)
      )
        break
      count += 1
      items += batch.items.length
    }
    return this.#held.splice(0, count)
  }

  #pushOut(): void {
    const { name, maxBatches, maxBytes } = this.#options
    if (maxBatches === Number.POSITIVE_INFINITY) return
    for (;;) {
      const count = this.#held.length + this.#running.size
      if (count <= maxBatches && (this.#bytes <= maxBytes || count <= 1)) return
      const [running] = this.#running
      const [oldest] = running?.batches ?? this.#held.splice(0, 1)
      if (oldest === undefined) return
      const text = `${name}: it holds ${maxBatches} batches, or ${maxBytes} bytes, that it can't send; the oldest had to go`
      if (running !== undefined) {
        // It may have arrived: its attempt ends, and nobody waits for it any longer.
        this.#running.delete(running)
        running.abort.abort()
      }
      this.#release(oldest)
      this.#refuse(oldest, new PublishFailure('failed', 'QUEUE_FULL', text))
    }
  }

  async #run(run: Run): Promise<void> {
    this.#running.add(run)
    const outcome = await this.#attempt(run)
    if (!this.#running.has(run)) return
    if ('failure' in outcome && outcome.failure.outcome === 'refused' && run.batches.length > 1) {
      // One of them may spoil it for all.
      for (const batch of run.batches) {
        const alone = { batches: [batch], abort: run.abort }
        this.#settle(alone, await this.#attempt(alone))
      }
    } else this.#settle(run, outcome)
    this.#running.delete(run)
    this.#advance()
  }

  /** Never rejects. */
  async #attempt(run: Run): Promise<Outcome> {
    const { signal } = run.abort
    let send: Send
    try {
      send = encodeTogether(run.batches)
    } catch (error) {
      return {
        failure: new PublishFailure('refused', 'REFUSED', asPublishFailure(error).message, { cause: error }),
      }
    }
    for (let attempt = 0; ; attempt++) {
      try {
        return { dropped: (await send(signal)) ?? 0 }
      } catch (error) {
        const failure = asPublishFailure(error)
        if (attempt >= this.#retriesAfter(failure) || signal.aborted) return { failure }
        this.#retry(run, failure)
        // A receiver that asks for a longer pause gets it.
        const delay = Math.max(backOffDelay(attempt, this.#options.backOff), failure.retryAfter)
        await pause(delay, signal)
        if (run.abort.signal.aborted) return { failure }
      }
    }
  }

  /** Who tries for ever waits for somebody to mend it, too; who drops has no other attempts than ours. */
  #retriesAfter({ outcome, code }: PublishFailure): number {
    const { retries, then } = this.#options
    const isLasting = code === 'MISCONFIGURED' && then === 'reject' && Number.isFinite(retries)
    return outcome === 'refused' || isLasting ? 0 : retries
  }

  #retry(run: Run, failure: PublishFailure): void {
    this.#counters.retried += itemsOf(run)
    if (!this.#isDown) {
      const { name, logger } = this.#options
      const text = `${name} does not take data, is tried again: ${reasonWithout(name, failure)}`
      logger.warn(text, { code: failure.code })
    }
    this.#isDown = true
  }

  #settle(run: Run, outcome: Outcome): void {
    for (const batch of run.batches) this.#release(batch)
    if ('dropped' in outcome) {
      this.#counters.published += itemsOf(run) - outcome.dropped
      this.#counters.dropped += outcome.dropped
      if (this.#isDown) this.#options.logger.info(`${this.#options.name} takes data again`)
      this.#isDown = false
    } else if (this.#options.then === 'reject') {
      for (const batch of run.batches) this.#refuse(batch, outcome.failure)
      return
    } else {
      this.#counters.dropped += itemsOf(run)
      const { name, logger } = this.#options
      const reason = reasonWithout(name, outcome.failure)
      logger.error(`${name}: ${itemsOf(run)} dropped, as its policy says: ${reason}`, {
        code: outcome.failure.code,
      })
    }
    for (const { resolve } of run.batches) resolve()
  }

  #release(batch: Batch): void {
    this.#items -= batch.items.length
    this.#bytes -= batch.bytes
  }

  #refuse(batch: Batch, failure: PublishFailure): void {
    this.#counters.failed += batch.items.length
    batch.reject(failure)
  }

  #giveUp(): void {
    const held = this.#held.splice(0)
    for (const batch of held) this.#release(batch)
    for (const batch of [...this.#arrivals.splice(0), ...held]) this.#refuse(batch, this.#closed())
    for (const run of this.#running) run.abort.abort(this.#closed())
    this.#advance()
  }

  #closed(): PublishFailure {
    return publisherClosed(this.#options.name)
  }

  #isIdle(): boolean {
    return this.#arrivals.length === 0 && this.#held.length === 0 && this.#running.size === 0
  }
}

function itemsOf({ batches }: Run): number {
  return batches.reduce((sum, { items }) => sum + items.length, 0)
}

function encodeTogether(batches: readonly Batch[]): Send {
  const [first] = batches
  if (first === undefined) return () => Promise.resolve()
  const items = batches.length === 1 ? first.items : batches.flatMap((batch) => batch.items)
  return (first.encode as Encode<unknown>)(items)
}
