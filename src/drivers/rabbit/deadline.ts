import { MessagingTimeout } from '../../core/errors.js'

/** A broker that does not answer must not hold anybody: the promise, or MessagingTimeout after `ms`. */
export function withDeadline<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new MessagingTimeout('TIMEOUT', `the broker did not answer within ${ms} ms: ${what}`)),
      ms,
    )
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** What an AMQP error says: its reply code, or undefined for other errors. */
export function replyCode(error: unknown): number | undefined {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'number' ? code : undefined
}
