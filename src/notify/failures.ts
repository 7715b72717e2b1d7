/** Several sends of one notification, by drivers or to topics, and what becomes of their failures. */
import { describeError, MessageDeliveryFailure, MessagingException } from '../core/errors.js'

/** Done when it returns, or when its promise resolves. */
export type Send = () => Promise<void> | void

/**
 * Starts all in their order and in this tick, so that two notifications never overtake one another. A failure stops none. Resolves when
 * all have settled; rejects with the failure, or with a MessageDeliveryFailure of code `SEVERAL_FAILURES` whose `cause` is an
 * AggregateError of them all. Those that did not fail are done: sending the notification again repeats them.
 */
export async function sendAll(sends: readonly Send[]): Promise<void> {
  const [only] = sends
  if (sends.length === 1 && only !== undefined) return only()
  const settled = await Promise.allSettled(sends.map(start))
  const failures = settled
    .filter((result) => result.status === 'rejected')
    .map((result) => asFailure(result.reason))
  const [first] = failures
  if (first === undefined) return
  throw failures.length === 1 ? first : severalFailures(failures, sends.length)
}

// An async function turns what a driver throws into a rejection, and still runs it in this tick.
async function start(send: Send): Promise<void> {
  await send()
}

/** What callers of a notifier may catch: an error of this library. */
export function asFailure(error: unknown): MessagingException {
  if (error instanceof MessagingException) return error
  return new MessageDeliveryFailure('DRIVER_FAILED', `a notifier driver failed: ${describeError(error)}`, {
    cause: error,
    outcome: 'unknown',
  })
}

/** The failures of a composite one by one; any other as it is. */
export function eachFailure(failure: MessagingException): readonly MessagingException[] {
  return failure.code === 'SEVERAL_FAILURES' && failure.cause instanceof AggregateError
    ? (failure.cause.errors as MessagingException[])
    : [failure]
}

function severalFailures(failures: readonly MessagingException[], sends: number): MessageDeliveryFailure {
  const single = failures.flatMap(eachFailure)
  const texts = [...new Set(single.map((failure) => failure.message))]
  return new MessageDeliveryFailure(
    'SEVERAL_FAILURES',
    `${failures.length} of ${sends} sends of one notification failed: ${texts.join('; ')}`,
    {
      cause: new AggregateError(single, 'the failure of each send'),
      outcome: single.some(
        (failure) => !(failure instanceof MessageDeliveryFailure) || failure.outcome === 'unknown',
      )
        ? 'unknown'
        : 'not-sent',
    },
  )
}
