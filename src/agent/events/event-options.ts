import type { TraitPluginFactory } from '../plugins/plugin.js'

/** How events are made. Every default is in docs/agent/compatibility.md with its reason. */
export interface EventOptions {
  /** Whether a notification that no definition matches is dropped; else it is an event with the default traits alone. Default false. */
  readonly dropUnmatched?: boolean
  /** Priorities, in any case, whose events carry their whole notification: `info`, `error`. Other words say nothing. Default none. */
  readonly storeRaw?: readonly string[]
  /** What a trait that can't be what its type says costs. Default `drop-trait`; the original loses the event. */
  readonly badTrait?: 'drop-trait' | 'drop-event'
  /** Whether an index on null and the like finds nothing, or costs the event, as in the original. Default true. */
  readonly lenientPaths?: boolean
  /** Floats that are NaN or infinite, which no JSON can carry. Default `drop`: they count as bad traits; the original keeps them. */
  readonly nonFinite?: 'drop' | 'keep'
  /** A notification without a time that can be read. Default `drop`, as in the original; `now` gives it the present time. */
  readonly badTimestamp?: 'drop' | 'now'
  /** Plug-ins by the names that definitions use. Default `traitPlugins`. */
  readonly plugins?: ReadonlyMap<string, TraitPluginFactory>
  /** Told of each loss, after it was counted. Must not throw. */
  readonly onDrop?: (drop: EventDrop) => void
}

/**
 * `UNMATCHED`: no definition, and `dropUnmatched`. `BAD_EVENT_TYPE`: it is no text. `BAD_TIMESTAMP`: none, or it can't be read. `BAD_TRAIT`: a value that
 * can't be what the trait's type says, or a strict path that asks of a value what its kind does not have.
 */
export type EventDropCode = 'UNMATCHED' | 'BAD_EVENT_TYPE' | 'BAD_TIMESTAMP' | 'BAD_TRAIT'

export interface EventDrop {
  readonly code: EventDropCode
  readonly loses: 'event' | 'trait'
  /** What was wanted and what was found. */
  readonly text: string
}
