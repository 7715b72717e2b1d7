import { MessagingException } from '../../index.js'

/**
 * What a publisher was given was not taken. Codes: `REFUSED`, `UNREACHABLE`, `TIMED_OUT`, `UNEXPECTED_ANSWER`, `QUEUE_FULL`, `CLOSED`,
 * `NOT_WRITTEN`, `NOT_SENT`; `MISCONFIGURED`: it fails until somebody mends the address, the login or the receiver, so that it is not tried
 * again at once. The text never holds a password.
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

/** The receiver is not where the URL says, or does not let us in: no fault of what was sent, and not over in a moment. */
export function misconfigured(message: string, cause?: unknown): PublishFailure {
  return new PublishFailure('failed', 'MISCONFIGURED', message, { cause })
}

/** The publisher was closed, before or meanwhile. */
export function publisherClosed(url: string): PublishFailure {
  return new PublishFailure('failed', 'CLOSED', `${url}: it is closed`)
}

/** A file or a stream did not take what was written. */
export function notWritten({ safe }: { readonly safe: string }, cause: unknown): PublishFailure {
  return new PublishFailure('failed', 'NOT_WRITTEN', `${safe}: ${describeError(cause)}`, { cause })
}

/** Anything that was thrown, as a PublishFailure: what nobody foresaw may do later. */
export function asPublishFailure(error: unknown, code = 'NOT_SENT'): PublishFailure {
  if (error instanceof PublishFailure) return error
  return new PublishFailure('failed', code, describeError(error), { cause: error })
}

/** The same for a place where the publisher's URL stands before it: a text that begins with it, or asks the same host, does not name it again. */
export function reasonWithout(url: string, error: unknown): string {
  const text = describeError(error)
  if (text.startsWith(`${url}: `)) return text.slice(url.length + 2)
  const [, method, host = '', path] = /^([A-Z]+) https?:\/\/([^/]+)(\/.*)$/s.exec(text) ?? []
  const own = /^[^:]+:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(url)?.[1]?.toLowerCase()
  const isOwn = own === host || own === host.replace(/:\d+$/, '') || own?.replace(/:(80|443)$/, '') === host
  return method !== undefined && isOwn ? `${method} ${path}` : text
}

/** The text of anything that was thrown. Errors of several addresses have an empty one of their own. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(describeError).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}
