/** The words a listener's user writes: notifications, endpoints, results. */
import type { Context } from '../core/serializer.js'
import type { FilterRule } from './filter.js'

/** The methods an endpoint may have, in the order of the original's batches. source: oslo_messaging/notify/dispatcher.py */
export const PRIORITIES = ['audit', 'critical', 'debug', 'error', 'info', 'sample', 'warn'] as const

export type Priority = (typeof PRIORITIES)[number]

/** Event type -> shape of its payload. */
// biome-ignore lint: an open map must accept any payload
export type EventMap = Record<string, any>

/** What an endpoint returns to say how it went. Nothing at all = HANDLED. */
export const NotificationResult = {
  HANDLED: 'handled',
  REQUEUE: 'requeue',
} as const

export interface RequeueResult {
  readonly verb: 'requeue'
  /** Milliseconds; absent = by the listener's retry policy. */
  readonly delay?: number
}

export interface RejectResult {
  readonly verb: 'reject'
  readonly reason: string
}

export type NotificationResult =
  | (typeof NotificationResult)[keyof typeof NotificationResult]
  | RequeueResult
  | RejectResult

/** Again, after `delay` ms. Without a delay as `NotificationResult.REQUEUE`. */
export function requeue(options: { readonly delay?: number } = {}): RequeueResult {
  return options.delay === undefined ? { verb: 'requeue' } : { verb: 'requeue', delay: options.delay }
}

/** Never again: to the dead-letter queue with this reason, where there is one. */
export function reject(reason: string): RejectResult {
  return { verb: 'reject', reason }
}

/** What is known about a notification beside what its sender said. */
export interface Metadata {
  /** The sender's `message_id`: one per notification, the same on each retry and in each pool. Null when the sender gave none. */
  readonly messageId: string | null
  /** As sent: UTC, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly timestamp: string | null
  /** The exchange through which it came, where the driver knows it: at the first attempt at least. */
  readonly exchange?: string | undefined
  /** Whether the broker delivered it before. */
  readonly redelivered: boolean
  /** Earlier attempts, as far as known: a lower bound. 0 at the first. */
  readonly attempts: number
  /** Aborts when the listener's drain deadline has passed: stop what you do, the message is given back. */
  readonly signal: AbortSignal
}

/**
 * An event type that is not in the map. A unit type and not a plain text: TypeScript narrows a union by comparing only when each member is told apart
 * by a unit type. There is no such value; declared, so that nothing is emitted.
 */
export declare enum OtherEventType {
  NOT_IN_THE_MAP = '(an event type that is not in the map)',
}

type KnownTypes<E extends EventMap> = string extends keyof E ? never : keyof E & string

/**
 * The arguments of an endpoint method, as a union of tuples: comparing `eventType` narrows `payload`. For classes that implement
 * NotificationEndpoint: `info(...[ctxt, publisherId, eventType, payload, metadata]: NotificationArgs<E>)`.
 */
export type NotificationArgs<E extends EventMap = EventMap> = string extends keyof E
  ? [ctxt: Context, publisherId: string, eventType: string, payload: E[string], metadata: Metadata]
  :
      | {
          [K in KnownTypes<E>]: [
            ctxt: Context,
            publisherId: string,
            eventType: K,
            payload: E[K],
            metadata: Metadata,
          ]
        }[KnownTypes<E>]
      | [ctxt: Context, publisherId: string, eventType: OtherEventType, payload: unknown, metadata: Metadata]

interface NotificationOf<T extends string, P> {
  readonly priority: Priority
  readonly ctxt: Context
  readonly publisherId: string
  readonly eventType: T
  readonly payload: P
  readonly metadata: Metadata
}

/** One notification as an object: in batches, filter functions, keys of the keyed executor, `for await` and `currentNotification()`. */
export type Notification<E extends EventMap = EventMap> = string extends keyof E
  ? NotificationOf<string, E[string]>
  : { [K in KnownTypes<E>]: NotificationOf<K, E[K]> }[KnownTypes<E>] | NotificationOf<OtherEventType, unknown>

/** What may be returned, at once or as a promise. */
export type EndpointReturn<R> = R | void | undefined | Promise<R | void | undefined>

/**
 * A method that leaves out arguments at the end. TypeScript can't compare one with a union of tuples of five, so it is let through by what all functions
 * have: its arguments are still typed and narrowed by their context, its return value is not checked.
 */
interface WithFewerArguments {
  readonly bind: CallableFunction['bind']
}

/** One method per priority it wants; called with the endpoint as `this`. */
export type NotificationMethod<E extends EventMap = EventMap> = string extends keyof E
  ? (...args: NotificationArgs<E>) => EndpointReturn<NotificationResult>
  : ((...args: NotificationArgs<E>) => EndpointReturn<NotificationResult>) | WithFewerArguments

/** One result for all, or a Map from notification to result; those not in the Map are handled. */
export type BatchResult<E extends EventMap = EventMap> =
  | NotificationResult
  | ReadonlyMap<Notification<E>, NotificationResult | undefined>

export type BatchMethod<E extends EventMap = EventMap> = (
  notifications: readonly Notification<E>[],
) => EndpointReturn<BatchResult<E>>

interface EndpointTraits<E extends EventMap> {
  /** What it wants; without one, everything of its priorities. */
  readonly filterRule?: FilterRule<E> | null
  /**
   * Under which a delayed retry remembers that it has handled a message. Default: its class name, or its place in the list and its
   * methods. Give one where you deploy new endpoints beside retries that are under way.
   */
  readonly name?: string
}

type MethodAt<M> = { readonly [P in Priority]?: M }

/** A plain object or class instance with a method for each priority it wants. */
export type NotificationEndpoint<E extends EventMap = EventMap> = EndpointTraits<E> &
  MethodAt<NotificationMethod<E>>

/** As NotificationEndpoint, each method called with a batch of one priority, in order of arrival. */
export type BatchNotificationEndpoint<E extends EventMap = EventMap> = EndpointTraits<E> &
  MethodAt<BatchMethod<E>>
