import { MessagingException } from '../../index.js'

/**
 * What a publisher was given was not taken. Codes: `REFUSED`, `UNREACHABLE`, `TIMED_OUT`, `UNEXPECTED_ANSWER`, `QUEUE_FULL`, `CLOSED`,
 * `NOT_WRITTEN`, `NOT_SENT`. The text never holds a password.
 */
export class PublishFailure extends MessagingException {
  /** `refused`: the receiver will not take this, however often it is tried. `failed`: a later attempt may do. */
  readonly outcome: 'refused' | 'failed'
  /** Milliseconds that the receiver asks us to wait before the next attempt; 0 = it did not say. */
  readonly retryAfter: number

  constructor(
    outcome: 'refused' | 'failed',
    code: string,
    message: string,
    { cause, retryAfter = 0 }: { readonly cause?: unknown; readonly retryAfter?: number } = {},
  ) {
    super(code, message, cause === undefined ? {} : { cause })
    this.outcome = outcome
    this.retryAfter = retryAfter
  }
}

/** Anything that was thrown, as a PublishFailure: what nobody foresaw may do later. */
export function asPublishFailure(error: unknown, code = 'NOT_SENT'): PublishFailure {
  if (error instanceof PublishFailure) return error
  return new PublishFailure('failed', code, describeError(error), { cause: error })
}

/** The text of anything that was thrown. Errors of several addresses have an empty one of their own. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(describeError).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}
