/** The calls that are made in worker threads. */
import { describeError, EndpointFailure, UnserializableMessage } from '../core/errors.js'
import { Fifo } from '../core/fifo.js'
import { Suspects } from './worker-suspects.js'
import type { WorkerThread } from './worker-thread.js'
import { Threads, type ThreadsOptions } from './worker-threads.js'
import { packArguments, unpackError, unpackResult, type WireCall, type WireResult } from './worker-wire.js'

/** How long calls whose time is up may heed their aborted signal before their thread is ended. */
const ABORT_GRACE_MS = 1_000

export interface WorkerCallsOptions
  extends Omit<ThreadsOptions, 'onReady' | 'onResults' | 'onLost' | 'isLimited'> {
  /** There may be room again. Never throws. */
  readonly onRoom: () => void
  /** Milliseconds a call may take before it is aborted. */
  readonly handlerTimeout: number | undefined
}

interface Call {
  readonly wire: WireCall
  readonly args: readonly unknown[]
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** The thread it was sent to. */
  thread: WorkerThread | undefined
  /** Of a thread's window it takes one, or all where it must be alone. */
  readonly room: number
  /** Until it is aborted, then until its thread is ended. */
  limit: NodeJS.Timeout | undefined
}

/**
 * Shares calls out to threads. The calls of one turn go to a thread as one pack: a message costs both sides some 20 us, a further call in
 * it a few. Every thread has at most as many calls as its window
 * says; further ones wait, in order. Waiting calls are bounded by the
 * slots of the executor. What a thread had in hand when it crashed is alone in a thread the next time, before all others, so that a second
 * crash costs the guilty one alone.
 */
export class WorkerCalls {
  readonly #options: WorkerCallsOptions
  #threads!: Threads
  /** Those that are ready. */
  readonly #ready: Set<WorkerThread> = new Set()
  readonly #calls: Map<number, Call> = new Map()
  readonly #waiting: Fifo<Call> = new Fifo()
  readonly #waitingAlone: Fifo<Call> = new Fifo()
  readonly #suspects = new Suspects()
  #lastId = 0
  #sending = false
  #tellingRoom = false
  #onIdle: (() => void) | undefined

