/** The errors with which a publish rejects. */
import {
  describeError,
  MessageDeliveryFailure,
  MessagingException,
  MessagingTimeout,
} from '../../core/errors.js'
import { replyCode } from './deadline.js'

export function deliveryFailure(code: string, cause: Error, isUnknown: boolean): MessageDeliveryFailure {
  const hint = isUnknown ? ' (it was on its way to the broker, which may have it)' : ''
  return new MessageDeliveryFailure(code, `the message was not delivered${hint}: ${cause.message}`, {
    cause,
    outcome: isUnknown ? 'unknown' : 'not-sent',
  })
}

export function timedOut(
  timeout: number,
  isUnknown: boolean,
  cause: Error | undefined,
): MessageDeliveryFailure {
  const reason = cause ?? new MessagingTimeout('TIMEOUT', `no confirm within ${timeout} ms`)
  return deliveryFailure('TIMEOUT', reason, isUnknown)
}

export function aborted(reason: unknown, isUnknown: boolean): MessageDeliveryFailure {
  const cause = reason instanceof Error ? reason : new Error(describeError(reason))
  return deliveryFailure('ABORTED', cause, isUnknown)
}

export function nacked(): MessagingException {
  return new MessagingException(
    'NACKED',
    'the broker could not take the message (nack), e.g. a full queue with reject-publish',
  )
}

export function unsendable(error: unknown): MessageDeliveryFailure {
  return new MessageDeliveryFailure(
    'UNSENDABLE',
    `the message can't be put into AMQP frames: ${describeError(error)}`,
    {
      cause: error,
    },
  )
}

export function noSuchExchange(name: string, cause: unknown): MessageDeliveryFailure {
  return new MessageDeliveryFailure(
    'NO_SUCH_EXCHANGE',
    `there is no exchange '${name}', and declaring it did not help`,
    {
      cause,
    },
  )
}

/** Refused declarations stay refused; a lost link or a late answer may mend. */
export function isLastingRefusal(error: unknown): boolean {
  if (error instanceof MessagingException) return error.code === 'TOPOLOGY_CONFLICT'
  const code = replyCode(error)
  return code === 403 || code === 405 || code === 406
}

/** Name of the exchange whose lack closed a channel. */
export function missingExchange(error: unknown): string | undefined {
  return replyCode(error) === 404 ? /no exchange '([^']*)'/.exec(describeError(error))?.[1] : undefined
}

/** A channel closed because of what was published on it. */
export interface Refusal {
  readonly code: string
  readonly cause: Error
  /** Whether this is what the broker refused: sent again, it would close the next channel too, and hold up all others. */
  concerns(entry: { readonly publication: { readonly exchange: string }; readonly body: Buffer }): boolean
}

/** What the broker's text blames; undefined = no message in particular. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined
  const named = replyCode(error) === 403 ? /exchange '([^']*)'/.exec(error.message)?.[1] : undefined
  if (named !== undefined) {
    const exchange = named === 'amq.default' ? '' : named
    return {
      code: 'ACCESS_REFUSED',
      cause: error,
      concerns: ({ publication }) => publication.exchange === exchange,
    }
  }
  const most =
    replyCode(error) === 406
      ? /larger than (?:configured )?max size (\d+)/.exec(error.message)?.[1]
      : undefined
  if (most === undefined) return undefined
  return { code: 'BODY_TOO_LARGE', cause: error, concerns: ({ body }) => body.length > Number(most) }
}
