import type { Publisher } from '../publishers/publisher.js'
import type { PipelinesStats } from './counters.js'
import { Debts } from './debts.js'
import type { Shipment } from './outlet.js'
import type { Pipeline } from './pipeline.js'
import type { CountedPublisher } from './publisher-outlet.js'
import { PipelineShare } from './share.js'
import type { Sink } from './sink.js'
import { within } from './within.js'

export interface PublishOptions {
  /**
   * What is the same when the same data are published again because a sink had failed: the notification's message id, and who made the data of it where several
   * do. Two that publish at once never use the same. With it, sinks that took them already are left out, and transformers do not see them twice. Remembered of the last 1,024 that
   * failed, as long as they owe no more than 20,000 samples or events.
   */
  readonly key?: string
}

/** All pipelines of one file. Made by `loadSamplePipelines` and `loadEventPipelines`. */
export class Pipelines<D> {
  /** In order: by source, then by the sinks it names. */
  readonly pipelines: readonly Pipeline<D>[]
  readonly #sinks: readonly Sink<D>[]
  readonly #transforming: readonly Sink<D>[]
  readonly #publishers: readonly CountedPublisher[]
  readonly #debts = new Debts<D>()
  #closed: Promise<void> | undefined

  constructor(
    pipelines: readonly Pipeline<D>[],
    sinks: readonly Sink<D>[],
    publishers: readonly CountedPublisher[],
  ) {
    this.pipelines = pipelines
    this.#sinks = sinks
    this.#transforming = sinks.filter(({ transforms }) => transforms)
    this.#publishers = publishers
  }

  /** Those of the file, each once, in order of their first mention; unused sinks have theirs too. */
  get publishers(): readonly Publisher[] {
    return this.#publishers.map(({ publisher }) => publisher)
  }

  get stats(): PipelinesStats {
    return {
      sources: record(this.pipelines, ({ source }) => [source.name, { accepted: source.accepted }]),
      pipelines: record(this.pipelines, ({ name, stats }) => [name, stats]),
      sinks: record(this.#sinks, ({ parts, stats }) => [parts.name, stats]),
      publishers: record(this.#publishers, ({ publisher, stats }) => [publisher.url, stats]),
      owed: this.#debts.size,
      forgotten: this.#debts.forgotten,
      abandoned: this.#debts.abandoned,
    }
  }

  /**
   * The sink of one pipeline once more, with the same publishers and counters, but transformers with a memory of their own: for data that
   * another agent let through. Undefined when there is no pipeline of this name.
   */
  share(pipeline: string): PipelineShare<D> | undefined {
    const found = this.pipelines.find(({ name }) => name === pipeline)
    return found && new PipelineShare(found.share(), new Debts())
  }

  /** Of a list, the indexes of those that at least one pipeline lets through. Counts and publishes nothing. */
  indexesOf(data: readonly D[]): readonly number[] {
    return data.flatMap((datum, index) => (this.pipelines.some((one) => one.admits(datum)) ? [index] : []))
  }

  /** Whether it is remembered what sinks still owe to this key: then publishing with it sends that, and none of the data it is given. */
  owes(key: string): boolean {
    return this.#debts.has(key)
  }

  /**
   * Remembers from now on what the sinks of others, which are closed, still owe, as far as there is a sink of the same name with the same publisher here. To be called before
   * anything is published.
   */
  inherit(others: Pipelines<D>): void {
    const outlets = this.#sinks.flatMap(({ parts }) => parts.outlets)
    this.#debts.inherit(others.#debts, ({ sink, name }) =>
      outlets.find((outlet) => outlet.sink === sink && outlet.name === name),
    )
  }

  /**
   * Whether sinks owe so much that nothing new should be published: what is remembered of it would be forgotten, and a notification that comes back would go to all
   * sinks again. What is owed for a quarter of an hour without an attempt does not count.
   */
  get isFull(): boolean {
    return this.#debts.isFull
  }

  /**
   * Offers all of them to every pipeline, in order; each publisher is called once per pipeline, with what is left, if there is any. Then transformers let go what is
   * due. Resolves when every publisher of every sink took its part; rejects with SinkFailure when some did not whose sink is at-least-once. A failing
   * publisher keeps no other from getting its part, and what a publisher refuses keeps nothing else from it: it is found by halves, and not sent again.
   */
  publish(data: readonly D[], { key }: PublishOptions = {}): Promise<void> {
    const due = key === undefined ? undefined : this.#debts.take(key)
    if (due !== undefined) return this.#debts.send(due, key)
    const owed = this.#shipments(data)
    return owed.length === 0 ? DONE : this.#debts.send({ owed, refused: NOTHING }, key)
  }

  /**
   * Lets transformers release what is due, sends what earlier flushes could not, and flushes the publishers. To be called now and then: time passes for
   * transformers without notifications too. Rejects with SinkFailure when not all arrived, or with what a publisher's flush rejected with; what did not
   * arrive is kept for the next flush, up to 10,000 samples.
   */
  async flush(): Promise<void> {
    const released = this.#transforming.flatMap((sink) => sink.release(false))
    const results = await Promise.allSettled([
      this.#debts.sendLoose(released),
      ...this.#publishers.map(({ publisher }) => publisher.flush()),
    ])
    throwFirst(results)
  }

  /**
   * Idempotent. Nothing may be published afterwards. Transformers release all that they hold, then every publisher is closed. Rejects like `flush`,
   * after all are closed; what did not arrive then is lost and counted. Of the `deadline`, milliseconds (default 30,000), half is for what is released; a publisher that
   * does not close in time is left to itself.
   */
  close(deadline = 30_000): Promise<void> {
    this.#closed ??= this.#close(deadline)
    return this.#closed
  }

  async #close(deadline: number): Promise<void> {
    const end = performance.now() + deadline
    const released = this.#transforming.flatMap((sink) => sink.release(true))
    const sent = await Promise.allSettled([
      within(deadline / 2, this.#debts.sendLoose(released), 'sinks did not take what transformers let go'),
    ])
    const left = Math.max(0, end - performance.now())
    const closed = await Promise.allSettled(
      this.#publishers.map(({ publisher }) =>
        // It is to keep to the deadline by itself; one that does not must not hold up the end.
        within(left + GRACE, publisher.close(left), `publisher ${publisher.url} did not close`),
      ),
    )
    this.#debts.abandon()
    throwFirst([...sent, ...closed])
  }

  #shipments(data: readonly D[]): readonly Shipment<D>[] {
    const shipments: Shipment<D>[] = []
    for (const pipeline of this.pipelines) shipments.push(...pipeline.offer(data))
    for (const sink of this.#transforming) shipments.push(...sink.release(false))
    return shipments
  }
}

const DONE = Promise.resolve()
/** Milliseconds for a publisher that gives up in time to say so. */
const GRACE = 1_000
const NOTHING: readonly never[] = []

function throwFirst(results: readonly PromiseSettledResult<void>[]): void {
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/** Names may be any text: `__proto__` too. */
function record<T, V>(items: readonly T[], entryOf: (item: T) => readonly [string, V]): Record<string, V> {
  return Object.fromEntries(items.map(entryOf))
}
