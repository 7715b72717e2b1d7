/** What becomes of a message that was not handled: the one place that knows the retry policy. */
import { EndpointFailure, MessagingException } from '../core/errors.js'
import { isInstance } from '../core/instance.js'
import { ACKNOWLEDGE, type IncomingMessage, type Outcome } from '../core/message.js'
import { type RetryPolicy, retryDelay } from '../core/retry.js'

export interface SettlementRules {
  /** Undefined = requeue is off: what was not handled is acknowledged, as in the original. */
  readonly policy: Required<RetryPolicy> | undefined
  /** Whether the driver can hold a message back; otherwise that is done here, so that none comes back in a hot loop. */
  readonly canDelay: boolean
}

/** Why a message was not handled. */
export interface Unhandled {
  /** What was thrown; absent when an endpoint asked for a requeue. */
  readonly error?: MessagingException
  /** Milliseconds an endpoint asked for. */
  readonly delay?: number | undefined
  /** Endpoints that have handled it. */
  readonly finished: readonly string[]
}

export interface Settlement {
  readonly outcome: Outcome
  /** What the listener's `error` event should say; absent when nothing was given up. */
  readonly givenUp?: MessagingException
}

/** How a message ends that an endpoint did not handle. */
export function settleUnhandled(
  rules: SettlementRules,
  message: IncomingMessage,
  unhandled: Unhandled,
): Settlement {
  const { policy } = rules
  const { error } = unhandled
  if (policy === undefined) {
    const givenUp =
      error ??
      new MessagingException(
        'REQUEUE_NOT_ALLOWED',
        'an endpoint asked for a requeue, which is off: the notification is acknowledged and lost; make the listener with allowRequeue: true',
      )
    return { outcome: ACKNOWLEDGE, givenUp }
  }
  if (message.attempts >= policy.limit) {
    const spent = new MessagingException(
      'RETRIES_EXHAUSTED',
      `not handled in ${message.attempts + 1} attempts (retry limit ${policy.limit})`,
      {
        cause: error,
      },
    )
    const outcome: Outcome =
      policy.then === 'discard'
        ? ACKNOWLEDGE
        : { verb: 'reject', reason: 'retries-exhausted', error: recordedError(error) ?? spent }
    return { outcome, givenUp: spent }
  }
  const delay = delayOf(policy, message.attempts, unhandled)
  return {
    outcome: {
      verb: 'requeue',
      ...(rules.canDelay ? { delay } : { hold: delay }),
      finished: unhandled.finished,
      error: recordedError(error),
    },
  }
}

/** What the message carries on: what an endpoint threw is told as it is; a thread that ended, or a time that was up, only we can tell. */
function recordedError(error: MessagingException | undefined): unknown {
  return error?.code === 'ENDPOINT_THREW' ? error.cause : error
}

/** An asked-for requeue comes back at once the first time, as in the original; only when it recurs it is slowed down. */
function delayOf(policy: Required<RetryPolicy>, attempts: number, { delay, error }: Unhandled): number {
  if (delay !== undefined) return delay
  if (error !== undefined) return retryDelay(policy, attempts)
  return attempts === 0 ? 0 : retryDelay(policy, attempts - 1)
}

/** What an endpoint threw, with its name; the thrown value is the `cause`. */
export function endpointFailure(endpoint: string, method: string, thrown: unknown): MessagingException {
  if (isInstance(thrown, EndpointFailure)) return thrown
  return new EndpointFailure(
    'ENDPOINT_THREW',
    endpoint,
    `endpoint '${endpoint}' threw in ${method}(): ${textOf(thrown)}`,
    { cause: thrown },
  )
}

function textOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  try {
    const text: unknown = thrown instanceof Error ? thrown.message : undefined
    return typeof text === 'string' ? text : 'something that is no Error'
  } catch {
    return 'something that can not be read'
  }
}
