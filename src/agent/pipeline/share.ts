import type { Debts } from './debts.js'
import type { Sink } from './sink.js'

/** One sink for data that went through its pipeline elsewhere: see `Pipelines.share`. */
export class PipelineShare<D> {
  readonly #sink: Sink<D>
  readonly #debts: Debts<D>

  constructor(sink: Sink<D>, debts: Debts<D>) {
    this.#sink = sink
    this.#debts = debts
  }

  /** Samples and predecessors that its transformers remember. */
  get held(): number {
    return this.#sink.stats.held
  }

  /** As of `Pipelines`. */
  owes(key: string): boolean {
    return this.#debts.has(key)
  }

  /** As of `Pipelines`. */
  get isFull(): boolean {
    return this.#debts.isFull
  }

  /** As `Pipelines.publish`, for this sink alone and without another look at names and volumes. */
  publish(data: readonly D[], { key }: { readonly key: string }): Promise<void> {
    const due = this.#debts.take(key)
    if (due !== undefined) return this.#debts.send(due, key)
    return this.#debts.send(
      { owed: [...this.#sink.offer(data), ...this.#sink.release(false)], refused: [] },
      key,
    )
  }

  /** As `Pipelines.flush`, but for the publishers. */
  flush(): Promise<void> {
    return this.#debts.sendLoose(this.#sink.release(false))
  }

  /** Lets its transformers release all that they hold. The publishers stay open. Rejects as `flush`; what did not arrive then is lost. */
  close(): Promise<void> {
    return this.#debts.sendLoose(this.#sink.release(true))
  }
}
