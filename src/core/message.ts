/** What a retried message carries from one attempt to the next. */
export interface Marks {
  /** Names of the endpoints that have already handled it; a retry skips them. */
  readonly finished: readonly string[]
  /** Milliseconds since the epoch of its first delivery, where a retry recorded it. */
  readonly firstSeen?: number
  /** Text of the last error, at most 4 KiB. */
  readonly lastError?: string
}

export interface RequeueOptions {
  /** Milliseconds before it comes back; 0 = at once. Given, 0 too, the attempt counts. Not given: it is given back at once, to its old place. */
  readonly delay?: number
  /** Endpoints that have handled it already. With any, it is republished, so that the mark travels with it. */
  readonly finished?: readonly string[]
  /** Why, for the mark of the last error. */
  readonly error?: unknown
}

export interface RejectOptions {
  /** A short word, e.g. `undecodable`, `retries-exhausted`, `rejected`, `invalid-payload`. */
  readonly reason?: string
  readonly error?: unknown
}

/**
 * One message as a driver hands it up. Settle it once, with one of the three verbs. A verb returns true when it was accepted, false
 * when it came late (already settled, or the link it came by is gone: the broker delivers it again). A verb never throws.
 */
export interface IncomingMessage {
  /** Never shared with another receiver; may be a view into a larger buffer: copy what must outlive the tick. */
  readonly body: Uint8Array
  /** Content type of the compression the body is under, as the sender's `compression` header says. */
  readonly compression?: string | undefined
  /** Through which it came, where the driver knows it; undefined for what was sent straight to a queue, as retries may be. */
  readonly exchange?: string | undefined
  readonly redelivered: boolean
  /** Earlier attempts, as far as known: a lower bound. 0 at the first. */
  readonly attempts: number
  readonly marks: Marks
  /** Done. */
  acknowledge(): boolean
  /** Not now: again, on the same subscription only. */
  requeue(options?: RequeueOptions): boolean
  /** Never: to the dead-letter queue where there is one, else dropped. */
  reject(options?: RejectOptions): boolean
}

/** How one message ends. */
export type Outcome =
  | { readonly verb: 'acknowledge' }
  /** `hold`: milliseconds until it is given back, for a driver that can't delay it. */
  | ({ readonly verb: 'requeue'; readonly hold?: number } & RequeueOptions)
  | ({ readonly verb: 'reject' } & RejectOptions)

/** The outcome of nearly all messages, made once. */
export const ACKNOWLEDGE: Outcome = { verb: 'acknowledge' }

/** Settles a message; returns what the verb returned. */
export function settle(message: IncomingMessage, outcome: Outcome): boolean {
  switch (outcome.verb) {
    case 'acknowledge':
      return message.acknowledge()
    case 'requeue':
      if ((outcome.hold ?? 0) === 0) return message.requeue(outcome)
      // Unsettled meanwhile, it keeps its place in the driver's credit; what is stopped meanwhile has given it back.
      setTimeout(() => message.requeue(outcome), outcome.hold).unref()
      return true
    case 'reject':
      return message.reject(outcome)
  }
}
