/** One life of the agent between two configurations: transports, listeners and pipelines that run together. */
import {
  getBatchNotificationListener,
  type Logger,
  type Notification,
  type NotificationListener,
  type Priority,
  type Target,
  type Transport,
} from '../../index.js'
import type { Event } from '../event.js'
import { Partitioning } from '../partition/partitioning.js'
import type { Sample } from '../sample.js'
import type { Counters } from './counters.js'
import { BatchDelivery } from './delivery.js'
import { batchEndpoint, restEndpoint } from './endpoint.js'
import type { LiveView } from './live.js'
import type { Plan } from './plan.js'
import { Retries } from './retries.js'

export interface RunningParts {
  readonly plan: Plan
  /** One listener each. */
  readonly transports: readonly Transport[]
  readonly counters: Counters
  readonly logger: Logger
  /** Ends the start. */
  readonly signal: AbortSignal
  /** Absent = nobody looks. */
  readonly live: LiveView | undefined
}

/** source: ceilometer/pipeline/{sample,event}.py; what the endpoints' methods are */
const SAMPLE_PRIORITIES: readonly Priority[] = ['info', 'sample']
const EVENT_PRIORITIES: readonly Priority[] = ['info', 'error']

export class Running {
  readonly plan: Plan
  readonly listeners: readonly NotificationListener[]
  readonly #logger: Logger
  #flushTimer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined
  #partitioning: Partitioning | undefined

  private constructor(plan: Plan, listeners: readonly NotificationListener[], logger: Logger) {
    this.plan = plan
    this.listeners = listeners
    this.#logger = logger
  }

  /** Resolves when every listener listens. When one can't, all are stopped, the plan is closed, and it rejects with what went wrong. */
  static async start(parts: RunningParts): Promise<Running> {
    const { plan, transports, logger } = parts
    const listeners: NotificationListener[] = []
    const running = new Running(plan, listeners, logger)
    try {
      await plan.open()
      await running.#partition(parts)
      for (const transport of transports) listeners.push(makeListener(parts, transport))
      await Promise.all(listeners.map((listener) => listener.start({ signal: parts.signal })))
    } catch (error) {
      await running.stop()
      throw error
    }
    const { flushInterval } = plan.settings
    if (flushInterval > 0)
      running.#flushTimer = setInterval(() => running.#flush(), flushInterval * 1_000).unref()
    return running
  }

  /** Finishes what is in hand, then lets the sinks send what they hold. Never rejects: what goes wrong is logged. */
  async stop(): Promise<void> {
    clearInterval(this.#flushTimer)
    await Promise.allSettled(this.listeners.map((listener) => listener.stop()))
    await this.#settle(this.listeners.map((listener) => listener.wait()))
    await this.#flushing
    if (this.#partitioning !== undefined) await this.#settle([this.#partitioning.stop()])
    await this.#settle([this.plan.close()])
  }

  #flush(): void {
    // One at a time: a sink that is down takes longer than the interval.
    this.#flushing ??= this.#settle([
      this.plan.flush(),
      ...(this.#partitioning === undefined ? [] : [this.#partitioning.flush()]),
    ]).finally(() => {
      this.#flushing = undefined
    })
  }

  /** Before anything is published: from then on samples for transformers go to the queues of their partitions. */
  async #partition({ plan: { samples, settings }, transports, logger }: RunningParts): Promise<void> {
    const [transport] = transports
    if (settings.partition === undefined || samples === undefined || transport === undefined) return
    const { retry } = settings.messaging
    this.#partitioning = new Partitioning(samples.pipelines, transport, {
      ...settings.partition,
      retry,
      logger,
    })
    await this.#partitioning.start()
  }

  async #settle(promises: readonly Promise<void>[]): Promise<void> {
    for (const result of await Promise.allSettled(promises))
      if (result.status === 'rejected')
        this.#logger.warn('a sink did not take all of what it was to send', { error: String(result.reason) })
  }
}

function makeListener(parts: RunningParts, transport: Transport): NotificationListener {
  const { plan, counters, logger, live } = parts
  const { messaging } = plan.settings
  const retries = new Retries(messaging.retry)
  const onUnclaimed = (count: number, { message }: Error): void => {
    counters.add('dropped', count, { reason: 'refused' })
    logger.warn(`what transformers made of several notifications is refused, and left out: ${message}`)
  }
  const endpoints = []
  const handled = new Set<Priority>()
  // Events first, as in the original: both see what the other sees, but a sample that fails has its event.
  if (plan.events !== undefined) {
    endpoints.push(
      batchEndpoint<Event>({
        kind: 'events',
        priorities: EVENT_PRIORITIES,
        convert: plan.events.convert,
        delivery: new BatchDelivery(plan.events.pipelines, { identify: (event) => event, onUnclaimed }),
        counters,
        retries,
        onNotification: live && seen(live),
        onMade: live?.onEvents,
      }),
    )
    for (const priority of EVENT_PRIORITIES) handled.add(priority)
  }
  const told = new Set(handled)
  if (plan.samples !== undefined) {
    endpoints.push(
      batchEndpoint<Sample>({
        kind: 'samples',
        priorities: SAMPLE_PRIORITIES,
        convert: plan.samples.convert,
        // Pipelines copy samples whose volume they read.
        delivery: new BatchDelivery(plan.samples.pipelines, { identify: ({ id }) => id, onUnclaimed }),
        counters,
        retries,
        // Those of the other priorities the endpoint of events has told of.
        onNotification:
          live &&
          ((notification) => {
            if (!told.has(notification.priority)) seen(live)(notification)
          }),
        onMade: live?.onSamples,
      }),
    )
    for (const priority of SAMPLE_PRIORITIES) handled.add(priority)
  }
  endpoints.push(restEndpoint(handled, counters))
  const listener = getBatchNotificationListener(transport, plan.targets as Target[], endpoints, {
    batchSize: messaging.batchSize,
    batchTimeout: messaging.batchTimeout,
    concurrency: messaging.concurrency ?? (hasTransformers(plan) ? 1 : 4),
    retry: retries.policy,
    bigint: true,
    context: false,
    logger,
    ...(messaging.pool === undefined ? {} : { pool: messaging.pool }),
    ...(messaging.prefetch === undefined ? {} : { prefetch: messaging.prefetch }),
  })
  listener.on('error', (error, about) => logger.warn(error.message, { ...about, code: error.code }))
  return listener
}

/** They remember: a batch that overtakes another gives them an older sample after a newer one. */
function hasTransformers({ samples }: Plan): boolean {
  return samples?.pipelines.pipelines.some(({ sink }) => sink.transforms) ?? false
}

function seen(live: LiveView): (notification: Notification) => void {
  return ({ publisherId, eventType }) =>
    live.onNotification({ publisher_id: publisherId, event_type: eventType })
}
