/**
 * A listener's engine: credit, dispatch, executor, settlement, and the life from start to wait. Knows nothing of notifications.
 * source: oslo_messaging/server.py (MessageHandlingServer), with its start/stop/wait order but not its traps
 */
import { setMaxListeners } from 'node:events'

import { type Dispatcher, isJob, type Job } from './dispatcher.js'
import type { Driver, DriverListener, ListenerStats, Subscription } from './driver.js'
import { describeError, MessagingException, NotOpen, ServerListenError } from './errors.js'
import type { Executor } from './executor.js'
import { Fifo } from './fifo.js'
import type { Logger } from './logger.js'
import { type IncomingMessage, settle } from './message.js'

export interface ServerParts {
  readonly driver: Pick<Driver, 'listen'>
  readonly subscriptions: readonly Subscription[]
  /** The targets as text, for errors. */
  readonly targets: readonly string[]
  readonly dispatcher: Dispatcher
  readonly executor: Executor
  /** Most messages in hand; default from executor and batch size. */
  readonly prefetch?: number | undefined
  readonly deadLetter: boolean
  readonly logger: Logger
  readonly hooks?: ServerHooks
}

/** What an owner wants to know of each life, in this order. They never throw. */
export interface ServerHooks {
  /** Before the first message can come. */
  readonly onOpen?: () => void
  /** Every subscription is live. */
  readonly onStarted?: () => void
  readonly onRestored?: () => void
  /** No new message comes; those in hand go on. Also after a start that failed, without `onStarted`. */
  readonly onClosed?: () => void
  /** The same, but only after `onStarted`. */
  readonly onStopped?: () => void
}

export interface StartOptions {
  /** Milliseconds the broker may take to be reached and answer. Default 30,000. */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

export interface WaitOptions {
  /** Milliseconds for handlers in hand; then their messages are given back to the broker. Default 30,000. */
  readonly timeout?: number
}

/** Where a listener is in its life; `restoring`: it listens, but the driver has to restore a subscription. */
export type ListenerState = 'stopped' | 'starting' | 'listening' | 'restoring' | 'stopping'

/** Starts, stops, and starts again; each start is a Run of its own, so that nothing of an old one leaks into the next. */
export class MessageServer {
  readonly #parts: ServerParts
  #run: Run | undefined
  #last: Run | undefined

  constructor(parts: ServerParts) {
    this.#parts = parts
  }

