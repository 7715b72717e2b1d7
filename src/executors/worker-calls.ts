/** The calls that are made in worker threads. */
import { describeError, EndpointFailure, UnserializableMessage } from '../core/errors.js'
import { Fifo } from '../core/fifo.js'
import { Suspects } from './worker-suspects.js'
import { Threads, type ThreadsOptions } from './worker-threads.js'
import { packArguments, unpackError, unpackResult, type WireCall, type WireResult } from './worker-wire.js'

/** How long calls whose time is up may heed their aborted signal before their thread is ended. */
const ABORT_GRACE_MS = 1_000

export interface WorkerCallsOptions extends Omit<ThreadsOptions, 'onReady' | 'onSettled' | 'isLimited'> {
  /** Milliseconds a call may take before it is aborted. */
  readonly handlerTimeout: number | undefined
}

interface Call {
  readonly id: number
  readonly endpoint: number
  readonly method: string
  readonly args: readonly unknown[]
  /** What crosses of them. */
  readonly packed: readonly unknown[]
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** The thread it was sent to. */
  thread?: number
  /** Of a thread's `perThread` it takes one, or all where it must be alone. */
  readonly room: number
  /** Until it is aborted, then until its thread is ended. */
  limit?: NodeJS.Timeout | undefined
}

/**
 * Shares calls out to threads. The calls of one turn go to a thread as one pack: a task of piscina costs some 20 us of the main thread, a
 * further call in it 2 to 5. Every thread has at most `perThread` calls; further ones wait, in order. Waiting calls are bounded by the
 * slots of the executor. What a thread had in hand when it crashed is alone in a thread the next time, before all others, so that a second
 * crash costs the guilty one alone.
 */
export class WorkerCalls {
  readonly #options: WorkerCallsOptions
  #threads!: Threads
  /** Room that is taken by thread, of the threads that are ready. */
  readonly #load: Map<number, number> = new Map()
  readonly #calls: Map<number, Call> = new Map()
  readonly #waiting: Fifo<Call> = new Fifo()
  readonly #waitingAlone: Fifo<Call> = new Fifo()
  readonly #suspects = new Suspects()
  #lastId = 0
  #sending = false
  #onIdle: (() => void) | undefined

