import type { Delivery } from './sections.js'

/** Counts since the pipelines were loaded. */
export interface PipelinesStats {
  readonly sources: Readonly<Record<string, { readonly accepted: number }>>
  readonly pipelines: Readonly<Record<string, PipelineStats>>
  readonly sinks: Readonly<Record<string, SinkStats>>
  /** By URL, without passwords. */
  readonly publishers: Readonly<Record<string, OutletStats>>
  /** Notifications that wait for their retry, of which it is remembered what their sinks still owe. */
  readonly owed: number
  /** Of those, how many were forgotten for want of room, so that a retry publishes to all sinks again. */
  readonly forgotten: number
  /** Samples that transformers released, and that a publisher refused or did not take before memory for them ran out. */
  readonly abandoned: number
}

export interface PipelineStats {
  /** Let through by the names of its source. */
  readonly accepted: number
  /** Accepted, but not handed on, by reason: `no-volume`, `not-a-number`, `not-finite`; and by `no-name`, not accepted, since its name is no text. */
  readonly dropped: Readonly<Record<string, number>>
}

export interface SinkStats {
  readonly delivery: Delivery
  /** Taken by all its publishers together: two publishers, two counts. */
  readonly published: number
  /** Attempts that failed, in samples or events. Of a refused batch only those count that are refused alone. */
  readonly failed: number
  /** Why its publishers did not take what they were last given; undefined when they did. */
  readonly failure?: string | undefined
  /** By transformers, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** Samples and predecessors that its transformers remember. */
  readonly held: number
}

export interface OutletStats {
  readonly calls: number
  readonly published: number
  readonly failed: number
}

/** Counts by name; names are of our own making, and few. */
export class Tally {
  readonly #counts = new Map<string, number>()

  count(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }
}
