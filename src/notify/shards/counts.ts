/** The numbers of a listener that is several: what a shard reports, and their sum. */
import type { ListenerStats as DriverStats } from '../../core/driver.js'
import type { EndpointStats } from '../bound-endpoint.js'
import { type IntakeStats, noIntakeStats } from '../intake.js'

/** What one listener in one thread counts, as it told last. */
export interface ShardCounts extends Readonly<IntakeStats> {
  readonly isLive: boolean
  readonly inHand: number
  readonly backlog: number
  readonly endpoints: Readonly<Record<string, EndpointStats>>
  readonly driver: DriverStats
}

export function noCounts(endpoints: readonly string[]): ShardCounts {
  const none = { received: 0, filtered: 0, handled: 0, requeued: 0, failed: 0, rejected: 0 }
  return {
    ...noIntakeStats(),
    isLive: true,
    inHand: 0,
    backlog: 0,
    endpoints: Object.fromEntries(endpoints.map((name) => [name, none])),
    driver: noDriverCounts,
  }
}

const noDriverCounts: DriverStats = {
  delivered: 0,
  acknowledged: 0,
  requeued: 0,
  rejected: 0,
  stale: 0,
  unsettled: 0,
}

/** Of a thread that is gone: nothing is in its hand any more. */
export function afterEnd(counts: ShardCounts): ShardCounts {
  return { ...counts, inHand: 0, backlog: 0, driver: { ...counts.driver, unsettled: 0 }, isLive: true }
}

/** With the driver's numbers begun anew: they are those of one start. */
export function atStart(counts: ShardCounts): ShardCounts {
  return { ...counts, driver: noDriverCounts }
}

export function sum(all: readonly ShardCounts[]): ShardCounts {
  return all.reduce((one, other) => ({
    ...addNumbers(one, other),
    isLive: one.isLive && other.isLive,
    endpoints: Object.fromEntries(
      Object.entries(one.endpoints).map(([name, counts]) => {
        const more = other.endpoints[name]
        return [name, more === undefined ? counts : addNumbers(counts, more)]
      }),
    ),
    driver: {
      ...addNumbers(one.driver, other.driver),
      isLive: one.driver.isLive !== false && other.driver.isLive !== false,
    },
  }))
}

/** What is no number is left as `one` has it. */
function addNumbers<T extends object>(one: T, other: T): T {
  const added = { ...one } as Record<string, unknown>
  for (const [name, value] of Object.entries(other)) {
    if (typeof value === 'number') added[name] = ((added[name] as number | undefined) ?? 0) + value
  }
  return added as T
}
