/** A fixed number of worker threads with the endpoints' modules loaded: what we ask of piscina, and what it leaves to us. */
import type { Piscina } from 'piscina'

import { contextUse } from '../core/context.js'
import { describeError, ExecutorLoadFailure } from '../core/errors.js'
import type { Logger } from '../core/logger.js'
import { type Window, WorkerThread, type WorkerThreadHooks } from './worker-thread.js'
import { type ThreadMessage, unpackError, type WireData, type WireEndpoint } from './worker-wire.js'

export interface ThreadsOptions {
  readonly endpoints: readonly WireEndpoint[]
  readonly threads: number
  /** Milliseconds until the modules of all threads must have been loaded. */
  readonly loadTimeout: number
  readonly resourceLimits?: object | undefined
  readonly execArgv?: readonly string[] | undefined
  /** Whether calls are aborted one by one. */
  readonly isLimited: boolean
  readonly context: boolean | undefined
  readonly logger: Logger
  /** A thread is ready for calls: at the start, and later each replacement. */
  readonly onReady: (thread: WorkerThread) => void
  readonly window: Window
  readonly onResults: WorkerThreadHooks['onResults']
  /** A thread that was ready is no more. Returns how many calls it takes along. */
  readonly onLost: (thread: WorkerThread, cause: unknown) => number
}

/** How long a lost thread may be missing before we see to its replacement ourselves. */
const RESPAWN_AFTER_MS = 1_000

/** Worker threads, as many as asked. One that dies is replaced: `onLost` tells of it, and `onReady` of the new one. */
export class Threads {
  readonly #options: ThreadsOptions
  readonly #pool: Piscina<undefined, void>
  /** The last crash that took calls along: they say why. */
  #toldCrash: unknown
  #closed = false
  #respawning: NodeJS.Timeout | undefined
  #isProbing = false
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
      idleTimeout: Number.POSITIVE_INFINITY,
      // With Atomics.wait the event loop of an idle thread would stand still, with the endpoints' sockets and timers.
      atomics: 'disabled',
      recordTiming: false,
      workerData: {
        endpoints: options.endpoints,
        isLimited: options.isLimited,
        context: contextUse(options.context),
      } satisfies WireData,
      // While it probes there is no room, so that the pool makes a thread.
      loadBalancer: (_, workers) =>
        this.#isProbing ? null : (workers.find(({ destroyed }) => !destroyed) ?? null),
      ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
      ...(options.execArgv === undefined ? {} : { execArgv: [...options.execArgv] }),
    })
    this.#pool.on('message', (message: ThreadMessage) => this.#onMessage(message))
    this.#pool.on('workerDestroy', () => this.#respawnLater())
    // Without a listener this event would end the process.
    this.#pool.on('error', (cause: unknown) => {
      if (cause === this.#toldCrash) return
      this.#onFailed(
        failure(`a worker thread crashed without a call in hand: ${describeError(cause)}`, cause),
      )
    })
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
    this.#isProbing = true
    // Its outcome says nothing: the new thread tells when it has loaded.
    this.#pool.run(undefined, { signal: this.#probe.signal }).catch(() => {})
    this.#isProbing = false
  }

  #onLoaded({ thread, port }: Extract<ThreadMessage, { tocsin: 'loaded' }>): void {
    const worker = this.#pool.threads.find(({ threadId }) => threadId === thread)
    // It ended meanwhile.
    if (worker === undefined) return
    const { window, onReady, onResults, onLost, threads } = this.#options
    const made = new WorkerThread(worker, port, {
      window,
      onResults,
      onLost: (lost, cause) => {
        if (onLost(lost, cause) > 0) this.#toldCrash = cause
      },
    })
    this.#ready++
    if (this.#ready === threads) this.#onAllLoaded()
    onReady(made)
  }

  #onMessage(message: ThreadMessage): void {
    switch (message.tocsin) {
      case 'loaded':
        this.#onLoaded(message)
        break
      case 'failed': {
        const cause = unpackError(message.error)
        const text = `the module ${message.url} did not load in a worker thread: ${describeError(cause)}`
        this.#onFailed(failure(text + hintFor(cause), cause))
        break
      }
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
