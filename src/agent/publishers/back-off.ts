/** Milliseconds between attempts. */
export interface BackOff {
  readonly first: number
  readonly most: number
}

export const defaultBackOff: BackOff = { first: 200, most: 30_000 }

/** Full jitter: anything between nothing and the exponential step, so that many publishers do not come back in step. `attempt` from 0. */
export function backOffDelay(
  attempt: number,
  { first, most }: BackOff,
  random: () => number = Math.random,
): number {
  return random() * Math.min(most, first * 2 ** Math.min(attempt, 30))
}

/** Resolves after `delay` ms, or at once when the signal aborts. Never rejects. */
export function pause(delay: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, delay)
    signal.addEventListener('abort', end)
  })
}
