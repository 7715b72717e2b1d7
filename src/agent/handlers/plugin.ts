/** The words of a notification plug-in's author. source: ceilometer/pipeline/sample.py, ceilometer/telemetry/notifications.py */
import type { Target } from '../../index.js'
import type { AgentNotification } from '../notification.js'

/**
 * What a plug-in makes of a notification. What it leaves out comes from the notification: the timestamp from its metadata, the resource
 * metadata from its payload with `event_type` and `host`, the source from the configuration, a new id.
 */
export interface SampleDraft {
  readonly name: string
  /** `gauge`, `delta` or `cumulative`. */
  readonly type: string
  readonly unit: string
  /** A sample without a volume is dropped and counted. */
  readonly volume: unknown
  readonly user_id?: unknown
  readonly user_name?: unknown
  readonly project_id?: unknown
  readonly project_name?: unknown
  readonly resource_id?: unknown
  /** ISO 8601; without a zone it is UTC. */
  readonly timestamp?: unknown
  /** Complete, to be sent as it is. */
  readonly resource_metadata?: Readonly<Record<string, unknown>>
  /** In place of the notification's payload, below `event_type` and `host`. Not beside `resource_metadata`. */
  readonly payload?: unknown
  readonly source?: string
  readonly id?: string
}

/** What a plug-in is told of the agent's configuration when it is asked for targets. */
export interface PluginConfig {
  readonly exchanges: readonly string[]
  readonly topics: readonly string[]
}

/** Beside samples, a plug-in may have something to say about a notification. */
export interface PluginReport {
  /** Something could not be made into a sample: counted under `code`, logged at most once a minute. */
  drop(code: string, text: string): void
}

/**
 * Makes samples of notifications, in code. Registered by `new NotificationAgent(config, { plugins })`, or by the URL of a module
 * whose default export it is, under `plugins` in the configuration.
 */
export interface NotificationPlugin {
  /** Of this plug-in alone: in counters, and under which retries remember that it is done. */
  readonly name: string
  /**
   * Regular expressions that match at the start of the event type, with an open end (`compute.instance.*` matches `compute_instance_x`,
   * as in the original). None = every notification.
   */
  readonly eventTypes: readonly string[]
  /** Where to listen beside the configured topics and exchanges. */
  getTargets?(config: PluginConfig): readonly Target[]
  /** Must not change the notification: others see the same object. What it throws makes the notification come back by the retry policy. */
  processNotification(notification: AgentNotification, report: PluginReport): Iterable<SampleDraft>
}

/** How the user's own metadata of an instance is copied. source: ceilometer/publisher/utils.py (reserved metadata) */
export interface ReservedMetadata {
  /** Keys that start so are copied without it. Default `['metering.']`. */
  readonly namespaces: readonly string[]
  /** Keys that are copied as they are. Default none. */
  readonly keys: readonly string[]
  /** Longest text in UTF-16 units. Default 256. */
  readonly length: number
}

export const RESERVED_METADATA: ReservedMetadata = { namespaces: ['metering.'], keys: [], length: 256 }
