/** Notification listeners: endpoints on one side, a transport on the other. source: oslo_messaging/notify/listener.py */
import { contextUse } from '../core/context.js'
import type { DeadLetters, ListenerStats as DriverListenerStats, Subscription } from '../core/driver.js'
import { ConfigurationError, describeError, InvalidTarget, type MessagingException } from '../core/errors.js'
import { createEmitter, type Emitter, emitSafely } from '../core/events.js'
import { type Logger, unfailing } from '../core/logger.js'
import { checkOptions, describeValue, optionProblems } from '../core/options.js'
import { defaultRetryPolicy, type RetryPolicy } from '../core/retry.js'
import { NoOpSerializer } from '../core/serializer.js'
import { type ListenerState, MessageServer, type StartOptions, type WaitOptions } from '../core/server.js'
import { Target } from '../core/target.js'
import { makeExecutor } from '../executors/registry.js'
import type { Transport } from '../transport.js'
import { BatchNotificationDispatcher } from './batch-dispatcher.js'
import { bindEndpoints, type EndpointStats } from './bound-endpoint.js'
import { deadLettersOf } from './dead-letters.js'
import { type Delivery, DeliveryStream } from './delivery.js'
import { NotificationDispatcher } from './dispatcher.js'
import { type BatchNotificationEndpoint, type EventMap, type NotificationEndpoint } from './endpoint.js'
import { type ErrorSubject, Intake, type IntakeStats } from './intake.js'
import {
  type BatchListenerOptions,
  callRules,
  type ListenerOptions,
  optionRules,
} from './listener-options.js'
import { shardProblems } from './shards/checks.js'
import { moduleBinder, ShardedServer } from './shards/sharded-server.js'
import { refuseMissing, subscriptionsOf } from './subscriptions.js'
import { compileValidators } from './validation.js'

export type ListenerEvents = {
  /** Every subscription is live. */
  started: () => void
  /** The driver restored the subscriptions after a lost link or a deleted queue; with shards, each tells, also when it was started again. */
  restored: () => void
  /** No new message comes. */
  stopped: () => void
  /** A message was given up (rejected, or acknowledged because requeue is off), or could not be read; or a shard ended by itself. Without a listener it is logged. */
  error: (error: MessagingException, about: ErrorSubject) => void
}

/** Numbers since the listener was made, but for `state`, `inHand` and `backlog`, which are now. */
export interface ListenerStats extends Readonly<IntakeStats> {
  /** `restoring`: it listens, but the driver has to restore a subscription first (a lost link, a deleted queue). */
  readonly state: ListenerState
  /** With endpoints, or kept for a batch. */
  readonly inHand: number
  /** Received and waiting for credit. */
  readonly backlog: number
  readonly endpoints: Readonly<Record<string, EndpointStats>>
  /** What the driver counts, of the present start or the last. */
  readonly driver: DriverListenerStats
  /** With listener option `shards`: what each of them adds to the sums above. */
  readonly shards?: readonly ShardStats[]
}

/** One shard of a listener, some 100 ms ago; exact when the listener has been waited for. */
export interface ShardStats extends Omit<ListenerStats, 'shards'> {
  /** How often it ended by itself. */
  readonly crashes: number
}

/** Milliseconds that endpoints may take when the transport is cleaned up under a listener that nobody stopped. */
const drainTimeout = 5_000

/**
 * Hears notifications and calls endpoints. Made by getNotificationListener or getBatchNotificationListener.
 *
 * Life: `start()`, `stop()`, `wait()`, and again from the start; each may be called at any time, also twice. `await using` stops and waits.
 */
export class NotificationListener<E extends EventMap = EventMap> implements AsyncDisposable {
  readonly #server: Pick<MessageServer, 'start' | 'stop' | 'wait' | 'state'>
  readonly #stats: () => ListenerStats
  readonly #emitter: Emitter<ListenerEvents> = createEmitter()
  readonly #logger: Logger
  readonly #transport: Transport
  #leave: () => void = () => {}
  readonly #subscriptions: readonly Subscription[]
  readonly #stream: DeliveryStream<E> | undefined

