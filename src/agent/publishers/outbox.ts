/**
 * The queue between those who publish and a receiver: bounded by count and bytes, with retries, a common end and counters. Every publisher
 * that sends has one; what a batch is and how it is sent is the publisher's.
 */
import type { Logger } from '../../index.js'
import { type BackOff, backOffDelay, defaultBackOff, pause } from './back-off.js'
import { Counters } from './counters.js'
import { asPublishFailure, PublishFailure } from './publish-failure.js'
import type { PublisherStats } from './publisher.js'

/** A batch that is ready to be sent. */
export interface Load {
  /** What it takes of the memory; an estimate will do. */
  readonly bytes: number
  /**
   * Called again after a failure, and then goes on where it was. Resolves with how many items no receiver would ever take: they count as
   * dropped. Rejects with PublishFailure, or anything else = failed. Must end soon after the signal aborts.
   */
  send(signal: AbortSignal): Promise<number | void>
}

export interface OutboxOptions {
  /** Of log lines: the publisher's safe URL. */
  readonly name: string
  readonly logger: Logger
  /** Batches on their way at once; 1 = in order. Default 1. */
  readonly concurrency?: number
  /** Samples and events held at most, but one batch may always be held. Default 10,000. */
  readonly maxItems?: number
  /** Bytes held at most, but one batch may always be held. Default 64 MiB. */
  readonly maxBytes?: number
  /** After the first attempt. Default 2. */
  readonly retries?: number
  readonly backOff?: BackOff
  /** What happens after the last retry: `reject` (default) tells the caller; `drop` logs, counts and resolves. */
  readonly then?: 'reject' | 'drop'
  /** Batches held at most: one more pushes out the oldest, which is rejected, as do too many bytes. Default: callers wait for room. */
  readonly maxBatches?: number
}

interface Batch {
  readonly items: number
  readonly make: () => Load
  readonly resolve: () => void
  readonly reject: (error: PublishFailure) => void
  readonly abort: AbortController
  load: Load | undefined
}

/** Never throws: what goes wrong is the rejection of `put`'s promise. */
export class Outbox {
  readonly #options: Required<OutboxOptions>
  readonly #counters = new Counters()
  /** Of callers for whom there is no room yet; not encoded, so they cost what their samples cost anyway. */
  readonly #arrivals: Batch[] = []
  /** Encoded and counted. */
  readonly #held: Batch[] = []
  readonly #running = new Set<Batch>()
  readonly #idle: (() => void)[] = []
  #bytes = 0
  #items = 0
  #isDown = false
  #isClosing = false

