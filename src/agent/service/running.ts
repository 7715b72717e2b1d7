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
import { within } from '../pipeline/within.js'
import type { Sample } from '../sample.js'
import type { Counters } from './counters.js'
import type { Deliveries } from './deliveries.js'
import { batchEndpoint, restEndpoint } from './endpoint.js'
import type { LiveView } from './live.js'
import type { Plan } from './plan.js'
import { Retries } from './retries.js'
import type { Waits } from './waits.js'

export interface RunningParts {
  readonly plan: Plan
  /** One listener each. */
  readonly transports: readonly Transport[]
  readonly counters: Counters
  readonly logger: Logger
  /** Of the start; they end it. */
  readonly waits: Waits
  /** Absent = nobody looks. */
  readonly live: LiveView | undefined
  readonly deliveries: Deliveries
}

/** source: ceilometer/pipeline/{sample,event}.py; what the endpoints' methods are */
const SAMPLE_PRIORITIES: readonly Priority[] = ['info', 'sample']
const EVENT_PRIORITIES: readonly Priority[] = ['info', 'error']

/** Milliseconds that sinks have for what they hold, when one of them has used up all the time. */
const LEAST_REST = 2_000

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
    const { plan, transports, logger, waits } = parts
    const listeners: NotificationListener[] = []
    const running = new Running(plan, listeners, logger)
    try {
      if (plan.samples !== undefined) parts.deliveries.samples.use(plan.samples.pipelines)
      if (plan.events !== undefined) parts.deliveries.events.use(plan.events.pipelines)
      await plan.open(waits)
      await running.#partition(parts)
      for (const transport of transports) listeners.push(makeListener(parts, transport))
      await Promise.all(
        listeners.map((listener, index) =>
          waits.for(`the broker of ${safeUrl(transports[index])}`, listener.start({ signal: waits.signal })),
        ),
      )
    } catch (error) {
      await running.stop()
      throw error
    }
    const { flushInterval } = plan.settings
    if (flushInterval > 0)
      running.#flushTimer = setInterval(() => running.#flush(), flushInterval * 1_000).unref()
    return running
  }

  /**
   * Finishes what is in hand, then lets the sinks send what they hold. A sink that hangs holds it up for `stopTimeout`, about: then what is in hand goes back to the
   * broker, and the other sinks have some seconds. Never rejects: what goes wrong is logged.
   */
  async stop(): Promise<void> {
    const { stopTimeout } = this.plan.settings
    const end = performance.now() + stopTimeout * 1_000
    const left = (): number => Math.max(0, Math.round(end - performance.now()))
    const rest = (): number => Math.max(Math.min(LEAST_REST, stopTimeout * 1_000), left())
    clearInterval(this.#flushTimer)
    await Promise.allSettled(this.listeners.map((listener) => listener.stop()))
    await this.#settle(this.listeners.map((listener) => listener.wait({ timeout: left() })))
    if (this.#flushing !== undefined)
      await this.#settle([within(left(), this.#flushing, 'a flush did not end')])
    if (this.#partitioning !== undefined)
      await this.#settle([within(rest(), this.#partitioning.stop(), 'partitions were not given up')])
    await this.#settle([this.plan.close(rest())])
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
  async #partition({ plan: { samples, settings }, transports, logger, waits }: RunningParts): Promise<void> {
    const [transport] = transports
    if (settings.partition === undefined || samples === undefined || transport === undefined) return
    // A lane knows what is hopeless by itself: what it tries again is what a sink that is down did not take.
    const retry = new Retries(settings.messaging.retry).policy
    this.#partitioning = new Partitioning(samples.pipelines, transport, {
      ...settings.partition,
      retry,
      logger,
    })
    await waits.for(`its partitions at the broker of ${safeUrl(transport)}`, this.#partitioning.start())
  }

  async #settle(promises: readonly Promise<void>[]): Promise<void> {
    for (const result of await Promise.allSettled(promises))
      if (result.status === 'rejected')
        this.#logger.warn('a sink did not take all of what it was to send', { error: String(result.reason) })
  }
}

function safeUrl(transport: Transport | undefined): string {
  return transport?.url.toSafeString() ?? ''
}

function makeListener(parts: RunningParts, transport: Transport): NotificationListener {
  const { plan, counters, deliveries, logger, live } = parts
  const { messaging } = plan.settings
  const url = String(transport.url)
  const retries = new Retries(messaging.retry)
  const endpoints = []
  const handled = new Set<Priority>()
  // Events first, as in the original: both see what the other sees, but a sample that fails has its event.
  if (plan.events !== undefined) {
    endpoints.push(
      batchEndpoint<Event>({
        kind: 'events',
        priorities: EVENT_PRIORITIES,
        convert: plan.events.convert,
        delivery: deliveries.events.of(url, plan.events.pipelines),
        repeats: deliveries.events.repeatsOf(url),
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
        delivery: deliveries.samples.of(url, plan.samples.pipelines),
        repeats: deliveries.samples.repeatsOf(url),
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
  endpoints.push(restEndpoint(handled, counters, live && seen(live)))
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
  return ({ publisherId, eventType, metadata: { exchange } }) =>
    live.onNotification({ publisher_id: publisherId, event_type: eventType }, exchange)
}