  /** Resolves when every subscription is live. While running: the same promise. After a stop: waits for it, then starts anew. */
  async start(options: StartOptions = {}): Promise<void> {
    if (this.#run?.isStopping === true) await this.wait()
    if (this.#run === undefined) {
      const run = new Run(this.#parts, options)
      this.#run = run
      run.started.catch(() => {
        if (this.#run === run) this.#run = undefined
      })
    }
    await this.#run.started
  }

  /** When it resolves no new message is dispatched. Before a start: resolves at once. A start that still waits for the broker ends. */
  async stop(): Promise<void> {
    await this.#run?.stop()
  }

  /** Resolves when what was in hand is settled, acknowledgements are flushed and the link is free. Before a stop: waits for it. */
  async wait(options: WaitOptions = {}): Promise<void> {
    const run = this.#run
    if (run === undefined) return
    try {
      await run.wait(options.timeout ?? 30_000)
    } finally {
      this.#last = run
      if (this.#run === run) this.#run = undefined
    }
  }

  /** Messages with endpoints or kept for a batch, and messages that wait raw behind them. */
  load(): { readonly inHand: number; readonly backlog: number } {
    return this.#run?.load() ?? { inHand: 0, backlog: 0 }
  }

  get state(): ListenerState {
    return this.#run?.state ?? 'stopped'
  }

  /** Of the present start, or the last one: an endpoint that was given up may still end, and that is counted too. */
  driverStats(): ListenerStats {
    return (this.#run ?? this.#last)?.stats() ?? noStats
  }
}

const noStats: ListenerStats = {
  delivered: 0,
  acknowledged: 0,
  requeued: 0,
  rejected: 0,
  stale: 0,
  unsettled: 0,
}

/** Milliseconds a start that is under way may take to succeed once it is to be stopped. */
const graceOfStart = 1_000

/** One life: from start to wait. */
class Run {
  readonly started: Promise<void>
  isStopping = false
  readonly #parts: ServerParts
  readonly #credit: number
  readonly #backlog = new Fifo<IncomingMessage>()
  readonly #startLimit = new AbortController()
  readonly #drainLimit = new AbortController()
  readonly #stopCalled: Promise<void>
  #onStop: () => void = () => {}
  readonly #whenFreed: Promise<void>
  #onFreed: () => void = () => {}
  #listener: DriverListener | undefined
  #inHand = 0
  #isTaking = false
  #stopped: Promise<void> | undefined
  #freed: Promise<void> | undefined

  constructor(parts: ServerParts, options: StartOptions) {
    this.#parts = parts
    // As many handlers listen to it as run at once; Node would take more than ten for a leak.
    setMaxListeners(0, this.#drainLimit.signal)
    const { executor, dispatcher, prefetch } = parts
    const derived = (executor.credit ?? 2 * executor.concurrency) * dispatcher.batchSize
    this.#credit = Math.min(65_535, Math.max(derived, prefetch ?? 0))
    this.#stopCalled = new Promise((resolve) => {
      this.#onStop = resolve
    })
    this.#whenFreed = new Promise((resolve) => {
      this.#onFreed = resolve
    })
    this.started = this.#start(options)
    // Who already waits for the end of a start that fails must not wait for ever.
    this.started.catch(this.#onStop)
  }

  load(): { inHand: number; backlog: number } {
    return { inHand: this.#inHand, backlog: this.#backlog.length }
  }

  stats(): ListenerStats {
    return this.#listener?.stats() ?? noStats
  }

  get state(): ListenerState {
    if (this.isStopping) return 'stopping'
    if (this.#listener === undefined) return 'starting'
    return this.#listener.stats().isLive === false ? 'restoring' : 'listening'
  }

  async #start(options: StartOptions): Promise<void> {
    const { driver, dispatcher, executor, subscriptions, targets, deadLetter, hooks } = this.#parts
    const { timeout } = options
    const signals = [this.#startLimit.signal, ...(options.signal === undefined ? [] : [options.signal])]
    dispatcher.open({
      onJob: (job) => this.#execute(job),
      onSettled: (count) => this.#onSettled(count),
      signal: this.#drainLimit.signal,
    })
    hooks?.onOpen?.()
    try {
      await executor.start?.()
      this.#listener = await driver.listen(
        subscriptions,
        {
          credit: this.#credit,
          deadLetter,
          timeout,
          signal: AbortSignal.any(signals),
          onRestored: hooks?.onRestored,
        },
        (message) => this.#onIncoming(message),
      )
      hooks?.onStarted?.()
    } catch (error) {
      hooks?.onClosed?.()
      await executor.close(0)
      if (this.#startLimit.signal.aborted) throw this.#startLimit.signal.reason as NotOpen
      if (error instanceof MessagingException && !(error.code in linkCodes)) throw error
      throw new ServerListenError(targets, `can't listen to ${targets.join(', ')}: ${describeError(error)}`, {
        cause: error,
      })
    }
  }

  /** Never throws. Takes the message, or lets it wait raw while the credit is used up. */
  #onIncoming(message: IncomingMessage): void {
    if (this.#isTaking || this.#backlog.length > 0 || this.#inHand >= this.#credit) {
      this.#backlog.push(message)
      return
    }
    this.#isTaking = true
    this.#take(message)
    this.#isTaking = false
    this.#takeWaiting()
  }

  #onSettled(count: number): void {
    this.#inHand -= count
    this.#takeWaiting()
  }

  /** A loop, not a recursion: a synchronous endpoint settles, and so comes here again, while its message is being taken. */
  #takeWaiting(): void {
    if (this.#isTaking) return
    this.#isTaking = true
    while (this.#inHand < this.#credit) {
      const message = this.#backlog.shift()
      if (message === undefined) break
      this.#take(message)
    }
    this.#isTaking = false
  }

  #take(message: IncomingMessage): void {
    this.#inHand += 1
    const prepared = this.#parts.dispatcher.prepare(message)
    if (prepared === undefined) return
    if (isJob(prepared)) {
      this.#execute(prepared)
      return
    }
    this.#inHand -= 1
    settle(message, prepared)
  }

  /** An executor of a user's may break its promise; a job that it threw at must not hold its credit for ever. */
  #execute(job: Job): void {
    try {
      this.#parts.executor.execute(job)
    } catch (error) {
      this.#parts.logger.error('the executor threw at a job, which is given back to the broker', { error })
      job.abandon()
    }
  }

  stop(): Promise<void> {
    this.isStopping = true
    this.#stopped ??= this.#stop()
    this.#onStop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    const { dispatcher, hooks } = this.#parts
    await this.#endStart()
    await this.#listener?.stop()
    for (const message of this.#backlog.takeAll()) message.requeue()
    dispatcher.flush()
    if (this.#listener === undefined) return
    hooks?.onClosed?.()
    hooks?.onStopped?.()
  }

  /** One that is about to succeed does; one that waits for a broker, perhaps for ever, gives up. */
  async #endStart(): Promise<void> {
    const reason = new NotOpen('STOPPED', 'the listener was stopped before it listened')
    const timer = setTimeout(() => this.#startLimit.abort(reason), graceOfStart)
    await this.started.catch(() => {})
    clearTimeout(timer)
  }

  /** The first `timeout` to pass counts: who waits with a short one does not wait for another's long one. */
  async wait(timeout: number): Promise<void> {
    await this.#stopCalled
    await this.#stopped
    if (this.#freed === undefined) {
      try {
        await Promise.race([this.#parts.executor.close(timeout), this.#whenFreed])
      } finally {
        this.#freed ??= this.#free(timeout)
        this.#onFreed()
      }
    }
    await this.#freed
  }

  async #free(timeout: number): Promise<void> {
    const late = this.#inHand
    if (late > 0) {
      this.#parts.logger.warn(
        `${late} messages were still in hand after ${timeout} ms and are given back to the broker`,
        { targets: this.#parts.targets },
      )
    }
    // Closed first: a handler that gives up at the signal must not count as having handled its message.
    await this.#listener?.close()
    if (late > 0) this.#drainLimit.abort()
  }
}

/** Failures of the link get the sentence of ServerListenError around them; other typed errors say it themselves. */
const linkCodes = {
  BROKER_UNREACHABLE: 1,
  ACCESS_REFUSED: 1,
  NO_SUCH_VHOST: 1,
  TLS_FAILURE: 1,
  LINK_LOST: 1,
  TIMEOUT: 1,
}
