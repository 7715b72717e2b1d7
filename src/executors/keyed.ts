import type { Job } from '../core/dispatcher.js'
import { describeError } from '../core/errors.js'
import type { Executor, ExecutorOptions } from '../core/executor.js'
import { Fifo } from '../core/fifo.js'
import type { Logger } from '../core/logger.js'
import type { OptionRules } from '../core/options.js'
import { checkExecutorOptions, DEFAULT_CONCURRENCY } from './options.js'
import { type Line, Slots } from './slots.js'
import { refuseWorkerEndpoint } from './worker-endpoint.js'

/**
 * What belongs together: notifications of equal keys (as keys of a Map: same text, number, object...) are handled in order, one by one.
 * `undefined` or `null` = belongs to nothing, handled whenever there is a slot. Called once per job, in order of arrival, with the
 * notification (of a batch: its first). When it throws or returns a promise, an error is logged and the job belongs to nothing.
 */
// biome-ignore lint: a notification of any map of events
export type NotificationKey = (notification: any) => unknown

const optionRules: OptionRules = {
  key: { type: 'function', wanted: 'a function from notification to key' },
}

/** More in hand than other executors, so that a busy key in front does not keep slots idle. */
const CREDIT_PER_SLOT = 8

/** The jobs of one key: at most one is ready or runs, the others wait here. Forgotten when the last one has ended. */
class Lane {
  readonly key: unknown
  /** Made when there is one: most keys never have two jobs at once. */
  jobs: Fifo<Job> | undefined

  constructor(key: unknown) {
    this.key = key
  }
}

/** A job that opens its lane for the next one when it ends. */
class LaneJob implements Job {
  readonly size: number
  readonly subject: unknown
  readonly #job: Job
  readonly #ended: () => void

  constructor(job: Job, ended: () => void) {
    this.size = job.size
    this.subject = job.subject
    this.#job = job
    this.#ended = ended
  }

  run(done: () => void): void {
    this.#job.run(() => {
      this.#ended()
      done()
    })
  }

  /** The others of the lane have been taken out too: it ends here. */
  abandon(): void {
    this.#job.abandon()
    this.#ended()
  }
}

/** A lane per key that has jobs; the heads of the lanes are ready, in order of arrival. */
export class KeyedLine implements Line {
  readonly #key: NotificationKey
  readonly #logger: Logger
  readonly #lanes: Map<unknown, Lane> = new Map()
  #ready: Fifo<Job> = new Fifo()
  #waiting = 0

  constructor(key: NotificationKey, logger: Logger) {
    this.#key = key
    this.#logger = logger
  }

  get length(): number {
    return this.#ready.length + this.#waiting
  }

  /** Lanes in memory: keys with a job that is ready or runs. */
  get lanes(): number {
    return this.#lanes.size
  }

  push(job: Job): void {
    const key = this.#keyOf(job)
    if (key === undefined || key === null) {
      this.#ready.push(job)
      return
    }
    const busy = this.#lanes.get(key)
    if (busy !== undefined) {
      busy.jobs ??= new Fifo()
      busy.jobs.push(job)
      this.#waiting++
      return
    }
    const lane = new Lane(key)
    this.#lanes.set(key, lane)
    this.#makeReady(job, lane)
  }

  next(): Job | undefined {
    return this.#ready.shift()
  }

  takeAll(): readonly Job[] {
    const jobs = this.#ready.takeAll()
    for (const lane of this.#lanes.values()) for (const job of lane.jobs?.takeAll() ?? []) jobs.push(job)
    this.#lanes.clear()
    this.#waiting = 0
    return jobs
  }

  #makeReady(job: Job, lane: Lane): void {
    this.#ready.push(new LaneJob(job, () => this.#advance(lane)))
  }

  #advance(lane: Lane): void {
    const next = lane.jobs?.shift()
    if (next === undefined) {
      // The key may have another lane since all were taken out.
      if (this.#lanes.get(lane.key) === lane) this.#lanes.delete(lane.key)
      return
    }
    this.#waiting--
    this.#makeReady(next, lane)
  }

  #keyOf(job: Job): unknown {
    const { subject } = job
    const notification: unknown = Array.isArray(subject) ? subject[0] : subject
    try {
      const key = this.#key(notification)
      if (!(key instanceof Promise)) return key
      key.catch(() => {})
      this.#report(
        notification,
        new TypeError('the key function returned a promise; it must return the key itself'),
      )
    } catch (error) {
      this.#report(notification, error)
    }
    return undefined
  }

  #report(notification: unknown, error: unknown): void {
    const { eventType, metadata } = (notification ?? {}) as {
      eventType?: unknown
      metadata?: { messageId?: unknown }
    }
    this.#logger.error(
      `the key function of executor 'keyed' failed, so this notification is handled out of order: ${describeError(error)}`,
      { eventType, messageId: metadata?.messageId, error },
    )
  }
}

class Keyed extends Slots {
  bind<E extends object>(endpoint: E): E {
    refuseWorkerEndpoint(endpoint, 'keyed')
    return endpoint
  }
}

/**
 * `keyed`: as `async-loop`, but notifications of one key (`executorOptions: { key: (n) => n.payload.instance_id }`) are handled in order of
 * arrival, one by one, while up to `concurrency` (default 64) keys go on in parallel. Nothing is kept of a key without jobs. The order
 * holds among first attempts within this process: a requeued notification comes back behind those that came meanwhile.
 */
export function keyed(options: ExecutorOptions): Executor {
  checkExecutorOptions('keyed', options, optionRules, () =>
    options.options['key'] === undefined
      ? [
          "'key' is missing: give executorOptions: { key: (notification) => ... }, or choose executor 'async-loop'",
        ]
      : [],
  )
  const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY
  const line = new KeyedLine(options.options['key'] as NotificationKey, options.logger)
  return new Keyed({ concurrency, line, credit: Math.min(65_535, CREDIT_PER_SLOT * concurrency) })
}
