import {
  type DeadLetters,
  getNotificationListener,
  type NotificationListener,
  type NotificationResult,
  type RetryPolicy,
  reject,
  type Target,
  type Transport,
} from '../../index.js'
import type { Pipelines } from '../pipeline/pipelines.js'
import type { PipelineShare } from '../pipeline/share.js'
import { SinkFailure } from '../pipeline/sink-failure.js'
import type { Sample } from '../sample.js'
import { parcelOf } from './parcel.js'

/** Parcels known to have been worked on, so that one which comes twice is not counted twice. */
const MOST_KNOWN = 4_096

export interface LaneOptions {
  readonly transport: Transport
  /** One for each pipeline, of this partition. */
  readonly targets: readonly Target[]
  readonly pipelines: Pipelines<Sample>
  /** The pipelines that are partitioned. */
  readonly names: readonly string[]
  readonly retry: RetryPolicy
}

export interface LaneStats {
  /** Parcels whose samples all sinks have taken. */
  readonly handled: number
  /** Parcels that came once more, and were left alone. */
  readonly repeated: number
  /** Samples and predecessors that its transformers remember. */
  readonly held: number
}

/** One partition that this agent has: it hears the partition's queues and runs what comes through transformers with a memory of its own. */
export class Lane {
  readonly #listener: NotificationListener
  readonly #shares: ReadonlyMap<string, PipelineShare<Sample>>
  readonly #known = new Set<string>()
  #handled = 0
  #repeated = 0

  constructor({ transport, targets, pipelines, names, retry }: LaneOptions) {
    this.#shares = new Map(
      names.flatMap((name) => {
        const share = pipelines.share(name)
        return share === undefined ? [] : [[name, share] as const]
      }),
    )
    this.#listener = getNotificationListener(
      transport,
      targets,
      [
        {
          name: 'tocsin.partition',
          sample: (_ctxt, _publisherId, _eventType, payload: unknown) => this.#handle(payload),
        },
      ],
      // Endpoints begin in order of arrival, and what transformers do they do in their first turn: a resource stays in order.
      { retry, bigint: true, context: false },
    )
  }

  get stats(): LaneStats {
    const held = [...this.#shares.values()].reduce((sum, share) => sum + share.held, 0)
    return { handled: this.#handled, repeated: this.#repeated, held }
  }

  /** What was given up, or is no parcel. */
  get deadLetters(): DeadLetters {
    return this.#listener.deadLetters()
  }

  /** Rejects when the signal aborts first. */
  start(signal: AbortSignal): Promise<void> {
    return this.#listener.start({ signal })
  }

  /** As `Pipelines.flush`. */
  async flush(): Promise<void> {
    await all([...this.#shares.values()].map((share) => share.flush()))
  }

  /** Hears no more, ends what it has begun, and lets its transformers release what they hold. Rejects when not all of that arrived. */
  async close(): Promise<void> {
    try {
      await this.#listener.stop()
      await this.#listener.wait()
    } finally {
      await all([...this.#shares.values()].map((share) => share.close()))
    }
  }

  async #handle(payload: unknown): Promise<NotificationResult | undefined> {
    const parcel = parcelOf(payload)
    if (parcel === undefined) return reject('it is no parcel of samples')
    const share = this.#shares.get(parcel.pipeline)
    if (share === undefined)
      return reject(`no pipeline of this agent is named '${parcel.pipeline}' and has transformers`)
    if (this.#known.has(parcel.id)) {
      this.#repeated += 1
      return undefined
    }
    // Nothing new while much is owed: it would be forgotten who has what.
    if (!share.owes(parcel.id) && share.isFull) throw new Error('sinks owe too much already')
    try {
      await share.publish(parcel.samples, { key: parcel.id })
    } catch (error) {
      if (error instanceof SinkFailure && error.refused) return reject(error.message)
      throw error
    }
    this.#handled += 1
    this.#know(parcel.id)
    return undefined
  }

  #know(id: string): void {
    this.#known.add(id)
    if (this.#known.size <= MOST_KNOWN) return
    const [oldest] = this.#known
    if (oldest !== undefined) this.#known.delete(oldest)
  }
}

/** Waits for all of them, then throws what the first threw. */
export async function all(promises: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises))
    if (result.status === 'rejected') throw result.reason
}
