/** A fixed number of worker threads with endpoints loaded, and the calls that are made there. */
import type { Piscina } from 'piscina'

import { describeError, EndpointFailure, ExecutorLoadFailure, UnserializableMessage } from '../core/errors.js'
import { Fifo } from '../core/fifo.js'
import type { Logger } from '../core/logger.js'
import {
  type Pack,
  packArguments,
  type ThreadMessage,
  unpackError,
  unpackResult,
  type WireCall,
  type WireEndpoint,
  type WireResult,
} from './worker-wire.js'

export interface ThreadsOptions {
  readonly endpoints: readonly WireEndpoint[]
  readonly threads: number
  /** Calls in hand of one thread, at most. */
  readonly perThread: number
  /** Milliseconds until the modules of all threads must have been loaded. */
  readonly loadTimeout: number
  readonly resourceLimits?: object | undefined
  readonly execArgv?: readonly string[] | undefined
  readonly logger: Logger
}

/** How long a lost thread may be missing before we see to its replacement ourselves. */
const RESPAWN_AFTER_MS = 1_000

/** How long calls that run at the drain deadline may heed their aborted signal before their thread is ended. */
const ABORT_GRACE_MS = 1_000

interface Call {
  readonly id: number
  readonly endpoint: number
  readonly method: string
  readonly args: readonly unknown[]
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** The thread it was sent to. */
  thread?: number
}

/**
 * The calls of one turn go to a thread as one task: a task of the pool costs some 20 us of the main thread, a further call in it about 2.
 * Every thread has at most `perThread` calls; further ones wait, in order. Waiting calls are bounded by the slots of the executor.
 */
export class Threads {
  readonly #options: ThreadsOptions
  readonly #pool: Piscina<Pack, readonly WireResult[]>
  /** Calls in hand by thread, of the threads that have loaded their modules. */
  readonly #load: Map<number, number> = new Map()
  readonly #calls: Map<number, Call> = new Map()
  readonly #waiting: Fifo<Call> = new Fifo()
  #lastId = 0
  #sending = false
  #closed = false
  /** Where the task goes that is being handed to the pool; null = nowhere now, so that the pool makes a thread for it. */
  #target: number | null | undefined
  #respawning: NodeJS.Timeout | undefined
  #probe = new AbortController()
  #onLoaded: () => void = () => {}
  /** While the threads start it rejects the start, later it logs. */
  #onFailed: (error: ExecutorLoadFailure) => void
  #onIdle: (() => void) | undefined

  /** Resolves when all threads have loaded all modules. Rejects with ExecutorLoadFailure, no thread left. */
  static async start(options: ThreadsOptions): Promise<Threads> {
    const threads = new Threads(options, await loadPiscina())
    try {
      await threads.#allLoaded()
    } catch (error) {
      await threads.close()
      throw error
    }
    return threads
  }