  constructor(options: OutboxOptions) {
    this.#options = {
      concurrency: 1,
      maxItems: 10_000,
      maxBytes: 64 * 1024 * 1024,
      retries: 2,
      backOff: defaultBackOff,
      then: 'reject',
      maxBatches: Number.POSITIVE_INFINITY,
      ...options,
    }
  }

  /** Resolves when the batch was sent; waits for room first. `make` is called when there is room, once. Rejects with PublishFailure. */
  put(items: number, make: () => Load): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = new AbortController()
      const batch: Batch = { items, make, resolve, reject, abort, load: undefined }
      if (this.#isClosing) return this.#refuse(batch, this.#closed())
      this.#arrivals.push(batch)
      this.#admit()
    })
  }

  stats(): PublisherStats {
    const waiting = this.#arrivals.reduce((sum, { items }) => sum + items, 0)
    return this.#counters.stats(this.#items + waiting)
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

  #admit(): void {
    while (this.#arrivals.length > 0 && this.#hasRoom()) {
      const batch = this.#arrivals.shift()
      if (batch === undefined || !this.#encode(batch)) continue
      this.#held.push(batch)
      this.#pushOut()
    }
    while (this.#running.size < this.#options.concurrency) {
      const batch = this.#held.shift()
      if (batch === undefined) break
      this.#running.add(batch)
      void this.#run(batch)
    }
    if (this.#isIdle()) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #hasRoom(): boolean {
    const { maxItems, maxBytes, maxBatches } = this.#options
    if (this.#items === 0 || maxBatches !== Number.POSITIVE_INFINITY) return true
    return this.#items < maxItems && this.#bytes < maxBytes
  }

  #encode(batch: Batch): boolean {
    try {
      batch.load = batch.make()
    } catch (error) {
      // The same samples would fail again.
      this.#refuse(batch, new PublishFailure('refused', 'REFUSED', asPublishFailure(error).message, error))
      return false
    }
    this.#items += batch.items
    this.#bytes += batch.load.bytes
    return true
  }

  #pushOut(): void {
    const { name, maxBatches, maxBytes } = this.#options
    if (maxBatches === Number.POSITIVE_INFINITY) return
    for (;;) {
      const count = this.#held.length + this.#running.size
      if (count <= maxBatches && (this.#bytes <= maxBytes || count <= 1)) return
      const [running] = this.#running
      const oldest = running ?? this.#held.shift()
      if (oldest === undefined) return
      const text = `${name} holds ${maxBatches} batches, or ${maxBytes} bytes, that it can't send; the oldest had to go`
      const failure = new PublishFailure('failed', 'QUEUE_FULL', text)
      // One on its way may have arrived: its attempt ends, and nobody waits for it any longer.
      this.#running.delete(oldest)
      oldest.abort.abort()
      this.#release(oldest)
      this.#refuse(oldest, failure)
    }
  }

  async #run(batch: Batch): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        const dropped = (await batch.load?.send(batch.abort.signal)) ?? 0
        if (this.#running.has(batch)) this.#succeed(batch, dropped)
        return
      } catch (error) {
        if (!this.#running.has(batch)) return
        const failure = asPublishFailure(error)
        const isLast = failure.outcome === 'refused' || attempt >= this.#options.retries
        if (isLast || batch.abort.signal.aborted) return this.#fail(batch, failure)
        this.#retry(batch, failure)
        await pause(backOffDelay(attempt, this.#options.backOff), batch.abort.signal)
        if (!this.#running.has(batch)) return
      }
    }
  }

  #succeed(batch: Batch, dropped: number): void {
    this.#counters.published += batch.items - dropped
    this.#counters.dropped += dropped
    if (this.#isDown) this.#options.logger.info(`${this.#options.name} takes data again`)
    this.#isDown = false
    this.#end(batch)
    batch.resolve()
  }

  #retry(batch: Batch, failure: PublishFailure): void {
    this.#counters.retried += batch.items
    if (!this.#isDown) {
      const text = `${this.#options.name} does not take data, is tried again: ${failure.message}`
      this.#options.logger.warn(text, { code: failure.code })
    }
    this.#isDown = true
  }

  #fail(batch: Batch, failure: PublishFailure): void {
    this.#end(batch)
    if (this.#options.then === 'reject') return this.#refuse(batch, failure)
    this.#counters.dropped += batch.items
    const text = `${this.#options.name}: ${batch.items} dropped, as its policy says: ${failure.message}`
    this.#options.logger.error(text, { code: failure.code })
    batch.resolve()
  }

  #end(batch: Batch): void {
    this.#running.delete(batch)
    this.#release(batch)
    // In a turn of its own: whoever waits for this batch goes on before the next is encoded.
    queueMicrotask(() => this.#admit())
  }

  #release(batch: Batch): void {
    this.#items -= batch.items
    this.#bytes -= batch.load?.bytes ?? 0
  }

  #refuse(batch: Batch, failure: PublishFailure): void {
    this.#counters.failed += batch.items
    batch.reject(failure)
  }

  #giveUp(): void {
    const arrivals = this.#arrivals.splice(0)
    const held = this.#held.splice(0)
    for (const batch of held) this.#release(batch)
    for (const batch of [...arrivals, ...held]) this.#refuse(batch, this.#closed())
    for (const batch of this.#running) batch.abort.abort(this.#closed())
    this.#admit()
  }

  #closed(): PublishFailure {
    return new PublishFailure('failed', 'CLOSED', `${this.#options.name} is closed`)
  }

  #isIdle(): boolean {
    return this.#arrivals.length === 0 && this.#held.length === 0 && this.#running.size === 0
  }
}
