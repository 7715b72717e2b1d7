/** The configuration of an agent: what may be said, and what holds when nothing is. */
import type { RetryPolicy } from '../../index.js'
import type { ReservedMetadata } from '../handlers/plugin.js'
import type { PartitionOptions } from '../partition/partitioning.js'
import type { Compatibility } from './compatibility.js'

/** As written in a file or in code; everything has a default. docs/agent/configuration.md tells all of it. */
export interface AgentConfig {
  readonly messaging?: {
    /** One listener each. Default `rabbit://guest:guest@localhost:5672/`. */
    readonly urls?: string | readonly string[]
    /** Default: the 14 of OpenStack's services. */
    readonly exchanges?: readonly string[]
    /** Default `notifications`. */
    readonly topics?: string | readonly string[]
    /** A pool has its own copy of each notification. Default: shared with whoever else listens. */
    readonly pool?: string
    /** Notifications that are converted and published together, 1 to 65,535. Default 100. */
    readonly batchSize?: number
    /** Milliseconds from the first notification until a short batch runs; null = wait until it is full. Default 1,000. */
    readonly batchTimeout?: number | null
    /** Batches at once per URL, 1 to 1,000. Default 4, or 1 where sinks have transformers. More = faster with slow sinks, and less order. */
    readonly concurrency?: number
    /** Most notifications in hand per queue. Default: what follows from batches and concurrency. */
    readonly prefetch?: number
    /**
     * When what a sink did not take comes back: from 500 ms, doubling to 60 s, then the dead-letter queue. Without a `limit` 1,000 retries while a sink is down,
     * 10 of what a plug-in throws at. What a sink refuses is not tried again.
     */
    readonly retry?: RetryPolicy
  }
  readonly meters?: DefinitionSource | false
  readonly events?: (DefinitionSource & EventSettings) | false
  /** Of samples: a file, or `sources` and `sinks` in place. */
  readonly pipeline?: string | PipelineDefinition
  readonly eventPipeline?: string | PipelineDefinition
  /** Classic handlers by name, beside the meter definitions; `metrics` = all that measure, `all` = all. Default: those of the original today. */
  readonly handlers?: readonly string[]
  /** URLs or paths of modules whose default export is a NotificationPlugin. */
  readonly plugins?: readonly string[]
  /** Divides what transformers remember among the agents of a group, by resource. Absent = this agent has all of it. */
  readonly partition?: Omit<PartitionOptions, 'retry' | 'logger'> | false
  /** Of samples that name none. Default `openstack`. */
  readonly source?: string
  /** Signs what publishers send on; empty = nothing is signed. Default: the original's well-known text, with a warning. */
  readonly secret?: string
  /** What publishers of brokers say and where; each with its publisher's default. */
  readonly publishing?: PublishingOptions
  readonly reserved?: Partial<ReservedMetadata>
  /** Docs: docs/agent/compatibility.md. `mode: original` = all as the original does today. */
  readonly compatibility?: Partial<Compatibility> & { readonly mode?: 'suggested' | 'original' }
  /** Serves `/metrics`, `/health` and `/status`. Absent = nothing listens. */
  readonly status?: { readonly host?: string; readonly port?: number } | false
  /** Seconds between flushes of what pipelines hold back. Default 10; 0 = never. */
  readonly flushInterval?: number
  /** Seconds that `stop()` and a reload give to what is in hand and to sinks, about; then what is in hand goes back to the broker. Default 20. */
  readonly stopTimeout?: number
  /** Whether changed files are read anew by themselves. Default true. */
  readonly watch?: boolean
  /** Starts with what can be read, as the original does: mistakes become warnings. Default false. */
  readonly lenient?: boolean
}

export interface DefinitionSource {
  /** Files, or folders whose `*.yaml` files count in order of name. Earlier ones win. Default: the project's own definitions. */
  readonly files?: string | readonly string[]
  /** In place, as the files have it; these win. */
  readonly definitions?: unknown
}

export interface EventSettings {
  /** Whether notifications without a definition give no event. Default false: one with the default traits. */
  readonly dropUnmatched?: boolean
  /** `info`, `error`: priorities whose events carry the whole notification. Default none. */
  readonly storeRaw?: readonly string[]
}

/** source: ceilometer/publisher/messaging.py, utils.py, and ceilometer.conf [publisher_notifier] */
export interface PublishingOptions {
  /** Who publishes, in `publisher_id`. Default: the name of this machine. */
  readonly host?: string
  /** Of `notifier://` without a `topic`. Default `metering`. */
  readonly meteringTopic?: string
  /** Default `event`. */
  readonly eventTopic?: string
  /** The notifier's driver. Default `messagingv2`. */
  readonly telemetryDriver?: string
  /** Of messages to a broker. Default `ceilometer`. */
  readonly controlExchange?: string
}

export interface PipelineDefinition {
  readonly sources: readonly unknown[]
  readonly sinks: readonly unknown[]
}

/** source: ceilometer/notification.py (notification_control_exchanges) */
export const DEFAULT_EXCHANGES: readonly string[] = [
  'nova',
  'glance',
  'neutron',
  'cinder',
  'heat',
  'keystone',
  'trove',
  'zaqar',
  'swift',
  'ceilometer',
  'magnum',
  'dns',
  'ironic',
  'aodh',
]

/** What the original signs with when nobody says otherwise, and every verifier expects. source: ceilometer/publisher/utils.py */
export const DEFAULT_SECRET = 'change this for valid signing'
