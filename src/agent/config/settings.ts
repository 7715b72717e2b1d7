/** A configuration, read: every option there, checked, with its default. */
import { dirname } from 'node:path'

import { isMap } from 'yaml'

import type { RetryPolicy } from '../../index.js'
import { getTransport } from '../../index.js'
import { CLASSIC_HANDLERS, DEFAULT_HANDLERS, METRIC_HANDLERS } from '../handlers/classic.js'
import { RESERVED_METADATA, type ReservedMetadata } from '../handlers/plugin.js'
import type { PartitionOptions } from '../partition/partitioning.js'
import type { Problem } from '../problem.js'
import {
  type AgentConfig,
  DEFAULT_EXCHANGES,
  DEFAULT_SECRET,
  type PublishingOptions,
} from './agent-config.js'
import { type Compatibility, ORIGINAL_TODAY, SUGGESTED } from './compatibility.js'
import { PlacedDocument } from './document.js'
import { misplacedFile } from './misplaced.js'
import { AGENT_SHAPE } from './options.js'
import { nearest, readShape } from './shape.js'

/** What the agent is made of. */
export interface Settings {
  /** Paths in the file start here. */
  readonly folder: string
  readonly messaging: {
    readonly urls: readonly string[]
    readonly exchanges: readonly string[]
    readonly topics: readonly string[]
    readonly pool: string | undefined
    readonly batchSize: number
    readonly batchTimeout: number | null
    /** Undefined = 4, or 1 where transformers want their order. */
    readonly concurrency: number | undefined
    readonly prefetch: number | undefined
    readonly retry: RetryPolicy
  }
  /** Undefined = none are wanted. */
  readonly meters: { readonly files: readonly string[] | undefined; readonly hasInline: boolean } | undefined
  readonly events:
    | {
        readonly files: readonly string[] | undefined
        readonly hasInline: boolean
        readonly dropUnmatched: boolean
        readonly storeRaw: readonly string[]
      }
    | undefined
  /** A file's path, `inline`, or undefined: none. */
  readonly pipeline: string | undefined
  readonly eventPipeline: string | undefined
  readonly handlers: readonly string[]
  readonly plugins: readonly string[]
  readonly partition: PartitionOptions | undefined
  readonly source: string
  readonly secret: string
  readonly publishing: PublishingOptions
  readonly reserved: ReservedMetadata
  readonly compatibility: Compatibility
  readonly status: { readonly host: string; readonly port: number } | undefined
  /** Seconds; 0 = never. */
  readonly flushInterval: number
  /** Seconds. */
  readonly stopTimeout: number
  readonly watch: boolean
  readonly lenient: boolean
}

export interface ReadSettings {
  readonly settings: Settings
  readonly problems: readonly Problem[]
  readonly document: PlacedDocument
}

/** Stands for a pipeline that is written in the configuration itself. */
export const INLINE = 'inline'

/** Never throws: what is wrong is among the problems, and its default stands in. */
export function readSettings(file: string, text: string): ReadSettings {
  return settingsOf(PlacedDocument.parse(file, text), dirname(file))
}

/** Of a configuration made in code. Paths start at `folder`. */
export function settingsFromCode(config: AgentConfig, folder = '.'): ReadSettings {
  return settingsOf(PlacedDocument.of('the configuration', config), folder)
}

function settingsOf(document: PlacedDocument, folder: string): ReadSettings {
  const root = document.yaml.contents
  // An empty file is a configuration: everything by default.
  const misplaced = misplacedFile(root, document.file)
  const config = (
    root === null || misplaced !== undefined ? {} : (readShape(document, root, AGENT_SHAPE, '') ?? {})
  ) as Raw
  const { messaging = {}, status, compatibility = {} } = config
  const meters = config.meters === false ? undefined : (config.meters ?? {})
  const events = config.events === false ? undefined : (config.events ?? {})
  const settings: Settings = {
    folder,
    messaging: {
      urls: messaging.urls ?? ['rabbit://guest:guest@localhost:5672/'],
      exchanges: messaging.exchanges ?? DEFAULT_EXCHANGES,
      topics: messaging.topics ?? ['notifications'],
      pool: messaging.pool,
      batchSize: messaging.batchSize ?? 100,
      batchTimeout: messaging.batchTimeout === undefined ? 1_000 : messaging.batchTimeout,
      concurrency: messaging.concurrency,
      prefetch: messaging.prefetch,
      retry: messaging.retry ?? {},
    },
    meters: meters && { files: meters.files, hasInline: meters.definitions !== undefined },
    events: events && {
      files: events.files,
      hasInline: events.definitions !== undefined,
      dropUnmatched: events.dropUnmatched ?? false,
      storeRaw: events.storeRaw ?? [],
    },
    pipeline: pipelineOf(config.pipeline),
    eventPipeline: pipelineOf(config.eventPipeline),
    handlers: handlersOf(config.handlers, document),
    plugins: config.plugins ?? [],
    partition: config.partition === false ? undefined : config.partition,
    source: config.source ?? 'openstack',
    secret: config.secret ?? DEFAULT_SECRET,
    publishing: config.publishing ?? {},
    reserved: { ...RESERVED_METADATA, ...config.reserved },
    compatibility: { ...(compatibility.mode === 'original' ? ORIGINAL_TODAY : SUGGESTED), ...compatibility },
    status:
      status === undefined || status === false
        ? undefined
        : { host: status.host ?? '127.0.0.1', port: status.port ?? 9754 },
    flushInterval: config.flushInterval ?? 10,
    stopTimeout: config.stopTimeout ?? 20,
    watch: config.watch ?? true,
    lenient: config.lenient ?? false,
  }
  if (misplaced === undefined) checkPipelines(settings, document)
  else document.report(root, 'NOT_A_CONFIGURATION', misplaced)
  checkUrls(settings, document)
  return { settings, problems: document.problems, document }
}

