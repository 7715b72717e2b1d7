import { randomUUID } from 'node:crypto'

import { describeError, type MessagingException } from '../core/errors.js'
import type { Logger } from '../core/logger.js'
import { type Context, NoOpSerializer, type Serializer } from '../core/serializer.js'
import type { Transport } from '../transport.js'
import { type EventMap, PRIORITIES, type Priority } from './endpoint.js'
import { WireClock, type WireNotification } from './envelope.js'
import { asFailure, eachFailure, sendAll } from './failures.js'
import type { DriverNotifyOptions, NotifierDriver, NotifyOptions } from './notifier-driver.js'
import { driverTable } from './notifier-drivers.js'
import {
  checkCall,
  checkNotifierOptions,
  checkPrepareOptions,
  driverNames,
  type NotifierOptions,
  type PrepareOptions,
} from './notifier-options.js'
import { loadRouting } from './routing.js'

/** A context of a class of yours: it says itself what may leave the process. */
export interface ContextSource {
  /** A copy without secrets; asked first. */
  redactedCopy?(): Context | ContextSource
  /** The context as JSON values by key; asked of the copy. */
  toDict?(): Context
}

/** On whose behalf: JSON values by key, an object that can give them, or null for nobody. */
export type NotifierContext = Context | ContextSource | null | undefined

type EventType<E extends EventMap> = keyof E & string

/** Of each priority's method: on whose behalf, what happened, its payload, and how hard to try. */
export type NotifyArguments<E extends EventMap, T extends EventType<E>> = [
  ctxt: NotifierContext,
  eventType: T,
  payload: E[T],
  options?: NotifyOptions,
]

/** What a notifier shares with those it prepares. */
interface Shared {
  readonly drivers: readonly NotifierDriver[]
  readonly names: readonly string[]
  readonly serializer: Serializer
  readonly logger: Logger
  readonly clock: WireClock
}

/**
 * Sends notifications, one method per priority: `await notifier.info(ctxt, 'compute.instance.update', payload)`.
 *
 * The promise resolves when every driver is done (a messaging one: when the broker owns the message on every topic). It rejects with
 * MessageDeliveryFailure, or another MessagingException such as NotOpen after `transport.cleanup()`, when one fails; the others run all the
 * same. With `failures: 'log'` it resolves then too, after a log line. Mistakes of the caller reject either way: arguments of a wrong type
 * (ConfigurationError), what the serializer or the context throws (as it is), values that can't be JSON or are nested too deep
 * (UnserializableMessage).
 *
 * Two calls reach each driver in the order of the calls, awaited or not. A plain object as context is sent as given; null is `{}`.
 * `E` maps event types to the shapes of their payloads; without it every event type is allowed.
 * source: oslo_messaging/notify/notifier.py
 */
export class Notifier<E extends EventMap = EventMap> {
  readonly publisherId: string | null
  readonly #transport: Transport
  readonly #options: PrepareOptions
  readonly #shared: Shared
  /** Of calls without options. */
  readonly #defaults: DriverNotifyOptions

  /**
   * Does no I/O but for a `routing` file. The third argument is for `prepare`. Throws ConfigurationError that lists everything wrong, or
   * DriverLoadFailure.
   */
  constructor(
    transport: Transport,
    options: NotifierOptions = {},
    shared: Shared = makeShared(transport, options),
  ) {
    this.publisherId = options.publisherId ?? null
    this.#transport = transport
    this.#options = options
    this.#shared = shared
    const { retry = -1, timeout } = options
    this.#defaults = Object.freeze(timeout === undefined ? { retry } : { retry, timeout })
  }

  /** The names of the drivers, each once, in the order in which they run. */
  get drivers(): readonly string[] {
    return this.#shared.names
  }

