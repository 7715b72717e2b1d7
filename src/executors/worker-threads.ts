/** A fixed number of worker threads with the endpoints' modules loaded: what we ask of piscina, and what it leaves to us. */
import type { Piscina } from 'piscina'

import { describeError, ExecutorLoadFailure } from '../core/errors.js'
import type { Logger } from '../core/logger.js'
import {
  type Pack,
  type ThreadMessage,
  unpackError,
  type WireData,
  type WireEndpoint,
  type WireResult,
} from './worker-wire.js'

export interface ThreadsOptions {
  readonly endpoints: readonly WireEndpoint[]
  readonly threads: number
  /** Packs in hand of one thread, at most. */
  readonly perThread: number
  /** Milliseconds until the modules of all threads must have been loaded. */
  readonly loadTimeout: number
  readonly resourceLimits?: object | undefined
  readonly execArgv?: readonly string[] | undefined
  /** Whether calls are aborted one by one. */
  readonly isLimited: boolean
  readonly logger: Logger
  /** A thread is ready for packs: at the start, and later each replacement. */
  readonly onReady: (thread: number) => void
  /** Results that a thread tells before it has finished their pack. */
  readonly onSettled: (results: readonly WireResult[]) => void
}

/** How long a lost thread may be missing before we see to its replacement ourselves. */
const RESPAWN_AFTER_MS = 1_000

/** Worker threads by number. One that dies is replaced: its packs reject, and `onReady` tells of the new one. */
export class Threads {
  readonly #options: ThreadsOptions
  readonly #pool: Piscina<Pack, readonly WireResult[]>
  /** Where the pack goes that is being handed to the pool; null = nowhere now, so that the pool makes a thread for it. */
  #target: number | null | undefined
  /** By thread that is being told what to abort: what it must be told next. */
  readonly #aborts = new Map<number, (number | 'all')[]>()
  #closed = false
  #respawning: NodeJS.Timeout | undefined
  #probe = new AbortController()
  #ready = 0
  #onAllLoaded: () => void = () => {}
  /** While the threads start it rejects the start, later it logs. */
  #onFailed: (error: ExecutorLoadFailure) => void

  /** Resolves when all threads have loaded all modules. Rejects with ExecutorLoadFailure, no thread left. */
  static async start(options: ThreadsOptions): Promise<Threads> {
    const threads = makeThreads(options, await loadPiscina())
    try {
      await threads.#allLoaded()
    } catch (error) {
      await threads.close()
      throw error
    }
    return threads
  }

  /** Throws what Node says of arguments or limits that a thread can't have. */
  constructor(options: ThreadsOptions, Pool: typeof Piscina) {
    this.#options = options
    this.#onFailed = (error) => options.logger.error(error.message, { error })
    this.#pool = new Pool({
      filename: new URL('./worker-main.js', import.meta.url).href,
      minThreads: options.threads,
      maxThreads: options.threads,
      // One more than its packs: the one that tells of the deadline.
      concurrentTasksPerWorker: options.perThread + 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      // With Atomics.wait the event loop of an idle thread would stand still, with the endpoints' sockets and timers.
      atomics: 'disabled',
      recordTiming: false,
      workerData: { endpoints: options.endpoints, isLimited: options.isLimited } satisfies WireData,
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

  /** Those that are there, ready or not. */
  live(): ReadonlySet<number> {
    return new Set(this.#pool.threads.map(({ threadId }) => threadId))
  }

  /** Resolves with the results of all calls. Rejects when it can't be cloned (`DataCloneError`) and when the thread dies. */
  post(pack: Pack, thread: number): Promise<readonly WireResult[]> {
    this.#target = thread
    try {
      return this.#pool.run(pack)
    } finally {
      this.#target = undefined
    }
  }

  /** Tells a thread to abort a call, or all. One message at a time: there is one slot for it beside those of the packs. */
  abort(call: number | 'all', thread: number): void {
    const next = this.#aborts.get(thread)
    if (next !== undefined) {
      next.push(call)
      return
    }
    this.#aborts.set(thread, [])
    const goOn = (): void => {
      const calls = this.#aborts.get(thread) ?? []
      this.#aborts.delete(thread)
      if (this.live().has(thread)) for (const further of calls) this.abort(further, thread)
    }
    // A thread that died meanwhile has nothing left to abort: its calls were told.
    this.post({ abort: [call] }, thread).then(goOn, goOn)
  }

  /** Ends one thread, which fails its calls; another takes its place. */
  end(thread: number): void {
    void this.#pool.threads.find(({ threadId }) => threadId === thread)?.terminate()
  }

  /** Ends all threads at once. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#respawning)
    await this.#pool.destroy()
  }

  async #allLoaded(): Promise<void> {
    const { logger, loadTimeout, threads } = this.#options
    let timer: NodeJS.Timeout | undefined
    let lost: () => void
    try {
      await new Promise<void>((resolve, reject) => {
        this.#onAllLoaded = resolve
        this.#onFailed = reject
        // A turn later: the pool tells first that a thread is gone, then why.
        lost = () => void setImmediate(reject, failure('a worker thread ended while it loaded its modules'))
        this.#pool.on('workerDestroy', lost)
        timer = setTimeout(() => {
          const left = `${threads - this.#ready} of ${threads} worker threads had not loaded their modules`
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
        this.#ready++
        if (this.#ready === this.#options.threads) this.#onAllLoaded()
        this.#options.onReady(message.thread)
        break
      case 'failed': {
        const cause = unpackError(message.error)
        const text = `the module ${message.url} did not load in a worker thread: ${describeError(cause)}`
        this.#onFailed(failure(text + hintFor(cause), cause))
        break
      }
      case 'settled':
        this.#options.onSettled(message.results)
        break
    }
  }
}

function makeThreads(options: ThreadsOptions, Pool: typeof Piscina): Threads {
  try {
    return new Threads(options, Pool)
  } catch (cause) {
    throw failure(`no worker thread can be made with these options: ${describeError(cause)}`, cause)
  }
}

/** What to do about a module that did not load, where that is known. */
export function hintFor(cause: unknown): string {
  return (cause as { readonly code?: unknown } | null)?.code === 'ERR_UNKNOWN_FILE_EXTENSION'
    ? "; TypeScript needs a loader in each thread: give executorOptions: { execArgv: ['--import', './register.mjs'] } with a file that registers one"
    : ''
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