  /** Resolves when calls can be made. Rejects with ExecutorLoadFailure, no thread left. */
  static async start(options: WorkerCallsOptions): Promise<WorkerCalls> {
    const calls = new WorkerCalls(options)
    calls.#threads = await Threads.start({
      ...options,
      isLimited: options.handlerTimeout !== undefined,
      onReady: (thread) => {
        calls.#load.set(thread, 0)
        calls.#sendSoon()
      },
      onSettled: (results) => calls.#settle(results),
    })
    return calls
  }

  private constructor(options: WorkerCallsOptions) {
    this.#options = options
  }

  /** Resolves with what the method returned, rejects with what it threw, or with EndpointFailure when its thread dies. */
  call(endpoint: number, method: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // Here, where what it throws (a getter of the user's) rejects the call.
      const packed = packArguments(args)
      const { handlerTimeout, perThread } = this.#options
      const isSuspect = this.#suspects.has(args)
      const room = isSuspect ? perThread : 1
      const call: Call = { id: ++this.#lastId, endpoint, method, args, packed, resolve, reject, room }
      if (handlerTimeout !== undefined) call.limit = setTimeout(() => this.#abort(call), handlerTimeout)
      this.#calls.set(call.id, call)
      if (isSuspect) this.#waitingAlone.push(call)
      else this.#waiting.push(call)
      this.#sendSoon()
    })
  }

  /**
   * Ends the threads. With calls in hand it does not wait: they see their signal abort, and have a second before their thread is ended.
   * Never rejects.
   */
  async close(): Promise<void> {
    if (this.#calls.size === 0) return this.#threads.close()
    for (const line of [this.#waitingAlone, this.#waiting])
      for (const call of line.takeAll()) this.#crash(call, new Error('the executor was closed'))
    for (const thread of this.#threads.live()) this.#threads.abort('all', thread)
    void this.#endSoon()
  }

  /** Its time is up, and its caller has gone on: what did not begin never will, what runs is told, what does not listen costs its thread. */
  #abort(call: Call): void {
    const { thread } = call
    if (thread === undefined) return this.#forget(call)
    this.#threads.abort(call.id, thread)
    call.limit = setTimeout(() => this.#threads.end(thread), ABORT_GRACE_MS)
  }

  /** Never rejects. */
  async #endSoon(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ABORT_GRACE_MS)
      this.#onIdle = () => {
        clearTimeout(timer)
        resolve()
      }
      if (this.#calls.size === 0) this.#onIdle()
    })
    await this.#threads.close()
  }

  /** In a microtask behind the running one: what one socket read, or one pack of results, leads to is sent together. */
  #sendSoon(): void {
    if (this.#sending || this.#waiting.length + this.#waitingAlone.length === 0) return
    this.#sending = true
    queueMicrotask(() => {
      this.#sending = false
      this.#send()
    })
  }

  #send(): void {
    const live = this.#threads.live()
    for (const thread of this.#load.keys()) if (!live.has(thread)) this.#load.delete(thread)
    const packs = new Map<number, Call[]>()
    // While one waits to be alone, the thread with the least to do gets nothing more until it is empty.
    let kept = this.#waitingAlone.length > 0 ? this.#freest() : undefined
    while (kept !== undefined && this.#load.get(kept) === 0) {
      this.#share(this.#waitingAlone, kept, packs)
      kept = this.#waitingAlone.length > 0 ? this.#freest() : undefined
    }
    for (let thread = this.#freest(kept); thread !== undefined; thread = this.#freest(kept)) {
      if (!this.#share(this.#waiting, thread, packs)) break
    }
    for (const [thread, calls] of packs) this.#sendPack(thread, calls)
  }

  /** The next call of a line that still matters, to a thread. False = there was none. */
  #share(line: Fifo<Call>, thread: number, packs: Map<number, Call[]>): boolean {
    for (let call = line.shift(); call !== undefined; call = line.shift()) {
      // Its time was up while it waited.
      if (!this.#calls.has(call.id)) continue
      call.thread = thread
      this.#load.set(thread, (this.#load.get(thread) ?? 0) + call.room)
      const pack = packs.get(thread)
      if (pack === undefined) packs.set(thread, [call])
      else pack.push(call)
      return true
    }
    return false
  }

  #freest(except?: number): number | undefined {
    let best: number | undefined
    let least = this.#options.perThread
    for (const [thread, load] of this.#load) {
      if (load < least && thread !== except) {
        least = load
        best = thread
      }
    }
    return best
  }

  #sendPack(thread: number, calls: readonly Call[]): void {
    const pack = calls.map(({ id, endpoint, method, packed }): WireCall => [id, endpoint, method, packed])
    this.#threads.post(pack, thread).then(
      (results) => this.#settle(results),
      (error: unknown) => this.#packFailed(thread, calls, error),
    )
  }

  #settle(results: readonly WireResult[]): void {
    for (const result of results) {
      const call = this.#calls.get(result[0])
      // Told early, and again with its pack.
      if (call === undefined) continue
      this.#forget(call)
      this.#suspects.clear(call.args)
      if (result[1] === 'error') call.reject(unpackError(result[2]))
      else call.resolve(unpackResult(result, call.args))
    }
    this.#sendSoon()
  }

  /** The thread never rejects a pack: either the pack could not be sent, or the thread is dead. */
  #packFailed(thread: number, calls: readonly Call[], error: unknown): void {
    // By name: the error may be of another realm.
    const unsent = (error as Error | null)?.name === 'DataCloneError' && this.#threads.live().has(thread)
    if (unsent && calls.length > 1) {
      for (const call of calls) this.#sendPack(thread, [call])
      return
    }
    if (!unsent) this.#load.delete(thread)
    for (const call of calls) {
      if (!this.#calls.has(call.id)) continue
      if (unsent) this.#refuse(call, error)
      else {
        this.#suspects.add(call.args)
        this.#crash(call, error)
      }
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
    clearTimeout(call.limit)
    this.#calls.delete(call.id)
    const load = call.thread === undefined ? undefined : this.#load.get(call.thread)
    if (call.thread !== undefined && load !== undefined) this.#load.set(call.thread, load - call.room)
    if (this.#calls.size === 0) this.#onIdle?.()
  }
}
