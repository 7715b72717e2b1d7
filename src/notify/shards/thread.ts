/** One life of a shard's thread: from its Worker to its end, in order or not. */
import { Worker } from 'node:worker_threads'

import { describeError, ExecutorLoadFailure } from '../../core/errors.js'
import type { Logger } from '../../core/logger.js'
import { hintFor } from '../../executors/worker-threads.js'
import type { ErrorSubject } from '../intake.js'
import type { ShardCounts } from './counts.js'
import {
  asMessagingException,
  type ShardCommand,
  type ShardOrder,
  type ShardReport,
  unpackDetails,
  unpackShardError,
} from './wire.js'

/** What `executorOptions` may hold beside `shards`. */
export interface ShardThreadOptions {
  readonly resourceLimits?: object | undefined
  readonly execArgv?: readonly string[] | undefined
  readonly loadTimeout?: number | undefined
}

/** They never throw. */
export interface ThreadHooks {
  readonly onCounts: (counts: ShardCounts) => void
  readonly onRestored: () => void
  readonly onError: (error: ReturnType<typeof asMessagingException>, about: ErrorSubject) => void
  /** It listened, and ended by itself. `cause`: what was thrown in it, where something was. */
  readonly onCrashed: (cause: unknown, exitCode: number) => void
}

const LOAD_TIMEOUT_MS = 30_000
/** A thread that computes may take so long to hear that it should stop; then it is ended, and its messages come again. */
const STOP_TIMEOUT_MS = 30_000
/** Beyond the deadline of `wait()`, for giving back what is in hand and closing the link. */
const GRACE_MS = 2_000

export class ShardThread {
  /** Resolves when it listens. Rejects when it can't: the thread has then been ended. */
  readonly started: Promise<void>
  /** Resolves when the thread is gone, however it came. */
  readonly gone: Promise<void>
  readonly #order: ShardOrder
  readonly #hooks: ThreadHooks
  readonly #logger: Logger
  readonly #worker: Worker
  #onStarted: () => void = () => {}
  #onFailed: (error: unknown) => void = () => {}
  #onStopped: () => void = () => {}
  readonly #stopped: Promise<void>
  #hasStarted = false
  /** Wanted: what comes then is no crash. */
  #isEnding = false
  #thrown: unknown
  readonly #timers = new Set<NodeJS.Timeout>()

  /** Throws what Node says of arguments or limits that a thread can't have. */
  constructor(order: ShardOrder, options: ShardThreadOptions, logger: Logger, hooks: ThreadHooks) {
    this.#order = order
    this.#hooks = hooks
    this.#logger = logger
    this.#worker = new Worker(new URL('./shard-main.js', import.meta.url), {
      workerData: order,
      ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
      ...(options.execArgv === undefined ? {} : { execArgv: [...options.execArgv] }),
    })
    this.started = new Promise((resolve, reject) => {
      this.#onStarted = resolve
      this.#onFailed = reject
    })
    // Who ends it while it starts does not ask how that went.
    this.started.catch(() => {})
    this.#stopped = new Promise((resolve) => {
      this.#onStopped = resolve
    })
    this.gone = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#onExit(code)
        resolve()
      })
    })
    this.#worker.on('message', (report: ShardReport) => this.#onReport(report))
    this.#worker.on('messageerror', (error) => logger.error('what a shard told can not be read', { error }))
    this.#worker.once('error', (error) => {
      this.#thrown = error
    })
    const loadTimeout = options.loadTimeout ?? LOAD_TIMEOUT_MS
    this.#killIn(loadTimeout, () =>
      this.#onFailed(
        loadFailure(
          `a shard had not loaded its modules after ${loadTimeout} ms; raise 'loadTimeout', or see what they wait for`,
        ),
      ),
    )
  }

  /** Resolves when no new message reaches its endpoints. */
  async stop(): Promise<void> {
    if (!this.#hasStarted) return this.kill()
    this.#isEnding = true
    this.#tell({ do: 'stop' })
    this.#killIn(STOP_TIMEOUT_MS, () => this.#warn(`did not stop in ${STOP_TIMEOUT_MS} ms`))
    await this.#stopped
  }

  /** After `stop()`. Resolves when what it had in hand is settled and the thread is gone, soon after `timeout` ms at the latest. */
  async wait(timeout: number): Promise<void> {
    if (!this.#hasStarted) return this.kill()
    this.#isEnding = true
    this.#tell({ do: 'wait', timeout })
    this.limit(timeout)
    await this.gone
  }

  /** What is still in hand some time after `timeout` ms goes back to the broker with the thread. */
  limit(timeout: number): void {
    this.#killIn(timeout + GRACE_MS, () =>
      this.#warn(`was still busy ${GRACE_MS} ms after the deadline of ${timeout} ms`),
    )
  }

  /** Ends it at once. Never rejects. */
  async kill(): Promise<void> {
    this.#isEnding = true
    await this.#worker.terminate()
    await this.gone
  }

  #tell(command: ShardCommand): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
    this.#worker.postMessage(command)
  }

  #killIn(milliseconds: number, before: () => void): void {
    const timer = setTimeout(() => {
      before()
      void this.kill()
    }, milliseconds)
    this.#timers.add(timer)
  }

  #disarm(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #warn(text: string): void {
    this.#logger.warn(`a shard ${text}; its thread is ended, and its messages go back to the broker`, {
      shard: this.#order.shard,
    })
  }

  #onReport(report: ShardReport): void {
    switch (report.tocsin) {
      case 'loaded':
        this.#disarm()
        break
      case 'started':
        this.#hasStarted = true
        this.#onStarted()
        break
      case 'failed':
        this.#onFailed(failureOf(report))
        void this.kill()
        break
      case 'restored':
        this.#hooks.onRestored()
        break
      case 'error':
        this.#hooks.onError(asMessagingException(report.error), report.about)
        break
      case 'log': {
        const details = report.details === undefined ? {} : unpackDetails(report.details)
        this.#logger[report.level](report.message, { ...details, shard: this.#order.shard })
        break
      }
      case 'counts':
        this.#hooks.onCounts(report.counts)
        break
      case 'stopped':
        this.#onStopped()
        break
      case 'ended':
        // Not by itself: timers and sockets of the endpoints may hold it.
        void this.kill()
        break
    }
  }

  #onExit(code: number): void {
    this.#disarm()
    this.#onStopped()
    if (!this.#hasStarted) {
      const why = this.#thrown === undefined ? `with exit code ${code}` : `by ${describeError(this.#thrown)}`
      // Without effect where it has failed already, or is to end.
      this.#onFailed(loadFailure(`the thread of a shard ended while it started, ${why}`, this.#thrown))
    } else if (!this.#isEnding) this.#hooks.onCrashed(this.#thrown, code)
  }
}

function failureOf({ module, error }: Extract<ShardReport, { readonly tocsin: 'failed' }>): unknown {
  const cause = unpackShardError(error)
  if (module === undefined) return cause
  const text = `the module ${module} did not load in the thread of a shard: ${describeError(cause)}`
  return loadFailure(text + hintFor(cause), cause)
}

/** Of what a thread could not begin with. */
export function loadFailure(text: string, cause?: unknown): ExecutorLoadFailure {
  return new ExecutorLoadFailure('shards', `shards: ${text}`, cause === undefined ? {} : { cause })
}
