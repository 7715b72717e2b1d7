/** What an agent tells of itself: for `tocsin agent status`, metrics and the live page. */
import { TransportURL } from '../../index.js'
import type { PipelinesStats, SinkStats } from '../pipeline/counters.js'
import type { CounterName, Counters } from './counters.js'
import type { ShownLetter } from './dead-letter-list.js'
import type { LiveReport } from './live.js'
import type { Running } from './running.js'

export type AgentState = 'idle' | 'starting' | 'running' | 'reloading' | 'stopping' | 'stopped'

export interface AgentStatus {
  readonly state: AgentState
  /** Whether it runs, and every listener listens. */
  readonly isHealthy: boolean
  /** What a start or a reload waits for at this moment, in words: `the broker of rabbit://controller:5672/`. */
  readonly waitsFor: readonly string[]
  /** URLs without passwords. */
  readonly listeners: readonly { readonly url: string; readonly state: string; readonly inHand: number }[]
  readonly sinks: {
    readonly samples: PipelinesStats | undefined
    readonly events: PipelinesStats | undefined
  }
  /** By name, then by labels: `counters.dropped['reason="null-volume"']`. */
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>
}

export function statusOf(
  state: AgentState,
  waitsFor: readonly string[],
  running: Running | undefined,
  counters: Counters,
): AgentStatus {
  const { samples, events, settings } = running?.plan ?? {}
  const listeners = (running?.listeners ?? []).map((listener, index) => {
    const { state: now, inHand } = listener.stats()
    const url = settings?.messaging.urls[index]
    return { url: url === undefined ? '' : TransportURL.parse(url).toSafeString(), state: now, inHand }
  })
  // Between two configurations there may be none for a while.
  const isUp = running !== undefined && (state === 'running' || state === 'reloading')
  return {
    state,
    isHealthy: isUp && listeners.every((listener) => listener.state === 'listening'),
    waitsFor,
    listeners,
    sinks: { samples: samples?.pipelines.stats, events: events?.pipelines.stats },
    counters: counters.snapshot(),
  }
}

/** What the live page shows, in rows. */
export function pageOf(
  { state, isHealthy, waitsFor, listeners, counters, sinks }: AgentStatus,
  live: LiveReport,
  deadLetters: readonly ShownLetter[],
): object {
  return {
    state,
    isHealthy,
    waitsFor,
    listeners,
    sinks: Object.entries(sinks).flatMap(([kind, stats]) =>
      Object.entries(stats?.sinks ?? {}).map(([name, sink]) => ({
        kind,
        name,
        delivery: sink.delivery,
        published: sink.published,
        failed: sink.failed,
        held: sink.held,
        state: stateOfSink(sink),
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

function stateOfSink({ published, failure }: SinkStats): string {
  if (failure !== undefined) return `fails: ${failure}`
  return published === 0 ? 'was given nothing yet' : 'takes'
}

/** Why no endpoint sees a notification. */
const INTAKE_LOSSES = ['duplicates', 'undecodable', 'unknownPriority'] as const

/** A count, the labels of its series, and how far it has come. */
interface Tally {
  readonly name: CounterName
  readonly labels: Readonly<Record<string, string>>
  value: number
}

/** What listeners, pipelines and sinks count themselves, carried over from one configuration to the next. */
export class Tallies {
  readonly #past: Tallied = new Map()

  /** Of what will be gone. */
  keep(running: Running): void {
    addAll(this.#past, running)
  }

  writeTo(counters: Counters, running: Running | undefined): void {
    const all: Tallied = new Map([...this.#past].map(([key, tally]) => [key, { ...tally }]))
    if (running !== undefined) addAll(all, running)
    for (const { name, labels, value } of all.values()) counters.set(name, value, labels)
  }
}

type Tallied = Map<string, Tally>

function addAll(tallied: Tallied, { listeners, plan }: Running): void {
  const add = (name: CounterName, value: number, labels: Tally['labels'] = {}): void => {
    const key = JSON.stringify([name, labels])
    const known = tallied.get(key)
    if (known !== undefined) known.value += value
    else tallied.set(key, { name, labels, value })
  }
  const drop = (reason: string, count: number): void => {
    if (count > 0) add('dropped', count, { reason })
  }
  for (const listener of listeners) {
    const stats = listener.stats()
    add('consumed', stats.received)
    for (const reason of INTAKE_LOSSES) drop(reason, stats[reason])
  }
  for (const kind of ['samples', 'events'] as const) {
    const stats = plan[kind]?.pipelines.stats
    if (stats === undefined) continue
    for (const { dropped } of Object.values(stats.pipelines))
      for (const [reason, count] of Object.entries(dropped)) drop(`pipeline-${reason}`, count)
    for (const [sink, { published, failed, dropped }] of Object.entries(stats.sinks)) {
      add('published', published, { kind, sink })
      add('failed', failed, { kind, sink })
      for (const [reason, count] of Object.entries(dropped)) drop(`sink-${reason}`, count)
    }
    drop('sink-abandoned', stats.abandoned)
  }
}
