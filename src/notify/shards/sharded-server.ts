/** A listener's engine that is several threads: the life of a server, as any listener's, over shards in place of a subscription. */
import type { Dispatcher } from '../../core/dispatcher.js'
import type { DriverListener, Subscription } from '../../core/driver.js'
import type { MessagingException } from '../../core/errors.js'
import type { Executor } from '../../core/executor.js'
import type { Logger } from '../../core/logger.js'
import { ACKNOWLEDGE } from '../../core/message.js'
import { MessageServer, type ServerHooks, type StartOptions, type WaitOptions } from '../../core/server.js'
import type { Target } from '../../core/target.js'
import { WorkerEndpoint } from '../../executors/worker-endpoint.js'
import type { Transport } from '../../transport.js'
import type { BoundEndpoint } from '../bound-endpoint.js'
import { PRIORITIES } from '../endpoint.js'
import type { ErrorSubject } from '../intake.js'
import type { ListenerStats, ShardStats } from '../listener.js'
import type { BatchListenerOptions } from '../listener-options.js'
import { crossingOptions, refuseDriver, wireRule } from './checks.js'
import { sum } from './counts.js'
import { Shard } from './shard.js'
import type { ShardThreadOptions } from './thread.js'
import type { ShardEndpoint, ShardOrder } from './wire.js'

export interface ShardedParts {
  readonly transport: Transport
  readonly targets: readonly Target[]
  readonly endpoints: readonly object[]
  /** Of the same endpoints, by `moduleBinder`. */
  readonly bound: readonly BoundEndpoint[]
  readonly subscriptions: readonly Subscription[]
  readonly kind: 'single' | 'batch'
  readonly options: BatchListenerOptions
  readonly logger: Logger
  readonly hooks: ServerHooks & { readonly onRestored: () => void }
  readonly onError: (error: MessagingException, about: ErrorSubject) => void
}

/** Not called for as long as endpoints run elsewhere; it gives a module the methods it is to have, for its subscriptions. */
export const moduleBinder: Executor = {
  concurrency: 1,
  bind: (endpoint) => {
    if (!(endpoint instanceof WorkerEndpoint)) return endpoint
    const methods = endpoint.methods.map((method) => [method, () => undefined])
    return Object.fromEntries(methods) as typeof endpoint
  },
  execute: (job) => job.abandon(),
  close: async () => {},
}

/** No message comes to this thread. */
const noDispatcher: Dispatcher = {
  batchSize: 1,
  open() {},
  prepare: () => ACKNOWLEDGE,
  flush() {},
}

export class ShardedServer {
  readonly #shards: readonly Shard[]
  readonly #server: MessageServer

  /** Throws UnsupportedFeature where another thread can't have the same transport. */
  constructor(parts: ShardedParts) {
    const { transport, options, logger, subscriptions, targets } = parts
    refuseDriver(transport)
    const order = orderOf(parts)
    const hooks = { onRestored: parts.hooks.onRestored, onError: parts.onError }
    const threadOptions: ShardThreadOptions = { ...options.executorOptions }
    this.#shards = Array.from(
      { length: options.shards ?? 1 },
      (_, shard) => new Shard({ ...order, shard }, threadOptions, logger, hooks),
    )
    this.#server = new MessageServer({
      driver: { listen: (_, how) => this.#listen(how) },
      subscriptions,
      targets: targets.map(String),
      dispatcher: noDispatcher,
      // Asked to close between `stop()` and the end of the threads, with the deadline: when endpoints are to end.
      executor: { ...moduleBinder, close: (deadline) => this.#waitForAll(deadline ?? 0) },
      deadLetter: false,
      logger,
      hooks: parts.hooks,
    })
  }

  get state(): MessageServer['state'] {
    return this.#server.state
  }

  start(options: StartOptions): Promise<void> {
    return this.#server.start(options)
  }

  stop(): Promise<void> {
    return this.#server.stop()
  }

  wait(options: WaitOptions): Promise<void> {
    // A thread that computes does not hear that it should stop; who waits for its end need not wait longer than for that.
    if (this.state === 'stopping') for (const shard of this.#shards) shard.limit(options.timeout ?? 30_000)
    return this.#server.wait(options)
  }

  stats(): ListenerStats {
    const isOn = this.state === 'listening' || this.state === 'restoring'
    const shards = this.#shards.map((shard): ShardStats => {
      const { isLive: _, ...counts } = shard.counts()
      const state = !isOn || shard.isLive ? this.#stateOf(isOn) : 'restoring'
      return { ...counts, state, crashes: shard.crashes }
    })
    const { isLive: _, ...counts } = sum(this.#shards.map((shard) => shard.counts()))
    return { ...counts, state: this.state, shards }
  }

  #stateOf(isOn: boolean): MessageServer['state'] {
    return isOn ? 'listening' : this.state
  }

  /** Resolves when all listen. Rejects with what the first of them failed with, all ended. */
  async #listen(how: {
    readonly timeout?: number | undefined
    readonly signal?: AbortSignal | undefined
  }): Promise<DriverListener> {
    const { timeout, signal } = how
    let onAbort: () => void = () => {}
    try {
      await new Promise<void>((resolve, reject) => {
        onAbort = () => reject(signal?.reason)
        signal?.addEventListener('abort', onAbort, { once: true })
        if (signal?.aborted === true) return onAbort()
        Promise.all(this.#shards.map((shard) => shard.start(timeout))).then(() => resolve(), reject)
      })
    } catch (error) {
      await this.#stopAll()
      await this.#waitForAll(0)
      throw error
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
    return {
      stop: () => this.#stopAll(),
      // By then the executor has closed, or somebody waits no longer.
      close: () => this.#waitForAll(0),
      stats: () => ({
        ...sum(this.#shards.map((shard) => shard.counts())).driver,
        isLive: this.#shards.every((shard) => shard.isLive),
      }),
    }
  }

  async #stopAll(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.stop()))
  }

  async #waitForAll(timeout: number): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.wait(timeout)))
  }
}

function orderOf({
  transport,
  targets,
  endpoints,
  bound,
  kind,
  options,
}: ShardedParts): Omit<ShardOrder, 'shard' | 'startTimeout'> {
  const { url, controlExchange, maxBodySize, maxDepth } = transport
  return {
    url: String(url),
    transport: { controlExchange, maxBodySize, maxDepth },
    targets: targets.map(({ exchange, topic }) => ({ exchange, topic })),
    endpoints: endpoints.map((endpoint, index) =>
      wireEndpoint(endpoint as WorkerEndpoint, bound[index] as BoundEndpoint),
    ),
    kind,
    options: crossingOptions(options),
  }
}

/** By the name that is its own among the endpoints, so that it is the same in every thread. */
function wireEndpoint(endpoint: WorkerEndpoint, { name }: BoundEndpoint): ShardEndpoint {
  const { url, export: exportName, methods, methodsGiven, options, filterRule } = endpoint
  return {
    url: url.href,
    export: exportName,
    name,
    methods: methods.filter((method) => (PRIORITIES as readonly string[]).includes(method)),
    needsAll: methodsGiven,
    options,
    rule: wireRule(filterRule),
  }
}
