/** What an agent remembers of half-delivered batches, from one configuration to the next. */
import type { Logger } from '../../index.js'
import type { Event } from '../event.js'
import type { Pipelines } from '../pipeline/pipelines.js'
import type { SinkFailure } from '../pipeline/sink-failure.js'
import type { Sample } from '../sample.js'
import type { Counters } from './counters.js'
import { BatchDelivery, type DeliveryOptions } from './delivery.js'
import { Repeats } from './repeats.js'

export interface DeliveriesParts {
  readonly logger: Logger
  readonly counters: Counters
}

/** One for the life of an agent. */
export class Deliveries {
  readonly samples: KindDeliveries<Sample>
  readonly events: KindDeliveries<Event>

  constructor({ logger, counters }: DeliveriesParts) {
    const onUnclaimed = (count: number, { message }: SinkFailure): void => {
      counters.add('dropped', count, { reason: 'refused' })
      logger.warn(`what transformers made of several notifications is refused, and left out: ${message}`)
    }
    // Pipelines copy samples whose volume they read; events they leave as they are.
    this.samples = new KindDeliveries({ identify: ({ id }) => id, onUnclaimed })
    this.events = new KindDeliveries({ identify: (event) => event, onUnclaimed })
  }
}

/** Of one kind: a delivery for each URL. */
class KindDeliveries<D> {
  readonly #options: DeliveryOptions<D>
  readonly #byUrl = new Map<string, BatchDelivery<D>>()
  readonly #repeatsByUrl = new Map<string, Repeats>()
  #pipelines: Pipelines<D> | undefined

  constructor(options: DeliveryOptions<D>) {
    this.#options = options
  }

  /** From now on these, before they publish anything. Those before them are closed; what their sinks owe is remembered. */
  use(pipelines: Pipelines<D>): void {
    if (this.#pipelines !== undefined) pipelines.inherit(this.#pipelines)
    this.#pipelines = pipelines
    for (const delivery of this.#byUrl.values()) delivery.moveTo(pipelines)
  }

  /** Of the notifications that come from there, to the pipelines that are used. */
  of(url: string, pipelines: Pipelines<D>): BatchDelivery<D> {
    let delivery = this.#byUrl.get(url)
    if (delivery === undefined) {
      delivery = new BatchDelivery(pipelines, this.#options)
      this.#byUrl.set(url, delivery)
    }
    return delivery
  }

  /** Of the notifications that come from there. */
  repeatsOf(url: string): Repeats {
    let repeats = this.#repeatsByUrl.get(url)
    if (repeats === undefined) {
      repeats = new Repeats()
      this.#repeatsByUrl.set(url, repeats)
    }
    return repeats
  }
}