  /**
   * A notifier with other options that shares drivers and serializer: cheap enough for a single call. What is left out is inherited; an
   * explicit null is kept (`retry: null` = for ever). Throws ConfigurationError.
   */
  prepare(options: PrepareOptions = {}): Notifier<E> {
    checkPrepareOptions(options)
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
    return new Notifier<E>(this.#transport, { ...this.#options, ...given }, this.#shared)
  }

  /** Whether a call does anything: false without drivers, or with `noop` alone. The original says true without drivers. */
  isEnabled(): boolean {
    return this.#shared.names.some((name) => name !== 'noop')
  }

  /** Something worth billing or auditing happened. */
  audit<T extends EventType<E>>(...call: NotifyArguments<E, T>): Promise<void> {
    return this.#notify('audit', ...call)
  }

  debug<T extends EventType<E>>(...call: NotifyArguments<E, T>): Promise<void> {
    return this.#notify('debug', ...call)
  }

  info<T extends EventType<E>>(...call: NotifyArguments<E, T>): Promise<void> {
    return this.#notify('info', ...call)
  }

  warn<T extends EventType<E>>(...call: NotifyArguments<E, T>): Promise<void> {
    return this.#notify('warn', ...call)
  }

  /** The same as `warn`. */
  warning<T extends EventType<E>>(...call: NotifyArguments<E, T>): Promise<void> {
    return this.#notify('warn', ...call)
  }

  error<T extends EventType<E>>(...call: NotifyArguments<E, T>): Promise<void> {
    return this.#notify('error', ...call)
  }

  critical<T extends EventType<E>>(...call: NotifyArguments<E, T>): Promise<void> {
    return this.#notify('critical', ...call)
  }

  /** A measurement. */
  sample<T extends EventType<E>>(...call: NotifyArguments<E, T>): Promise<void> {
    return this.#notify('sample', ...call)
  }

  // The drivers are called in this turn: two calls in a row reach them in that order. No async function: one costs a tenth of the send, and
  // what it keeps while it waits is most of what a notification on its way holds.
  #notify(
    priority: Priority,
    ctxt: NotifierContext,
    eventType: string,
    payload: unknown,
    callOptions?: NotifyOptions,
  ): Promise<void> {
    try {
      checkCall(priority, ctxt, eventType, callOptions)
      const { serializer, clock } = this.#shared
      const entity = serializer.serializeEntity((ctxt ?? {}) as Context, payload)
      const context = asDict(serializer.serializeContext(redacted(ctxt)))
      const message: WireNotification = Object.freeze({
        message_id: randomUUID(),
        publisher_id: this.publisherId,
        event_type: eventType,
        priority: upperCase[priority],
        payload: entity === undefined ? null : entity,
        timestamp: clock.now(),
      })
      const options = callOptions === undefined ? this.#defaults : { ...this.#defaults, ...callOptions }
      return this.#send(context, message, priority, options).then(nothing, (error: unknown) =>
        this.#failed(asFailure(error), message),
      )
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Never throws. */
  #send(
    context: Context,
    message: WireNotification,
    priority: Priority,
    options: DriverNotifyOptions,
  ): Promise<void> {
    const { drivers } = this.#shared
    const [only] = drivers
    if (drivers.length !== 1 || only === undefined)
      return sendAll(drivers.map((driver) => () => driver.notify(context, message, priority, options)))
    try {
      return Promise.resolve(only.notify(context, message, priority, options))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #failed(failure: MessagingException, message: WireNotification): void {
    const mistake = eachFailure(failure).find(({ code }) => ['UNSERIALIZABLE', 'TOO_DEEP'].includes(code))
    if (mistake !== undefined) throw mistake
    if (this.#options.failures !== 'log') throw failure
    try {
      this.#shared.logger.error(
        `the notification '${message.event_type}' (${message.message_id}) could not be delivered: ${describeError(failure)}`,
        { messageId: message.message_id, priority: message.priority, error: failure },
      )
    } catch {
      // By the contract of Logger: what a logger throws is dropped. In this mode nothing of it may reach the caller.
    }
  }
}

function makeShared(transport: Transport, options: NotifierOptions): Shared {
  checkNotifierOptions(transport, options)
  const names = driverNames(options)
  const logger = options.logger ?? transport.logger
  const driverOf = driverTable({
    transport,
    topics: options.topics ?? ['notifications'],
    exchange: options.exchange ?? transport.controlExchange,
    logger,
    ...(options.routing === undefined ? {} : { routing: loadRouting(options.routing) }),
  })
  return {
    drivers: names.map(driverOf),
    names,
    serializer: options.serializer ?? new NoOpSerializer(),
    logger,
    clock: new WireClock(),
  }
}

function nothing(): void {}

const upperCase = Object.fromEntries(
  PRIORITIES.map((priority) => [priority, priority.toUpperCase()]),
) as Readonly<Record<Priority, string>>

function redacted(ctxt: NotifierContext): Context {
  if (ctxt === null || ctxt === undefined) return {}
  return (typeof ctxt['redactedCopy'] === 'function' ? ctxt['redactedCopy']() : ctxt) as Context
}

function asDict(ctxt: Context): Context {
  return typeof ctxt['toDict'] === 'function' ? ((ctxt as ContextSource).toDict?.() ?? {}) : ctxt
}
