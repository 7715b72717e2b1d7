/** What an agent tells of itself: for `tocsin agent status`, metrics and the live page. */
import { type NotificationListener, TransportURL } from '../../index.js'
import type { PipelinesStats } from '../pipeline/counters.js'
import type { Counters } from './counters.js'
import type { ShownLetter } from './dead-letter-list.js'
import type { LiveReport } from './live.js'
import type { Running } from './running.js'

export type AgentState = 'idle' | 'starting' | 'running' | 'reloading' | 'stopping' | 'stopped'

export interface AgentStatus {
  readonly state: AgentState
  /** Whether it runs, and every listener listens. */
  readonly isHealthy: boolean
  /** URLs without passwords. */
  readonly listeners: readonly { readonly url: string; readonly state: string; readonly inHand: number }[]
  readonly sinks: {
    readonly samples: PipelinesStats | undefined
    readonly events: PipelinesStats | undefined
  }
  /** By name, then by labels: `counters.dropped['reason="null-volume"']`. */
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>
}

export function statusOf(state: AgentState, running: Running | undefined, counters: Counters): AgentStatus {
  const { samples, events, settings } = running?.plan ?? {}
  const listeners = (running?.listeners ?? []).map((listener, index) => {
    const { state: now, inHand } = listener.stats()
    const url = settings?.messaging.urls[index]
    return { url: url === undefined ? '' : TransportURL.parse(url).toSafeString(), state: now, inHand }
  })
  const isUp = state === 'running' || state === 'reloading'
  return {
    state,
    isHealthy: isUp && listeners.every((listener) => listener.state === 'listening'),
    listeners,
    sinks: { samples: samples?.pipelines.stats, events: events?.pipelines.stats },
    counters: counters.snapshot(),
  }
}

/** What the live page shows, in rows. */
export function pageOf(
  { state, isHealthy, listeners, counters, sinks }: AgentStatus,
  live: LiveReport,
  deadLetters: readonly ShownLetter[],
): object {
  return {
    state,
    isHealthy,
    consumed: counters['consumed']?.[''] ?? 0,
    listeners,
    sinks: Object.entries(sinks).flatMap(([kind, stats]) =>
      Object.entries(stats?.sinks ?? {}).map(([name, { delivery, published, failed }]) => ({
        kind,
        name,
        delivery,
        published,
        failed,
      })),
    ),
    dropped: Object.entries(counters['dropped'] ?? {}).map(([labels, count]) => ({
      reason: labels.replace(/^reason="|"$/g, ''),
      count,
    })),
    ...live,
    deadLetters,
  }
}

/** What a listener counts before an endpoint sees it; all but the first are why none does. */
const INTAKE_COUNTS = ['received', 'duplicates', 'undecodable', 'unknownPriority'] as const

/** What listeners and sinks count themselves, carried over from one configuration to the next. */
export class Tallies {
  readonly #past = new Map<string, number>()

  /** Of listeners that will be gone. */
  keep({ listeners }: Running): void {
    addIntake(this.#past, listeners)
  }

  writeTo(counters: Counters, running: Running | undefined): void {
    const intake = new Map(this.#past)
    addIntake(intake, running?.listeners ?? [])
    for (const [count, value] of intake) {
      if (count === 'received') counters.set('consumed', value)
      else if (value > 0) counters.set('dropped', value, { reason: count })
    }
    for (const kind of ['samples', 'events'] as const) {
      const stats = running?.plan[kind]?.pipelines.stats
      for (const [sink, { published, failed }] of Object.entries(stats?.sinks ?? {})) {
        counters.set('published', published, { kind, sink })
        counters.set('failed', failed, { kind, sink })
      }
    }
  }
}

function addIntake(counts: Map<string, number>, listeners: readonly NotificationListener[]): void {
  for (const listener of listeners) {
    const stats = listener.stats()
    for (const count of INTAKE_COUNTS) counts.set(count, (counts.get(count) ?? 0) + stats[count])
  }
}
