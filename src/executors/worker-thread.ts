/** One worker thread, as the main thread has it from the moment its modules are loaded. */
import { type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads'

import type { Pack, WireResult } from './worker-wire.js'

/** How many calls a thread should have in hand: between these, by how long it takes to make them. */
export interface Window {
  readonly least: number
  readonly most: number
}

/** A window of calls that ends sooner than this, in milliseconds, is doubled: messages are fewer and larger then. */
const SOON_MS = 4
/** One that takes longer is halved: what is in hand waits for a slow call, and comes again after a crash. */
const LATE_MS = 16

export interface WorkerThreadHooks {
  readonly window: Window
  /** Never throws. */
  readonly onResults: (results: readonly WireResult[]) => void
  /** Told once, before the pool that made the thread knows. Never throws. */
  readonly onLost: (thread: WorkerThread, cause: unknown) => void
}

/**
 * Calls and results go by a port of its own, one message each way for all of a turn: a task of piscina costs the main thread some 20 us
 * more (a promise, an async resource, a look at all threads).
 */
export class WorkerThread {
  /** What its calls take of the room that it has. */
  load = 0
  /** How many calls it should have in hand. */
  window: number
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #hooks: WorkerThreadHooks
  #isLost = false
  #isBusy = false
  /** Calls that have ended since the window was looked at. */
  #ended = 0
  #lookedAt = performance.now()

  constructor(worker: Worker, port: MessagePort, hooks: WorkerThreadHooks) {
    this.#worker = worker
    this.#port = port
    this.#hooks = hooks
    this.window = hooks.window.least
    port.on('message', (results: readonly WireResult[]) => {
      this.#take(results)
      this.#takeFurther()
    })
    port.unref()
    // Before the pool's, which replaces the thread and then tells of crashes that took no call along.
    worker.prependListener('error', (cause) => this.#lose(cause))
    worker.prependListener('exit', (code) => this.#lose(new Error(`worker exited with code: ${code}`)))
  }

  /** Throws what can't be cloned (`DataCloneError`), or what a getter throws. To a thread that is ending: does nothing. */
  post(pack: Pack): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
    this.#port.postMessage(pack)
  }

  /** Takes or gives back room. As long as some is taken, the process does not end by itself. */
  take(room: number): void {
    this.load += room
    if (this.load > 0 === this.#isBusy || this.#isLost) return
    this.#isBusy = !this.#isBusy
    if (this.#isBusy) this.#port.ref()
    else this.#port.unref()
  }

  /** It fails its calls; the pool puts another in its place. */
  end(): void {
    void this.#worker.terminate()
  }

  #lose(cause: unknown): void {
    if (this.#isLost) return
    this.#isLost = true
    // What it told with its last breath has happened.
    this.#takeFurther()
    this.#port.close()
    this.#hooks.onLost(this, cause)
  }

  /** Now and not one turn of microtasks each: what they lead to is sent together. */
  #takeFurther(): void {
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port))
      this.#take(next.message as readonly WireResult[])
  }

  #take(results: readonly WireResult[]): void {
    this.#ended += results.length
    if (this.#ended >= this.window) this.#adapt()
    this.#hooks.onResults(results)
  }

  #adapt(): void {
    const { least, most } = this.#hooks.window
    const now = performance.now()
    const perWindow = ((now - this.#lookedAt) * this.window) / this.#ended
    if (perWindow < SOON_MS) this.window = Math.min(most, 2 * this.window)
    else if (perWindow > LATE_MS) this.window = Math.max(least, Math.floor(this.window / 2))
    this.#ended = 0
    this.#lookedAt = now
  }
}
