/** Options of listeners, with the rules they are checked by. */
import type { Executor } from '../core/executor.js'
import { type Logger, wantedLogger } from '../core/logger.js'
import type { OptionRules } from '../core/options.js'
import type { RetryPolicy } from '../core/retry.js'
import type { Serializer } from '../core/serializer.js'
import type { EventMap, Notification } from './endpoint.js'
import type { PayloadSchema } from './validation.js'

export interface ListenerOptions<E extends EventMap = EventMap> {
  /**
   * Worker threads that listen, 1 to 256, each with a connection, a consumer and the endpoints' modules of its own: for endpoints that
   * compute, given with `workerEndpoint`. What is said per listener (`concurrency`, `prefetch`, `duplicates`) is then per shard. Not on
   * `memory://`. Default: none, it listens in this thread.
   */
  readonly shards?: number
  /** When and where endpoints run: `async-loop` (default), `keyed`, `worker-pool`, a name of `registerExecutor`, or an Executor. */
  readonly executor?: string | Executor
  /** Jobs at once, 1 or more. Default 64; of a batch listener 1. Not beside an Executor of your own, which has its own. */
  readonly concurrency?: number
  /** For `keyed`: notifications with the same key are handled in order. */
  readonly key?: (notification: Notification<E>) => unknown
  /**
   * Options of the named executor, e.g. `{ threads: 4 }` for `worker-pool`. With `shards`: `resourceLimits`, `execArgv` and `loadTimeout` of
   * their threads.
   */
  readonly executorOptions?: Readonly<Record<string, unknown>>
  /** Whether what was not handled comes back. Default: true when `retry` is given, else false, as in the original. */
  readonly allowRequeue?: boolean
  /** When it comes back, and what then. Default with allowRequeue: 10 retries from 500 ms, doubling to 60 s, then the dead-letter queue. */
  readonly retry?: RetryPolicy
  /** Whether rejected messages are kept. Default: as allowRequeue. */
  readonly deadLetter?: boolean
  /** Listeners of one pool share one copy of each notification; each pool has its own. Default: the copy of those without a pool. */
  readonly pool?: string
  readonly serializer?: Serializer
  /** Event type -> Standard Schema of its payload. An invalid payload is rejected with the reason; a valid one is what the schema makes of it. */
  readonly validate?: { readonly [K in keyof E]?: PayloadSchema }
  /**
   * Milliseconds one call of an endpoint may take, a batch's as one. Then `metadata.signal` aborts and the notification counts as not handled, as if
   * the endpoint had thrown (code `HANDLER_TIMEOUT`); what the call does later changes nothing, and its slot is free. Stay below the
   * broker's own limit (RabbitMQ's consumer_timeout, 30 minutes). Default: no limit.
   */
  readonly handlerTimeout?: number
  /** Most messages in hand, where more is wanted than follows from the executor. 1 to 65,535. */
  readonly prefetch?: number
  /** Integers beyond 2^53 in payloads arrive as BigInt. Default false: the nearest number. */
  readonly bigint?: boolean
  /** How many handled `_unique_id`s are remembered, to know a duplicate. Default 1,024; 0 = none. */
  readonly duplicates?: number
  /**
   * Whether `currentNotification()` works below the endpoints, however many awaits later. Default: from its first call in the process (or
   * worker thread) on; before it, only up to an endpoint's first await. True: always. It costs a tenth of a message, and something for
   * each promise on Node 20 and 22.
   */
  readonly context?: boolean
  /** Default: the transport's. */
  readonly logger?: Logger
}

export interface BatchListenerOptions<E extends EventMap = EventMap> extends ListenerOptions<E> {
  /** Messages per batch, those that no endpoint wants included. Default 100. */
  readonly batchSize?: number
  /** Milliseconds from the first message until a short batch runs. Default 1,000; null = wait until it is full (or `stop()`). */
  readonly batchTimeout?: number | null
}

const retryRules: OptionRules = {
  limit: { type: 'integer', min: 0, max: 1_000_000 },
  delay: { type: 'number', min: 0, max: 86_400_000 },
  backoff: { type: 'number', min: 1, max: 100 },
  maxDelay: { type: 'number', min: 0, max: 86_400_000 },
  // biome-ignore lint: `then` is the policy's word, the object is never awaited
  then: { type: 'string', choices: ['dead-letter', 'discard'] },
}

const listenerRules: OptionRules = {
  shards: { type: 'integer', min: 1, max: 256 },
  executor: { type: 'any' },
  concurrency: { type: 'integer', min: 1, max: 65_535 },
  key: { type: 'function' },
  executorOptions: { type: 'object' },
  allowRequeue: { type: 'boolean' },
  retry: { type: 'object', wanted: 'a retry policy such as { limit: 10, delay: 500 }' },
  deadLetter: { type: 'boolean' },
  pool: {
    type: 'string',
    wanted: 'a name that is not empty',
    check: (value) => (value === '' ? 'a name that is not empty' : undefined),
  },
  serializer: { type: 'object' },
  validate: { type: 'object' },
  handlerTimeout: { type: 'integer', min: 1, max: 2_147_483_647 },
  prefetch: { type: 'integer', min: 1, max: 65_535 },
  bigint: { type: 'boolean' },
  duplicates: { type: 'integer', min: 0, max: 1_000_000 },
  context: { type: 'boolean' },
  logger: { type: 'object', check: wantedLogger },
}

const batchRules: OptionRules = {
  ...listenerRules,
  batchSize: { type: 'integer', min: 1, max: 65_535 },
  batchTimeout: { type: 'number', min: 0, max: 2_147_483_647, nullable: true },
}

/** Of `start()` and `wait()`. */
export const callRules: { readonly start: OptionRules; readonly wait: OptionRules } = {
  start: {
    timeout: { type: 'number', min: 0, max: 2_147_483_647 },
    signal: {
      type: 'object',
      wanted: 'an AbortSignal',
      check: (value) => (value instanceof AbortSignal ? undefined : 'an AbortSignal'),
    },
  },
  wait: { timeout: { type: 'number', min: 0, max: 2_147_483_647 } },
}

export const optionRules: {
  readonly single: OptionRules
  readonly batch: OptionRules
  readonly retry: OptionRules
} = {
  single: listenerRules,
  batch: batchRules,
  retry: retryRules,
}
