/** Every option of the configuration file, as data: docs/agent/configuration.md says what they mean. */
import { COMPATIBILITY_SHAPE } from './compatibility.js'
import type { Shape } from './shape.js'

const TEXT: Shape = { kind: 'text' }
const NAME: Shape = { kind: 'text', check: (text) => (text === '' ? 'a text that is not empty' : undefined) }
const NAMES: Shape = { kind: 'list', of: NAME }
const FLAG: Shape = { kind: 'flag' }
const ANYTHING: Shape = { kind: 'anything' }

function integer(min: number, max: number): Shape {
  return { kind: 'integer', min, max }
}

const RETRY: Shape = {
  kind: 'members',
  of: {
    limit: integer(0, 1_000_000),
    delay: { kind: 'number', min: 0, max: 86_400_000 },
    backoff: { kind: 'number', min: 1, max: 100 },
    maxDelay: { kind: 'number', min: 0, max: 86_400_000 },
    // biome-ignore lint: `then` is the policy's word, the object is never awaited
    then: { kind: 'choice', of: ['dead-letter', 'discard'] },
  },
}

const MESSAGING: Shape = {
  kind: 'members',
  of: {
    urls: NAMES,
    exchanges: NAMES,
    topics: NAMES,
    pool: NAME,
    batchSize: integer(1, 65_535),
    batchTimeout: { kind: 'number', min: 0, max: 2_147_483_647, nullable: true },
    concurrency: integer(1, 1_000),
    prefetch: integer(1, 65_535),
    retry: RETRY,
  },
}

const DEFINITIONS: Readonly<Record<string, Shape>> = { files: NAMES, definitions: ANYTHING }

export const AGENT_SHAPE: Shape = {
  kind: 'members',
  of: {
    messaging: MESSAGING,
    meters: { kind: 'members', orFalse: true, of: DEFINITIONS },
    events: {
      kind: 'members',
      orFalse: true,
      of: {
        ...DEFINITIONS,
        dropUnmatched: FLAG,
        storeRaw: { kind: 'list', of: { kind: 'choice', of: ['info', 'error'] } },
      },
    },
    pipeline: ANYTHING,
    eventPipeline: ANYTHING,
    handlers: NAMES,
    plugins: NAMES,
    partition: {
      kind: 'members',
      orFalse: true,
      of: {
        partitions: integer(1, 256),
        own: { kind: 'list', of: integer(0, 255) },
        group: NAME,
        heartbeat: integer(50, 86_400_000),
        exchange: NAME,
      },
    },
    source: NAME,
    secret: TEXT,
    publishing: {
      kind: 'members',
      of: {
        host: NAME,
        meteringTopic: NAME,
        eventTopic: NAME,
        telemetryDriver: { kind: 'choice', of: ['messagingv2', 'messaging', 'log', 'test', 'noop'] },
        controlExchange: NAME,
      },
    },
    reserved: {
      kind: 'members',
      of: { namespaces: NAMES, keys: NAMES, length: integer(0, 1_000_000) },
    },
    compatibility: COMPATIBILITY_SHAPE,
    status: { kind: 'members', orFalse: true, of: { host: NAME, port: integer(0, 65_535) } },
    flushInterval: { kind: 'number', min: 0, max: 86_400 },
    stopTimeout: { kind: 'number', min: 0, max: 86_400 },
    watch: FLAG,
    lenient: FLAG,
  },
}
