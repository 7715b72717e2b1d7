/** When a notification that was not handled comes back, and what happens when it did so too often. */
export interface RetryPolicy {
  /** Retries after the first attempt, 0 to 1,000,000. Default 10. */
  readonly limit?: number
  /** Milliseconds before the first delayed retry. Default 500. A broker may round up to its next rung. */
  readonly delay?: number
  /** What the delay is multiplied by from one retry to the next, 1 to 100. Default 2. */
  readonly backoff?: number
  /** Longest delay in milliseconds. Default 60,000. */
  readonly maxDelay?: number
  /**
   * After the last retry: `dead-letter` (default) keeps the message with its reason in the dead-letter queue; `discard`
   * acknowledges it, with an `error` event.
   */
  readonly then?: 'dead-letter' | 'discard'
}

export const defaultRetryPolicy: Required<RetryPolicy> = {
  limit: 10,
  delay: 500,
  backoff: 2,
  maxDelay: 60_000,
  then: 'dead-letter',
}

/** Milliseconds before retry number `retry` (0 = the first). No jitter: order among retries is worth more here. */
export function retryDelay(policy: Required<RetryPolicy>, retry: number): number {
  // Beyond some thousand retries the power is Infinity, and 0 x Infinity no number.
  if (policy.delay === 0) return 0
  return Math.min(policy.maxDelay, policy.delay * policy.backoff ** Math.max(0, retry))
}

/** Full jitter: anything between nothing and the exponential step, so that clients do not come back in step. */
export function fullJitter(
  attempt: number,
  first: number,
  most: number,
  random: () => number = Math.random,
): number {
  return random() * Math.min(most, first * 2 ** Math.min(attempt, 30))
}

/**
 * How often a send is tried: null or -1 = for ever, 0 = one attempt, N = N retries (N + 1 attempts).
 * source: oslo.messaging's documented meaning; its code gives up on -1 when the very first connect fails, this does not.
 */
export function attemptsAllowed(retry: number | null | undefined): number {
  return retry === null || retry === undefined || retry < 0 ? Number.POSITIVE_INFINITY : retry + 1
}
