import { randomUUID } from 'node:crypto'

import type { Notifier } from '../../index.js'
import type { Offering, Outlet, Shipment } from '../pipeline/outlet.js'
import type { Sample } from '../sample.js'
import { PARCEL, payloadOf } from './parcel.js'
import { partitionOf } from './placement.js'

/** The queue of one partition of a pipeline, from the sending side. */
class PartitionOutlet implements Outlet<Sample> {
  readonly name: string
  readonly sink: string
  /** Whatever the sink's is: the broker is there, or nothing is. */
  readonly delivery = 'at-least-once'
  readonly #pipeline: string
  readonly #notifier: Notifier
  /** Of shipments that may have to be sent again. */
  readonly #ids = new WeakMap<readonly Sample[], string>()
  published = 0
  failed = 0

  constructor(topic: string, pipeline: string, sink: string, notifier: Notifier) {
    this.name = topic
    this.sink = sink
    this.#pipeline = pipeline
    this.#notifier = notifier
  }

  /** Resolves when the broker has them. */
  async send(samples: readonly Sample[]): Promise<void> {
    let id = this.#ids.get(samples)
    if (id === undefined) {
      id = randomUUID()
      this.#ids.set(samples, id)
    }
    await this.#notifier.sample(null, PARCEL, payloadOf({ pipeline: this.#pipeline, id, samples }))
  }

  taken(samples: readonly Sample[]): void {
    this.published += samples.length
  }

  missed(samples: readonly Sample[]): void {
    this.failed += samples.length
  }
}

/** Where the samples of a pipeline go instead of into its sink: to the queue of their resource's partition. */
export class PartitionRouter implements Offering<Sample> {
  readonly #outlets: readonly PartitionOutlet[]

  constructor(
    pipeline: { readonly name: string; readonly sink: string },
    queues: readonly { readonly topic: string; readonly notifier: Notifier }[],
  ) {
    this.#outlets = queues.map(
      ({ topic, notifier }) => new PartitionOutlet(topic, pipeline.name, pipeline.sink, notifier),
    )
  }

  /** Samples that the broker took, and attempts at which it did not. */
  get counts(): { readonly sent: number; readonly failed: number } {
    return {
      sent: this.#outlets.reduce((sum, { published }) => sum + published, 0),
      failed: this.#outlets.reduce((sum, { failed }) => sum + failed, 0),
    }
  }

  offer(samples: readonly Sample[]): readonly Shipment<Sample>[] {
    const lists = new Map<number, Sample[]>()
    for (const sample of samples) {
      const partition = partitionOf(sample.resource_id, this.#outlets.length)
      const list = lists.get(partition)
      if (list === undefined) lists.set(partition, [sample])
      else list.push(sample)
    }
    return [...lists].flatMap(([partition, data]) => {
      const outlet = this.#outlets[partition]
      return outlet === undefined ? [] : [{ outlet, data }]
    })
  }

  release(): readonly Shipment<Sample>[] {
    return []
  }
}
