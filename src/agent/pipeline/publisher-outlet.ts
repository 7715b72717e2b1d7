import type { Logger } from '../../index.js'
import { PublishFailure, reasonWithout } from '../publishers/publish-failure.js'
import type { Publisher } from '../publishers/publisher.js'
import type { OutletStats } from './counters.js'
import type { Kind } from './kind.js'
import type { Outlet } from './outlet.js'
import type { Delivery } from './sections.js'

/** A publisher with what was counted of it, over all sinks that share it. */
export class CountedPublisher {
  readonly publisher: Publisher
  readonly #logger: Logger
  calls = 0
  published = 0
  failed = 0
  /** What was logged last: one line when it begins to fail, one when it takes again. */
  #failing = false

  constructor(publisher: Publisher, logger: Logger) {
    this.publisher = publisher
    this.#logger = logger
  }

  get stats(): OutletStats {
    return { calls: this.calls, published: this.published, failed: this.failed }
  }

  succeeded(count: number): void {
    this.published += count
    if (this.#failing) this.#logger.info(`publisher ${this.publisher.url} takes data again`)
    this.#failing = false
  }

  refused(count: number, sink: string, delivery: Delivery, error: unknown): void {
    this.failed += count
    if (this.#failing) return
    this.#failing = true
    const sequel = delivery === 'best-effort' ? 'they are lost' : 'the notification is to come again'
    const { url } = this.publisher
    this.#logger.error(
      `sink ${sink}: publisher ${url} did not take ${count}; ${sequel}; further failures are counted only: ${reasonWithout(url, error)}`,
      error instanceof PublishFailure ? { code: error.code } : { error },
    )
  }
}

/** A publisher as one sink uses it. */
export class PublisherOutlet<D> implements Outlet<D> {
  readonly sink: string
  readonly delivery: Delivery
  readonly counted: CountedPublisher
  readonly #kind: Kind<D>
  published = 0
  failed = 0
  /** Why it did not take what it was last given. */
  failure: string | undefined

  constructor(kind: Kind<D>, sink: string, delivery: Delivery, counted: CountedPublisher) {
    this.#kind = kind
    this.sink = sink
    this.delivery = delivery
    this.counted = counted
  }

  get name(): string {
    return this.counted.publisher.url
  }

  send(data: readonly D[]): Promise<void> {
    this.counted.calls += 1
    return this.#kind.hand(this.counted.publisher, data)
  }

  taken(data: readonly D[]): void {
    this.published += data.length
    this.failure = undefined
    this.counted.succeeded(data.length)
  }

  missed(data: readonly D[], error: unknown): void {
    this.failed += data.length
    this.failure = `${this.name}: ${reasonWithout(this.name, error)}`
    this.counted.refused(data.length, this.sink, this.delivery, error)
  }
}
