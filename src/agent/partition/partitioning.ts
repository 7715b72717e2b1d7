import { randomUUID } from 'node:crypto'

import {
  ConfigurationError,
  type DeadLetters,
  type Logger,
  Notifier,
  NotOpen,
  type RetryPolicy,
  Target,
  type Transport,
} from '../../index.js'
import type { Pipelines } from '../pipeline/pipelines.js'
import type { Sample } from '../sample.js'
import { all, Lane, type LaneStats } from './lane.js'
import { Members } from './members.js'
import { PartitionRouter } from './partition-outlet.js'
import { MOST_PARTITIONS, placePartitions } from './placement.js'

export interface PartitionOptions {
  /** Partitions of each pipeline, 1 to 256: the same for all agents that share them. More than there will ever be agents. Default 10. */
  readonly partitions?: number
  /**
   * Those that this agent has, from 0: the operator sees to it that each has one agent. Absent: the agents of a group find each other over the broker and
   * divide them.
   */
  readonly own?: readonly number[]
  /** Which agents belong together, where they find each other. Default `default`. */
  readonly group?: string
  /** Milliseconds between signs of life; one unheard of for five of them is taken for gone. 50 or more. Default 1,000. */
  readonly heartbeat?: number
  /** Of the queues `tocsin-pipe-<pipeline>-<partition>`. Default `tocsin`. */
  readonly exchange?: string
  /** When samples come again that a sink did not take, and what then. Default: 10 retries from 500 ms, doubling to 60 s, then the dead-letter queue. */
  readonly retry?: RetryPolicy
  /** Default: the transport's. */
  readonly logger?: Logger
}

export interface PartitioningStats {
  readonly partitions: number
  /** Those this agent has at this moment. */
  readonly owned: readonly number[]
  /** The agents that are known, this one included; empty where `own` is given. */
  readonly members: readonly string[]
  /** Samples that the broker took for a partition, and attempts at which it did not. */
  readonly sent: number
  readonly failed: number
  /** By number of the partition. */
  readonly lanes: Readonly<Record<string, LaneStats>>
}

/**
 * Divides the work of transformers, which remember, among agents by resource. The samples of a pipeline whose sink has transformers do not go into the sink, but to one of
 * its queues, chosen by their resource id; the agent that has the queue's partition runs them through transformers of that partition alone. What was sent to a
 * queue is the broker's: publishing resolves with its confirm.
 *
 * When agents come or go, partitions change hands, and the memory of transformers does not go with them: the old agent lets its transformers release what they hold, the new one
 * begins with empty ones, two heartbeats later. Nothing is lost on the way, as the queues stay; but rates and deltas of these resources skip one sample, and sums are
 * released in two parts. An agent that dies takes with it what its accumulators and aggregators held.
 * source: ceilometer/pipeline.py and coordination.py of 2016, which needed a coordination service
 */
export class Partitioning {
  readonly #pipelines: Pipelines<Sample>
  readonly #transport: Transport
  readonly #count: number
  readonly #exchange: string
  readonly #retry: RetryPolicy
  readonly #logger: Logger
  readonly #own: readonly number[] | undefined
  readonly #id = randomUUID()
  readonly #heartbeat: number
  readonly #names: readonly string[]
  readonly #routers: readonly PartitionRouter[]
  readonly #members: Members | undefined
  readonly #lanes = new Map<number, Lane>()
  #wanted: readonly number[] = []
  #changing: Promise<void> = Promise.resolve()
  /** Ends what waits for a broker. */
  readonly #end = new AbortController()