/** As `AGENT_SHAPE` gives it: lists are lists, tables are Maps. */
interface Raw {
  readonly messaging?: {
    readonly urls?: readonly string[]
    readonly exchanges?: readonly string[]
    readonly topics?: readonly string[]
    readonly pool?: string
    readonly batchSize?: number
    readonly batchTimeout?: number | null
    readonly concurrency?: number
    readonly prefetch?: number
    readonly retry?: RetryPolicy
  }
  readonly meters?: false | { readonly files?: readonly string[]; readonly definitions?: unknown }
  readonly events?:
    | false
    | {
        readonly files?: readonly string[]
        readonly definitions?: unknown
        readonly dropUnmatched?: boolean
        readonly storeRaw?: readonly string[]
      }
  readonly pipeline?: unknown
  readonly eventPipeline?: unknown
  readonly handlers?: readonly string[]
  readonly plugins?: readonly string[]
  readonly partition?: false | PartitionOptions
  readonly source?: string
  readonly secret?: string
  readonly publishing?: PublishingOptions
  readonly reserved?: Partial<ReservedMetadata>
  readonly compatibility?: Partial<Compatibility> & { readonly mode?: 'suggested' | 'original' }
  readonly status?: false | { readonly host?: string; readonly port?: number }
  readonly flushInterval?: number
  readonly stopTimeout?: number
  readonly watch?: boolean
  readonly lenient?: boolean
}

function pipelineOf(value: unknown): string | undefined {
  if (value === undefined || value === false || value === null) return undefined
  return typeof value === 'string' ? value : INLINE
}

/** `metrics` and `all` are sets; the rest names. */
function handlersOf(names: readonly string[] | undefined, document: PlacedDocument): readonly string[] {
  if (names === undefined) return DEFAULT_HANDLERS
  const found = new Set<string>()
  for (const [index, name] of names.entries()) {
    const some = name === 'all' ? CLASSIC_HANDLERS : name === 'metrics' ? METRIC_HANDLERS : [name]
    for (const one of some) if (CLASSIC_HANDLERS.includes(one)) found.add(one)
    if (some.length > 1 || CLASSIC_HANDLERS.includes(name)) continue
    const near = nearest(name, CLASSIC_HANDLERS)
    document.reportAt(
      ['handlers', index],
      'UNKNOWN_HANDLER',
      `there is no handler '${name}'; ${near === undefined ? `known: metrics, all, ${CLASSIC_HANDLERS.join(', ')}` : `did you mean ${near}?`}`,
    )
  }
  return [...found]
}

/** Of a file that could not be read as a whole nobody knows what it would have named. */
function checkPipelines({ pipeline, eventPipeline }: Settings, document: PlacedDocument): void {
  const { contents, errors } = document.yaml
  const isReadable = errors.length === 0 && (contents === null || isMap(contents))
  if (!isReadable || pipeline !== undefined || eventPipeline !== undefined) return
  document.report(
    undefined,
    'NO_PIPELINE',
    "there is neither 'pipeline' nor 'eventPipeline', so nothing would go anywhere; name a file of one of them",
  )
}

function checkUrls({ messaging }: Settings, document: PlacedDocument): void {
  for (const [index, url] of messaging.urls.entries()) {
    try {
      // Connects to nothing; it knows the schemes, and the options of each.
      getTransport(url)
        .cleanup()
        .catch(() => undefined)
    } catch (error) {
      document.reportAt(
        ['messaging', 'urls', index],
        'BAD_URL',
        error instanceof Error ? error.message : String(error),
      )
    }
  }
  for (const key of ['urls', 'exchanges', 'topics'] as const) {
    if (messaging[key].length === 0)
      document.reportAt(
        ['messaging', key],
        'EMPTY_LIST',
        `messaging.${key} must have at least one entry; leave it out for the default`,
      )
  }
}
