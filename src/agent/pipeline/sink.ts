import type { Sample } from '../sample.js'
import type { Chain } from '../transformers/chain.js'
import type { SinkStats, Tally } from './counters.js'
import type { Offering, Shipment } from './outlet.js'
import type { PublisherOutlet } from './publisher-outlet.js'
import type { Delivery } from './sections.js'

/** What all shares of a sink have in common. */
export interface SinkParts<D> {
  readonly name: string
  readonly delivery: Delivery
  readonly outlets: readonly PublisherOutlet<D>[]
  /** What its transformers dropped, by reason. */
  readonly dropped: Tally
  /** A chain with an empty memory; absent without transformers. */
  readonly makeChain?: () => Chain
  now(): number
}

/** Data go through its transformers, then to each of its publishers. source: ceilometer/pipeline/base.py Sink */
export class Sink<D> implements Offering<D> {
  readonly parts: SinkParts<D>
  readonly #chain: Chain | undefined

  constructor(parts: SinkParts<D>) {
    this.parts = parts
    this.#chain = parts.makeChain?.()
  }

  /** Whether it has transformers, which may remember. */
  get transforms(): boolean {
    return this.#chain !== undefined
  }

  get stats(): SinkStats {
    const { delivery, outlets, dropped } = this.parts
    return {
      delivery,
      published: outlets.reduce((sum, { published }) => sum + published, 0),
      failed: outlets.reduce((sum, { failed }) => sum + failed, 0),
      failure: outlets.flatMap(({ failure }) => failure ?? []).join('; ') || undefined,
      dropped: dropped.counts,
      held: this.#chain?.held ?? 0,
    }
  }

  offer(data: readonly D[]): readonly Shipment<D>[] {
    // Only pipelines of samples have transformers: loading sees to it.
    return this.#toAll((this.#chain?.pass(data as unknown as readonly Sample[]) ?? data) as readonly D[])
  }

  release(closing: boolean): readonly Shipment<D>[] {
    if (this.#chain === undefined) return []
    const lists = this.#chain.release({ now: this.parts.now(), closing })
    return lists.flatMap((list) => this.#toAll(list as unknown as readonly D[]))
  }

  #toAll(data: readonly D[]): readonly Shipment<D>[] {
    return data.length === 0 ? [] : this.parts.outlets.map((outlet) => ({ outlet, data }))
  }
}