  private constructor(options: ThreadsOptions, Pool: typeof Piscina) {
    this.#options = options
    this.#onFailed = (error) => options.logger.error(error.message, { error })
    this.#pool = new Pool({
      filename: new URL('./worker-main.js', import.meta.url).href,
      minThreads: options.threads,
      maxThreads: options.threads,
      // One more than its calls: the task that tells of the deadline.
      concurrentTasksPerWorker: options.perThread + 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      // With Atomics.wait the event loop of an idle thread would stand still, with the endpoints' sockets and timers.
      atomics: 'disabled',
      recordTiming: false,
      workerData: { endpoints: options.endpoints },
      loadBalancer: (_, workers) => {
        if (this.#target === null) return null
        return (
          workers.find(({ id }) => id === this.#target) ?? workers.find((worker) => !worker.destroyed) ?? null
        )
      },
      ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
      ...(options.execArgv === undefined ? {} : { execArgv: [...options.execArgv] }),
    })
    this.#pool.on('message', (message: ThreadMessage) => this.#onMessage(message))
    this.#pool.on('workerDestroy', () => this.#respawnLater())
    // Without a listener this event would end the process.
    this.#pool.on('error', (cause: unknown) => {
      this.#onFailed(
        failure(`a worker thread crashed without a call in hand: ${describeError(cause)}`, cause),
      )
    })
  }

  /** Resolves with what the method returned, rejects with what it threw, or with EndpointFailure when its thread dies. */
  call(endpoint: number, method: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = { id: ++this.#lastId, endpoint, method, args, resolve, reject }
      this.#calls.set(call.id, call)
      this.#waiting.push(call)
      this.#sendSoon()
    })
  }

  /** Ends the threads. Calls in hand see their signal abort, and have a second before their thread is ended. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#respawning)
    if (this.#calls.size === 0) return this.#pool.destroy()
    for (const call of this.#waiting.takeAll()) this.#crash(call, new Error('the executor was closed'))
    for (const thread of this.#liveThreads()) {
      this.#post('abort', thread).catch(() => {}) // It died meanwhile, and its calls were told.
    }
    void this.#endSoon()
  }

  async #endSoon(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ABORT_GRACE_MS)
      this.#onIdle = () => {
        clearTimeout(timer)
        resolve()
      }
      if (this.#calls.size === 0) this.#onIdle()
    })
    await this.#pool.destroy()
  }

  async #allLoaded(): Promise<void> {
    const { logger, loadTimeout, threads } = this.#options
    let timer: NodeJS.Timeout | undefined
    let lost: () => void
    try {
      await new Promise<void>((resolve, reject) => {
        this.#onLoaded = resolve
        this.#onFailed = reject
        // A turn later: the pool tells first that a thread is gone, then why.
        lost = () => void setImmediate(reject, failure('a worker thread ended while it loaded its modules'))
        this.#pool.on('workerDestroy', lost)
        timer = setTimeout(() => {
          const left = `${threads - this.#load.size} of ${threads} worker threads had not loaded their modules`
          reject(failure(`${left} after ${loadTimeout} ms; raise 'loadTimeout', or see what they wait for`))
        }, loadTimeout)
      })
    } finally {
      clearTimeout(timer)
      this.#pool.off('workerDestroy', lost!)
      this.#onFailed = (error) => logger.error(error.message, { error })
    }
  }

  /**
   * The pool replaces lost threads at once, but never again after one that was lost before it could say it is there (too little memory, no
   * file left to open, files being replaced).
   */
  #respawnLater(): void {
    if (this.#closed || this.#respawning !== undefined) return
    this.#respawning = setTimeout(() => {
      this.#respawning = undefined
      if (this.#pool.threads.length >= this.#options.threads) return
      this.#respawn()
      this.#respawnLater()
    }, RESPAWN_AFTER_MS).unref()
  }

  #respawn(): void {
    // Only this one is ever queued. Not when it has been sent: aborting what runs would end a thread.
    if (this.#pool.queueSize > 0) this.#probe.abort()
    this.#probe = new AbortController()
    this.#target = null
    // Its outcome says nothing: the new thread tells when it has loaded.
    this.#pool.run([], { signal: this.#probe.signal }).catch(() => {})
    this.#target = undefined
  }

  #onMessage(message: ThreadMessage): void {
    switch (message.tocsin) {
      case 'loaded':
        this.#load.set(message.thread, 0)
        if (this.#load.size === this.#options.threads) this.#onLoaded()
        this.#sendSoon()
        break
      case 'failed': {
        const cause = unpackError(message.error)
        this.#onFailed(
          failure(
            `the module ${message.url} did not load in a worker thread: ${describeError(cause)}`,
            cause,
          ),
        )
        break
      }
      case 'settled':
        this.#settle(message.results)
        break
    }
  }

  /** In a microtask behind the running one: what one socket read, or one pack of results, leads to is sent together. */
  #sendSoon(): void {
    if (this.#sending || this.#waiting.length === 0) return
    this.#sending = true
    queueMicrotask(() => {
      this.#sending = false
      this.#send()
    })
  }

  #send(): void {
    for (const thread of this.#load.keys()) if (!this.#liveThreads().has(thread)) this.#load.delete(thread)
    const packs = new Map<number, Call[]>()
    for (let thread = this.#freest(); thread !== undefined; thread = this.#freest()) {
      const call = this.#waiting.shift()
      if (call === undefined) break
      call.thread = thread
      this.#load.set(thread, (this.#load.get(thread) ?? 0) + 1)
      const pack = packs.get(thread)
      if (pack === undefined) packs.set(thread, [call])
      else pack.push(call)
    }
    for (const [thread, calls] of packs) this.#sendPack(thread, calls)
  }

  #freest(): number | undefined {
    let best: number | undefined
    let least = this.#options.perThread
    for (const [thread, load] of this.#load) {
      if (load < least) {
        least = load
        best = thread
      }
    }
    return best
  }

  #sendPack(thread: number, calls: readonly Call[]): void {
    const pack = calls.map(
      ({ id, endpoint, method, args }): WireCall => [id, endpoint, method, packArguments(args)],
    )
    this.#post(pack, thread).then(
      (results) => this.#settle(results),
      (error: unknown) => this.#packFailed(thread, calls, error),
    )
  }

  #post(pack: Pack, thread: number): Promise<readonly WireResult[]> {
    this.#target = thread
    try {
      return this.#pool.run(pack)
    } finally {
      this.#target = undefined
    }
  }

  #settle(results: readonly WireResult[]): void {
    for (const result of results) {
      const call = this.#calls.get(result[0])
      // Told early, and again with its pack.
      if (call === undefined) continue
      this.#forget(call)
      if (result[1] === 'error') call.reject(unpackError(result[2]))
      else call.resolve(unpackResult(result, call.args))
    }
    this.#sendSoon()
  }

  /** The thread never rejects a pack: either the pack could not be sent, or the thread is dead. */
  #packFailed(thread: number, calls: readonly Call[], error: unknown): void {
    // By name: the error may be of another realm.
    const unsent = (error as Error | null)?.name === 'DataCloneError' && this.#liveThreads().has(thread)
    if (unsent && calls.length > 1) {
      for (const call of calls) this.#sendPack(thread, [call])
      return
    }
    if (!unsent) this.#load.delete(thread)
    for (const call of calls) {
      if (!this.#calls.has(call.id)) continue
      if (unsent) this.#refuse(call, error)
      else this.#crash(call, error)
    }
    this.#sendSoon()
  }

  #refuse(call: Call, cause: unknown): void {
    this.#forget(call)
    const text =
      `the notification can't cross to a worker thread (${describeError(cause)}); ` +
      'let the serializer make plain objects, or choose an executor in this thread'
    call.reject(new UnserializableMessage('NOT_CLONEABLE', text, { cause }))
  }

  #crash(call: Call, cause: unknown): void {
    this.#forget(call)
    const name = this.#options.endpoints[call.endpoint]?.name ?? 'unknown'
    const text = `the worker thread of endpoint '${name}' ended during ${call.method}(): ${describeError(cause)}`
    call.reject(new EndpointFailure('WORKER_CRASHED', name, text, { cause }))
  }

  #forget(call: Call): void {
    this.#calls.delete(call.id)
    const load = call.thread === undefined ? undefined : this.#load.get(call.thread)
    if (call.thread !== undefined && load !== undefined) this.#load.set(call.thread, load - 1)
    if (this.#calls.size === 0) this.#onIdle?.()
  }

  #liveThreads(): ReadonlySet<number> {
    return new Set(this.#pool.threads.map(({ threadId }) => threadId))
  }
}

function failure(text: string, cause?: unknown): ExecutorLoadFailure {
  return new ExecutorLoadFailure(
    'worker-pool',
    `executor 'worker-pool': ${text}`,
    cause === undefined ? {} : { cause },
  )
}

async function loadPiscina(): Promise<typeof Piscina> {
  try {
    return (await import('piscina')).Piscina
  } catch (cause) {
    throw failure("it needs the package 'piscina', which can't be loaded: npm install piscina", cause)
  }
}