  /** @internal */
  constructor(
    transport: Transport,
    targets: readonly Target[],
    endpoints: readonly object[],
    options: BatchListenerOptions<E>,
    kind: 'single' | 'batch',
  ) {
    checkListenerOptions(options, targets, endpoints, kind)
    this.#logger = options.logger === undefined ? transport.logger : unfailing(options.logger)
    this.#stream = kind === 'single' && endpoints.length === 0 ? new DeliveryStream<E>() : undefined
    // What a `for await` loop leaves unsettled must go back, whatever the default for endpoints is.
    const policy = policyOf(
      this.#stream === undefined ? options : { ...options, allowRequeue: options.allowRequeue ?? true },
    )
    const isSharded = options.shards !== undefined
    const executor = isSharded
      ? moduleBinder
      : makeExecutor(options.executor ?? 'async-loop', {
          concurrency:
            options.concurrency ??
            (kind === 'batch' && typeof (options.executor ?? '') === 'string' ? 1 : undefined),
          handlerTimeout: options.handlerTimeout,
          context: options.context,
          logger: this.#logger,
          options: { ...options.executorOptions, ...(options.key === undefined ? {} : { key: options.key }) },
        })
    const bound = bindEndpoints(this.#stream === undefined ? endpoints : [this.#stream.endpoint], executor)
    const subscriptions = subscriptionsOf(transport, targets, bound, options.pool)
    this.#transport = transport
    this.#subscriptions = subscriptions
    const features = transport.driver.features(subscriptions[0])
    const deadLetter = options.deadLetter ?? policy !== undefined
    refuseMissing(transport, features, {
      requeue: policy !== undefined,
      pools: options.pool !== undefined,
      deadLetter: options.deadLetter === true,
    })
    const hooks = {
      onOpen: () => this.#stream?.open(),
      onStarted: () => void emitSafely(this.#emitter, this.#logger, 'started'),
      onRestored: () => void emitSafely(this.#emitter, this.#logger, 'restored'),
      onClosed: () => this.#stream?.close(),
      onStopped: () => void emitSafely(this.#emitter, this.#logger, 'stopped'),
    }
    const onError = (error: MessagingException, about: ErrorSubject): void => this.#report(error, about)
    const logger = this.#logger
    if (isSharded) {
      const parts = { transport, targets, endpoints, bound, subscriptions, kind, logger, hooks, onError }
      const sharded = new ShardedServer({ ...parts, options: options as BatchListenerOptions })
      this.#server = sharded
      this.#stats = () => sharded.stats()
      return
    }
    const intake = new Intake({
      endpoints: bound,
      serializer: options.serializer ?? new NoOpSerializer(),
      decode: {
        maxBodySize: transport.maxBodySize,
        maxDepth: transport.maxDepth,
        bigint: options.bigint ?? false,
      },
      rules: { policy, canDelay: features.delay },
      validators: compileValidators(options.validate),
      handlerTimeout: options.handlerTimeout,
      duplicates: options.duplicates ?? 1_024,
      context: contextUse(options.context),
      logger,
      onError,
    })
    const server = new MessageServer({
      driver: transport.driver,
      subscriptions,
      targets: targets.map(String),
      dispatcher:
        kind === 'single'
          ? new NotificationDispatcher(intake)
          : new BatchNotificationDispatcher(intake, {
              batchSize: options.batchSize ?? 100,
              batchTimeout: options.batchTimeout === undefined ? 1_000 : options.batchTimeout,
            }),
      executor,
      prefetch: options.prefetch,
      deadLetter: deadLetter && features.deadLetter,
      logger,
      hooks,
    })
    this.#server = server
    this.#stats = () => ({
      ...intake.stats,
      state: server.state,
      ...server.load(),
      endpoints: intake.endpointStats(),
      driver: server.driverStats(),
    })
  }

  /**
   * Resolves when every subscription is live. While it runs: does nothing. After `stop()`: waits for the end, then starts anew.
   * Rejects with ServerListenError when the broker can't be reached within `timeout` ms (default 30,000) or does not let us in, and with
   * ExecutorLoadFailure when a worker module does not load, and with NotOpen when `stop()` ends it; it may then be called again.
   */
  async start(options: StartOptions = {}): Promise<void> {
    checkOptions('start', options, callRules.start)
    // Before, so that a clean-up ends the start, too; and after, since the wait for an earlier start may have left meanwhile.
    this.#leave = this.#transport.beforeCleanup(this.#endInTime)
    try {
      await this.#server.start(options)
      this.#transport.beforeCleanup(this.#endInTime)
    } finally {
      this.#leaveWhenStopped()
    }
  }

  /** When it resolves, no new message reaches an endpoint; those in hand go on. Ends a start that waits for a broker. Before one: resolves at once. */
  stop(): Promise<void> {
    return this.#server.stop()
  }

  /**
   * Resolves when the messages in hand are settled, their acknowledgements are with the broker and the link is free. Called before
   * `stop()` it waits for that. After `timeout` ms (default 30,000) `metadata.signal` aborts and what is still in hand goes back to the
   * broker. Of several calls the first timeout to pass counts.
   */
  async wait(options: WaitOptions = {}): Promise<void> {
    checkOptions('wait', options, callRules.wait)
    await this.#server.wait(options)
    this.#leaveWhenStopped()
  }

  #leaveWhenStopped(): void {
    if (this.#server.state === 'stopped') this.#leave()
  }

  /** One function for the whole life of this listener, so that its transport knows it again. */
  readonly #endInTime = async (): Promise<void> => {
    const stopped = this.stop()
    // At once, so that the time counts for a thread, too, that computes and does not hear that it should stop.
    await this.wait({ timeout: drainTimeout })
    await stopped
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.wait()
  }

  stats(): ListenerStats {
    return this.#stats()
  }

  /**
   * What this listener's queues keep of rejected messages: list them, send them back, remove them. The listener need not be running; one that
   * runs meanwhile hears what is replayed.
   */
  deadLetters(): DeadLetters {
    return deadLettersOf(this.#transport.driver, this.#subscriptions)
  }

  on<K extends keyof ListenerEvents>(event: K, listener: ListenerEvents[K]): this {
    this.#emitter.on(event, listener)
    return this
  }

  once<K extends keyof ListenerEvents>(event: K, listener: ListenerEvents[K]): this {
    this.#emitter.once(event, listener)
    return this
  }

  off<K extends keyof ListenerEvents>(event: K, listener: ListenerEvents[K]): this {
    this.#emitter.off(event, listener)
    return this
  }

  /**
   * Deliveries one by one, for a listener made with no endpoints (`[]`); it hears all seven priorities. Starts the listener when it is not
   * started; leaving the loop stops it. A delivery that is unsettled when the loop goes on or ends is requeued.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Delivery<E>, void, void> {
    if (this.#stream === undefined) {
      throw new ConfigurationError('for await', [
        'wants a single listener made with no endpoints ([]); this one has endpoints',
      ])
    }
    await this.start()
    try {
      yield* this.#stream.deliveries()
    } finally {
      await this.stop()
      await this.wait()
    }
  }

  #report(error: MessagingException, about: ErrorSubject): void {
    if (!emitSafely(this.#emitter, this.#logger, 'error', error, about))
      this.#logger.error(describeError(error), { ...about, code: error.code })
  }
}

/**
 * A listener that calls endpoints with one notification at a time. Nothing is sent or received before `start()`.
 *
 * Throws, all wrong options listed at once: ConfigurationError, InvalidTarget (a target without a topic), InvalidEndpoint, InvalidFilter,
 * ExecutorLoadFailure, UnsupportedFeature (requeue, pools or dead letters on a driver that has none; shards on memory:// or a driver of
 * your own).
 * source: oslo_messaging/notify/listener.py (get_notification_listener)
 */
export function getNotificationListener<E extends EventMap = EventMap>(
  transport: Transport,
  targets: readonly Target[],
  endpoints: readonly NotificationEndpoint<E>[],
  options: ListenerOptions<E> = {},
): NotificationListener<E> {
  return new NotificationListener<E>(transport, targets, endpoints, options, 'single')
}

/**
 * A listener that calls endpoints with batches, each of one priority in order of arrival. Throws as getNotificationListener.
 * source: oslo_messaging/notify/listener.py (get_batch_notification_listener)
 */
export function getBatchNotificationListener<E extends EventMap = EventMap>(
  transport: Transport,
  targets: readonly Target[],
  endpoints: readonly BatchNotificationEndpoint<E>[],
  options: BatchListenerOptions<E> = {},
): NotificationListener<E> {
  return new NotificationListener<E>(transport, targets, endpoints, options, 'batch')
}

function checkListenerOptions(
  options: unknown,
  targets: unknown,
  endpoints: unknown,
  kind: 'single' | 'batch',
): void {
  const problems = optionProblems(options, optionRules[kind])
  const { retry, allowRequeue } = (options ?? {}) as {
    readonly retry?: unknown
    readonly allowRequeue?: unknown
  }
  if (typeof retry === 'object' && retry !== null) {
    problems.push(...optionProblems(retry, optionRules.retry).map((problem) => `in 'retry': ${problem}`))
    if (allowRequeue === false)
      problems.push("'retry' beside allowRequeue: false says two things; leave one out")
  }
  if (
    !Array.isArray(targets) ||
    targets.length === 0 ||
    !targets.every((target) => target instanceof Target)
  ) {
    problems.push(`targets are an array of at least one Target; found ${describeValue(targets)}`)
  }
  if (!Array.isArray(endpoints)) problems.push(`endpoints are an array; found ${describeValue(endpoints)}`)
  else {
    if (kind === 'batch' && endpoints.length === 0)
      problems.push('a batch listener wants at least one endpoint; found none')
    if (typeof options === 'object' && options !== null) problems.push(...shardProblems(options, endpoints))
  }
  if (problems.length > 0) throw new ConfigurationError('listener', problems)
  for (const target of targets as readonly Target[]) {
    if (!target.topic) throw new InvalidTarget("a notification listener's target has a topic", target)
  }
}

function policyOf({
  retry,
  allowRequeue,
}: Pick<ListenerOptions, 'retry' | 'allowRequeue'>): Required<RetryPolicy> | undefined {
  if (retry === undefined && allowRequeue !== true) return undefined
  const given = Object.fromEntries(Object.entries(retry ?? {}).filter(([, value]) => value !== undefined))
  return { ...defaultRetryPolicy, ...given }
}