  /** Throws ConfigurationError with everything that is wrong with the options. From now on the pipelines in question publish to queues. */
  constructor(pipelines: Pipelines<Sample>, transport: Transport, options: PartitionOptions = {}) {
    checkPartitionOptions(options)
    this.#pipelines = pipelines
    this.#transport = transport
    this.#count = options.partitions ?? 10
    this.#exchange = options.exchange ?? 'tocsin'
    this.#retry = options.retry ?? {}
    this.#logger = options.logger ?? transport.logger
    this.#own = options.own
    this.#heartbeat = options.heartbeat ?? 1_000
    const partitioned = pipelines.pipelines.filter(({ sink }) => sink.transforms)
    this.#names = partitioned.map(({ name }) => name)
    this.#routers = partitioned.map((pipeline) => {
      const { name, sink } = pipeline
      const router = new PartitionRouter({ name, sink: sink.parts.name }, this.#queuesOf(name))
      pipeline.divert(router)
      return router
    })
    this.#members = options.own === undefined ? this.#makeMembers(options.group ?? 'default') : undefined
  }

  get stats(): PartitioningStats {
    const counts = this.#routers.map((router) => router.counts)
    return {
      partitions: this.#count,
      owned: [...this.#lanes.keys()].sort((one, other) => one - other),
      members: this.#members?.known ?? [],
      sent: counts.reduce((sum, { sent }) => sum + sent, 0),
      failed: counts.reduce((sum, { failed }) => sum + failed, 0),
      lanes: Object.fromEntries([...this.#lanes].map(([partition, { stats }]) => [partition, stats])),
    }
  }

  /** Resolves when this agent hears the partitions that are its own, after it has found the others. Rejects when the broker can't be had. */
  async start(): Promise<void> {
    if (this.#names.length === 0) return
    if (this.#members === undefined) return this.#take(this.#own ?? [])
    await this.#members.start(this.#end.signal)
    await this.#take(this.#shareOf(this.#members.known))
  }

  /** What was given up in the partitions that this agent has: one for each. */
  deadLetters(): readonly DeadLetters[] {
    return [...this.#lanes.values()].map((lane) => lane.deadLetters)
  }

  /** Lets the transformers of all partitions release what is due. To be called with `Pipelines.flush`; rejects as that does. */
  async flush(): Promise<void> {
    await all([...this.#lanes.values()].map((lane) => lane.flush()))
  }

  /**
   * Gives up all partitions, so that others take them over: hears no more, ends what was begun, lets transformers release what they hold. To be called before the
   * pipelines are closed. Rejects when not all of that arrived.
   */
  async stop(): Promise<void> {
    this.#end.abort(new NotOpen('NOT_OPEN', 'the partitions are given up'))
    try {
      await this.#take([])
    } finally {
      await this.#members?.stop()
    }
  }

  get #isStopped(): boolean {
    return this.#end.signal.aborted
  }

  #queuesOf(pipeline: string): readonly { readonly topic: string; readonly notifier: Notifier }[] {
    return Array.from({ length: this.#count }, (_, partition) => {
      const topic = topicOf(pipeline, partition)
      const notifier = new Notifier(this.#transport, { topics: [topic], exchange: this.#exchange })
      return { topic, notifier }
    })
  }

  #makeMembers(group: string): Members {
    return new Members({
      url: this.#transport.url,
      group,
      id: this.#id,
      partitions: this.#count,
      interval: this.#heartbeat,
      logger: this.#logger,
      changed: (members) => {
        if (!this.#isStopped) this.#follow(this.#shareOf(members))
      },
    })
  }

  /** Takes what is wanted of this agent, and tries again as long as that fails. */
  #follow(wanted: readonly number[]): void {
    this.#take(wanted, 2 * this.#heartbeat).catch((error: unknown) => {
      this.#logger.error('partitions could not change hands in order', { error })
      const again = (): void => {
        if (!this.#isStopped && this.#wanted === wanted) this.#follow(wanted)
      }
      setTimeout(again, this.#heartbeat).unref()
    })
  }

  #shareOf(members: readonly string[]): readonly number[] {
    return placePartitions([...members, this.#id], this.#count).get(this.#id) ?? []
  }

  /** One change after the other; one that a later one has overtaken is left out. */
  #take(wanted: readonly number[], pause = 0): Promise<void> {
    this.#wanted = wanted
    const change = this.#changing.then(async () => {
      if (this.#wanted === wanted) await this.#change(wanted, pause)
    })
    this.#changing = change.catch(() => undefined)
    return change
  }

  /** First what is to go, so that others need not wait; then, after a pause in which they give up theirs, what is to come. */
  async #change(wanted: readonly number[], pause: number): Promise<void> {
    const going = [...this.#lanes].filter(([partition]) => !wanted.includes(partition))
    for (const [partition] of going) this.#lanes.delete(partition)
    const closed = await Promise.allSettled(going.map(([, lane]) => lane.close()))
    const coming = wanted.filter((partition) => !this.#lanes.has(partition))
    if (coming.length > 0) await new Promise((resolve) => setTimeout(resolve, pause))
    if (this.#wanted === wanted) await all(coming.map((partition) => this.#begin(partition)))
    for (const result of closed) if (result.status === 'rejected') throw result.reason
  }

  async #begin(partition: number): Promise<void> {
    const lane = new Lane({
      transport: this.#transport,
      targets: this.#names.map(
        (name) => new Target({ topic: topicOf(name, partition), exchange: this.#exchange }),
      ),
      pipelines: this.#pipelines,
      names: this.#names,
      retry: this.#retry,
    })
    await lane.start(this.#end.signal)
    this.#lanes.set(partition, lane)
  }
}

function topicOf(pipeline: string, partition: number): string {
  return `tocsin-pipe-${pipeline}-${partition}`
}

function checkPartitionOptions({
  partitions = 10,
  own = [],
  heartbeat = 1_000,
  group = '-',
}: PartitionOptions): void {
  const problems: string[] = []
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MOST_PARTITIONS)
    problems.push(`'partitions' is an integer from 1 to ${MOST_PARTITIONS}; found ${String(partitions)}`)
  if (!own.every((one) => Number.isInteger(one) && one >= 0 && one < partitions))
    problems.push(`'own' lists numbers from 0 to ${partitions - 1}; found ${own.join(', ')}`)
  if (!(heartbeat >= 50)) problems.push(`'heartbeat' is 50 milliseconds or more; found ${String(heartbeat)}`)
  if (!/^[\w.-]+$/.test(group))
    problems.push(`'group' is a name of letters, digits, dots and hyphens; found '${group}'`)
  if (problems.length > 0) throw new ConfigurationError('Partitioning', problems)
}
