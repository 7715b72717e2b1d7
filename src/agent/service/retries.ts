/** How often what did not work is tried again: a sink that is down deserves more patience than a notification that nobody can handle. */
import { NotificationResult, type RetryPolicy, reject, requeue } from '../../index.js'
import type { Counters } from './counters.js'

/** `fault`: a plug-in threw. `outage`: a sink does not take anything. `vain`: the same again would fail again, or a sink refuses it. */
export type Trouble = 'fault' | 'outage' | 'vain'

/** Without a limit in the configuration: 10 retries of a fault (5 minutes), 1,000 of an outage (16 hours). */
const LIMITS: Readonly<Record<Trouble, number>> = { fault: 10, outage: 1_000, vain: 0 }

export class Retries {
  readonly #policy: Required<Omit<RetryPolicy, 'limit'>>
  readonly #limits: Readonly<Record<Trouble, number>>

  constructor({ limit, delay = 500, backoff = 2, maxDelay = 60_000, then = 'dead-letter' }: RetryPolicy) {
    // biome-ignore lint: `then` is the policy's word, the object is never awaited
    this.#policy = { delay, backoff, maxDelay, then }
    this.#limits = limit === undefined ? LIMITS : { fault: limit, outage: limit, vain: 0 }
  }

  /** For the listener: it comes to its end only where the endpoints do not. */
  get policy(): Required<RetryPolicy> {
    return { ...this.#policy, limit: Math.max(...Object.values(this.#limits)) + 1 }
  }

  /**
   * Again, after the policy's delay, also the first time: a sink that is down is not up a moment later. After the last, to the dead letters with the reason, or away.
   * `attempts`: the earlier ones.
   */
  sequel(
    trouble: Trouble,
    attempts: number,
    reason: string,
    kind: string,
    counters: Counters,
  ): NotificationResult {
    const { delay, backoff, maxDelay, then } = this.#policy
    if (attempts < this.#limits[trouble]) {
      counters.add('retried', 1, { endpoint: kind })
      // Beyond some thousand retries the power is Infinity, and 0 x Infinity no number.
      return requeue({ delay: delay === 0 ? 0 : Math.min(maxDelay, delay * backoff ** attempts) })
    }
    if (then === 'discard') {
      counters.add('dropped', 1, { reason: 'retries-exhausted' })
      return NotificationResult.HANDLED
    }
    counters.add('dead', 1, { endpoint: kind })
    return reject(attempts === 0 ? reason : `${reason} (${attempts + 1} attempts)`)
  }
}
