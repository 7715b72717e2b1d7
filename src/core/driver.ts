import type { EventSource } from './events.js'
import type { Logger } from './logger.js'
import type { IncomingMessage } from './message.js'
import type { TransportURL } from './url.js'

/**
 * Where a message goes, or comes from. The library computes it from a target and a priority; a driver maps it onto its broker.
 * - `shared`: one copy per pool, and one for the listeners without a pool; kept until somebody listens.
 * - `fanout`: one copy for each listener that listens now; nothing is kept for later.
 * - `direct`: straight to the queue named `topic`, whatever the exchange.
 */
export interface Route {
  readonly exchange: string
  readonly topic: string
  readonly mode: 'shared' | 'fanout' | 'direct'
}

/** Listeners of one pool share one copy; each pool gets its own, from the moment it first listens. */
export interface Subscription extends Route {
  readonly pool?: string
}

/** What a driver can do, as data; the conformance suite asserts each, true or false. */
export interface Features {
  /** Gives a message back to its own subscription. */
  readonly requeue: boolean
  readonly pools: boolean
  readonly fanout: boolean
  readonly direct: boolean
  /** First attempts arrive in the order in which they were sent. */
  readonly ordered: boolean
  /** Requeue with a delay. */
  readonly delay: boolean
  /** Keeps rejected messages for `deadLetters()`. */
  readonly deadLetter: boolean
}

export interface SendOptions {
  /** Retries when the link is lost or the broker nacks: null or -1 = for ever (default), 0 = one attempt, N = N retries. */
  readonly retry?: number | null | undefined
  /** Milliseconds until the promise rejects, whatever the retries. Default 30,000; 0 = no bound. */
  readonly timeout?: number | undefined
  /** Aborting it rejects the promise; a message already on the wire may still arrive. */
  readonly signal?: AbortSignal | undefined
  /** Reject with MessageUndeliverable when no queue takes the message. Default false. */
  readonly mandatory?: boolean | undefined
  /** The caller gives the body away and never changes it again, so that the driver need not copy it. Default false. */
  readonly ownsBody?: boolean | undefined
}

export interface ListenOptions {
  /** Most unsettled messages in hand per queue, 1 to 65,535. */
  readonly credit: number
  /** Whether rejected messages are kept for `deadLetters()`. */
  readonly deadLetter: boolean
  /** Milliseconds the first connect may take before `listen` rejects. */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Told once for each time the driver had to restore the subscriptions. */
  readonly onRestored?: (() => void) | undefined
}

/** State of a link, in the order a healthy one runs through. */
export type LinkState = 'idle' | 'connecting' | 'up' | 'blocked' | 'down' | 'closed'

export interface Health {
  /** The worst of the links. */
  readonly state: LinkState
  /** Each link by its name, where there are several. */
  readonly links?: Readonly<Record<string, LinkState>>
  /** Queues that listeners want to consume, and how many of them are consumed at this moment: fewer while they are restored. */
  readonly consumers?: { readonly wanted: number; readonly live: number }
  /** `host:port` of the broker in use, where there is one. */
  readonly broker?: string
  /** Messages handed to `send` and not settled yet. */
  readonly pendingSends: number
  /** Text of the last trouble with the link; absent while all is well. */
  readonly lastError?: string
}

export type DriverEvents = {
  /** A link changed its state. `link` names it, e.g. `publish` or `consume`. */
  link: (change: {
    readonly link: string
    readonly state: LinkState
    readonly broker?: string
    readonly error?: Error
  }) => void
  /** Trouble that no promise carries: an adopted entity, a cancelled consumer, a republish that failed. */
  trouble: (error: Error) => void
}

/** Numbers since `listen`, but for `unsettled` and `isLive`, which are now. */
export interface ListenerStats {
  readonly delivered: number
  readonly acknowledged: number
  readonly requeued: number
  readonly rejected: number
  /** Settles that came after the link they belong to was lost. */
  readonly stale: number
  /** In hand of the library now. */
  readonly unsettled: number
  /** False while a subscription is being restored, and nothing comes of it. */
  readonly isLive?: boolean
}

export interface DriverListener {
  /** When it resolves, `onIncoming` is never called again. Messages in hand can still be settled. Idempotent. */
  stop(): Promise<void>
  /** Flushes settlements, gives back what is unsettled and frees the link, within `deadline` ms (default 5,000). Idempotent. */
  close(deadline?: number): Promise<void>
  stats(): ListenerStats
}

/** A message that was rejected and kept. */
export interface DeadLetter {
  /** Of this dead letter alone, also among those of other subscriptions; what `replay` and `purge` take. */
  readonly id: string
  readonly body: Uint8Array
  readonly compression?: string
  readonly reason: string
  readonly error?: string
  readonly attempts: number
  /** Milliseconds since the epoch, where known. */
  readonly firstSeen?: number
}

/** The dead letters of one subscription. */
export interface DeadLetters {
  /** The oldest `limit` (default 100) without removing them. */
  list(options?: { readonly limit?: number }): Promise<readonly DeadLetter[]>
  /** Sends them (all, or those of `ids`) back to the queue they came from, attempts at 0. Resolves with how many. */
  replay(options?: { readonly ids?: readonly string[] }): Promise<number>
  /** Removes them (all, or those of `ids`). Resolves with how many. */
  purge(options?: { readonly ids?: readonly string[] }): Promise<number>
}

/** A broker seen from above. */
export interface Driver {
  /** Data, never asks the broker. Without an argument: of shared routes. */
  features(subscription?: Subscription): Features
  readonly events: EventSource<DriverEvents>
  /**
   * Resolves when the broker owns the message. The driver retries a lost link itself, within `retry`, `timeout` and `signal`. It takes
   * over `body` by value before it returns: the caller may reuse the bytes. Only while its bounded buffer is full (a long outage) does it
   * copy later: who sends on without awaiting then leaves the bytes alone until the promise settles. Rejects with MessageDeliveryFailure (its `cause` says
   * why) or MessageUndeliverable.
   */
  send(route: Route, body: Uint8Array, options?: SendOptions): Promise<void>
  /**
   * Resolves when every subscription is live; the driver restores them after a lost link. Hands up at most `credit` unsettled messages
   * per queue. `onIncoming` never throws. Rejects with ConnectionFailure when the broker can't be reached in time.
   */
  listen(
    subscriptions: readonly Subscription[],
    options: ListenOptions,
    onIncoming: (message: IncomingMessage) => void,
  ): Promise<DriverListener>
  /** Resolves when every send made before it has settled, or rejects with MessagingTimeout after `timeout` ms (default 30,000). */
  flush(options?: { readonly timeout?: number }): Promise<void>
  health(): Health
  deadLetters(subscription: Subscription): DeadLetters
  /** Stops listeners, flushes, settles, frees. Afterwards `send` and `listen` reject with NotOpen. Idempotent, also concurrently. */
  cleanup(): Promise<void>
}

/** What the library gives a driver when it is made. */
export interface DriverDependencies {
  readonly logger: Logger
  /** Bytes; a longer body is refused by `send` with UnserializableMessage (code `BODY_TOO_LARGE`). */
  readonly maxBodySize: number
}

/**
 * How a driver is known to `getTransport`. Making one does no I/O: a driver connects at first use, and loads its client library then.
 */
export interface DriverEntry {
  /**
   * Checks the URL and makes the driver. Throws ConfigurationError that lists every wrong option at once.
   */
  create(url: TransportURL, dependencies: DriverDependencies): Driver
}