  /** Resolves when calls can be made. Rejects with ExecutorLoadFailure, no thread left. */
  static async start(options: WorkerCallsOptions): Promise<WorkerCalls> {
    const calls = new WorkerCalls(options)
    calls.#threads = await Threads.start({
      ...options,
      isLimited: options.handlerTimeout !== undefined,
      onReady: (thread) => {
        calls.#ready.add(thread)
        calls.#tellRoomSoon()
        calls.#sendSoon()
      },
      onResults: (results) => calls.#settle(results),
      onLost: (thread, cause) => calls.#lost(thread, cause),
    })
    return calls
  }

  private constructor(options: WorkerCallsOptions) {
    this.#options = options
  }

  /** Whether all threads have as much in hand as they should: a call that is made now would wait. */
  get isFull(): boolean {
    let room = (this.#options.threads - this.#ready.size) * this.#options.window.least
    for (const { window } of this.#ready) room += window
    return this.#calls.size >= room
  }

  /** Resolves with what the method returned, rejects with what it threw, or with EndpointFailure when its thread dies. */
  call(endpoint: number, method: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // Here, where what it throws (a getter of the user's) rejects the call.
      const packed = packArguments(args)
      const { handlerTimeout, window } = this.#options
      const isSuspect = this.#suspects.has(args)
      const room = isSuspect ? window.most : 1
      const wire = [++this.#lastId, endpoint, method, packed] as const
      const call: Call = { wire, args, resolve, reject, thread: undefined, room, limit: undefined }
      if (handlerTimeout !== undefined) call.limit = setTimeout(() => this.#abort(call), handlerTimeout)
      this.#calls.set(wire[0], call)
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
    for (const thread of this.#ready) thread.post({ abort: 'all' })
    void this.#endSoon()
  }

  /** Its time is up, and its caller has gone on: what did not begin never will, what runs is told, what does not listen costs its thread. */
  #abort(call: Call): void {
    const { thread } = call
    if (thread === undefined) return this.#forget(call)
    thread.post({ abort: call.wire[0] })
    call.limit = setTimeout(() => thread.end(), ABORT_GRACE_MS)
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
    const packs = new Map<WorkerThread, Call[]>()
    // While one waits to be alone, the thread with the least to do gets nothing more until it is empty.
    let kept = this.#waitingAlone.length > 0 ? this.#freest() : undefined
    while (kept !== undefined && kept.load === 0) {
      this.#share(this.#waitingAlone, kept, packs)
      kept = this.#waitingAlone.length > 0 ? this.#freest() : undefined
    }
    for (let thread = this.#freest(kept); thread !== undefined; thread = this.#freest(kept)) {
      if (!this.#share(this.#waiting, thread, packs)) break
    }
    for (const [thread, calls] of packs) this.#sendPack(thread, calls)
  }

  /** The next call of a line that still matters, to a thread. False = there was none. */
  #share(line: Fifo<Call>, thread: WorkerThread, packs: Map<WorkerThread, Call[]>): boolean {
    for (let call = line.shift(); call !== undefined; call = line.shift()) {
      // Its time was up while it waited.
      if (!this.#calls.has(call.wire[0])) continue
      call.thread = thread
      thread.take(call.room)
      const pack = packs.get(thread)
      if (pack === undefined) packs.set(thread, [call])
      else pack.push(call)
      return true
    }
    return false
  }

  #freest(except?: WorkerThread): WorkerThread | undefined {
    let best: WorkerThread | undefined
    let least = Number.POSITIVE_INFINITY
    for (const thread of this.#ready) {
      if (thread.load < thread.window && thread.load < least && thread !== except) {
        least = thread.load
        best = thread
      }
    }
    return best
  }

  #sendPack(thread: WorkerThread, calls: readonly Call[]): void {
    try {
      thread.post(calls.map(({ wire }) => wire))
    } catch (error) {
      if (calls.length > 1) for (const call of calls) this.#sendPack(thread, [call])
      else if (calls[0] !== undefined) this.#refuse(calls[0], error)
      this.#sendSoon()
    }
  }

  #settle(results: readonly WireResult[]): void {
    for (const result of results) {
      const call = this.#calls.get(typeof result === 'number' ? result : result[0])
      // Its time was up.
      if (call === undefined) continue
      this.#forget(call)
      this.#suspects.clear(call.args)
      if (typeof result === 'number') call.resolve(undefined)
      else if (result[1] === 'error') call.reject(unpackError(result[2]))
      else call.resolve(unpackResult(result, call.args))
    }
    this.#sendSoon()
  }

  /** Returns how many calls it had in hand. */
  #lost(thread: WorkerThread, cause: unknown): number {
    this.#ready.delete(thread)
    let count = 0
    for (const call of this.#calls.values()) {
      if (call.thread !== thread) continue
      count++
      this.#suspects.add(call.args)
      this.#crash(call, cause)
    }
    this.#sendSoon()
    return count
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
    const [, endpoint, method] = call.wire
    const name = this.#options.endpoints[endpoint]?.name ?? 'unknown'
    const text = `the worker thread of endpoint '${name}' ended during ${method}(): ${describeError(cause)}`
    call.reject(new EndpointFailure('WORKER_CRASHED', name, text, { cause }))
  }

  #forget(call: Call): void {
    if (call.limit !== undefined) clearTimeout(call.limit)
    this.#calls.delete(call.wire[0])
    call.thread?.take(-call.room)
    if (this.#calls.size === 0) this.#onIdle?.()
    this.#tellRoomSoon()
  }

  /** Who waits for room looks as its jobs end; but the job of a call whose time was up ended long before the call. */
  #tellRoomSoon(): void {
    if (this.#tellingRoom) return
    this.#tellingRoom = true
    setImmediate(() => {
      this.#tellingRoom = false
      this.#options.onRoom()
    })
  }
}
