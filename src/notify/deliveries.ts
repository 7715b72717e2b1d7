/** Several deliveries of one notification: by several drivers, or to several topics. */
import { describeError, MessageDeliveryFailure, MessagingException } from '../core/errors.js'

/** Starts a delivery; done when it returns, or when its promise resolves. */
export type Delivery = () => Promise<void> | void

/**
 * Starts all in their order and in this tick, so that two notifications never overtake one another. A failure stops none. Resolves when
 * all have settled; rejects with the failure, or with a MessageDeliveryFailure of code `SEVERAL_FAILURES` whose `cause` is an
 * AggregateError of them all.
 */
export async function deliverAll(deliveries: readonly Delivery[]): Promise<void> {
  const [only] = deliveries
  if (deliveries.length === 1 && only !== undefined) return only()
  const settled = await Promise.allSettled(deliveries.map(start))
  const failures = settled
    .filter((result) => result.status === 'rejected')
    .map((result) => asFailure(result.reason))
  const [first] = failures
  if (first === undefined) return
  throw failures.length === 1 ? first : severalFailures(failures, deliveries.length)
}

// An async function turns what a driver throws into a rejection, and still runs it in this tick.
async function start(delivery: Delivery): Promise<void> {
  await delivery()
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

function severalFailures(
  failures: readonly MessagingException[],
  deliveries: number,
): MessageDeliveryFailure {
  const single = failures.flatMap(eachFailure)
  const texts = [...new Set(single.map((failure) => failure.message))]
  return new MessageDeliveryFailure(
    'SEVERAL_FAILURES',
    `${failures.length} of ${deliveries} deliveries of one notification failed: ${texts.join('; ')}`,
    {
      cause: new AggregateError(single, 'the failure of each delivery'),
      outcome: single.some(
        (failure) => !(failure instanceof MessageDeliveryFailure) || failure.outcome === 'unknown',
      )
        ? 'unknown'
        : 'not-sent',
    },
  )
}
