/** A shard: one thread after the other, and what they count together. */
import { describeError, type MessagingException, ShardFailure } from '../../core/errors.js'
import type { Logger } from '../../core/logger.js'
import type { ErrorSubject } from '../intake.js'
import { afterEnd, atStart, noCounts, type ShardCounts, sum } from './counts.js'
import { loadFailure, ShardThread, type ShardThreadOptions } from './thread.js'
import type { ShardOrder } from './wire.js'

/** They never throw. */
export interface ShardHooks {
  readonly onRestored: () => void
  readonly onError: (error: MessagingException, about: ErrorSubject) => void
}

/** Before a shard is started again: the first time, doubling up to the longest. */
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000
/** One that has listened for so long has recovered: the next pause is the first again. */
const RECOVERED_AFTER_MS = 60_000

export class Shard {
  /** How often it ended by itself. */
  crashes = 0
  readonly #order: Omit<ShardOrder, 'startTimeout'>
  readonly #options: ShardThreadOptions
  readonly #logger: Logger
  readonly #hooks: ShardHooks
  #thread: ShardThread | undefined
  /** Of threads that are gone. */
  #past: ShardCounts
  #present: ShardCounts | undefined
  #startTimeout: number | undefined
  #isEnding = false
  #isUp = false
  #upSince = 0
  #failuresInRow = 0
  #restart: NodeJS.Timeout | undefined

  constructor(
    order: Omit<ShardOrder, 'startTimeout'>,
    options: ShardThreadOptions,
    logger: Logger,
    hooks: ShardHooks,
  ) {
    this.#order = order
    this.#options = options
    this.#logger = logger
    this.#hooks = hooks
    this.#past = noCounts(order.endpoints.map(({ name }) => name))
  }

  /** Resolves when it listens. Rejects when it can't; there is no thread then. From then on it is started again when it crashes. */
  async start(timeout: number | undefined): Promise<void> {
    this.#startTimeout = timeout
    this.#isEnding = false
    this.#failuresInRow = 0
    this.#past = atStart(this.#past)
    await this.#begin()
  }

  async #begin(): Promise<void> {
    const thread = this.#makeThread()
    this.#thread = thread
    void thread.gone.then(() => this.#onGone(thread))
    await thread.started
    this.#isUp = true
    this.#upSince = performance.now()
  }

  #makeThread(): ShardThread {
    try {
      return new ShardThread(
        { ...this.#order, startTimeout: this.#startTimeout },
        this.#options,
        this.#logger,
        {
          ...this.#hooks,
          onCounts: (counts) => {
            this.#present = counts
          },
          onCrashed: (cause, code) => this.#onCrashed(cause, code),
        },
      )
    } catch (cause) {
      throw loadFailure(`no thread can be made with these options: ${describeError(cause)}`, cause)
    }
  }

  /** Resolves when no new message reaches its endpoints, and none will: it is not started again. */
  async stop(): Promise<void> {
    this.#isEnding = true
    clearTimeout(this.#restart)
    await this.#thread?.stop()
  }

  /** After `stop()`. Resolves when what was in hand is settled and the thread is gone, soon after `timeout` ms at the latest. */
  async wait(timeout: number): Promise<void> {
    await this.#thread?.wait(timeout)
  }

  /** For who waits with `timeout` before `stop()` has resolved. */
  limit(timeout: number): void {
    this.#thread?.limit(timeout)
  }

  get isLive(): boolean {
    return this.#isUp && (this.#present?.isLive ?? true)
  }

  counts(): ShardCounts {
    return this.#present === undefined ? this.#past : sum([this.#past, this.#present])
  }

  #onGone(thread: ShardThread): void {
    if (this.#thread !== thread) return
    this.#past = afterEnd(this.counts())
    this.#present = undefined
    this.#thread = undefined
    this.#isUp = false
  }

  #onCrashed(cause: unknown, exitCode: number): void {
    this.crashes += 1
    this.#isUp = false
    if (performance.now() - this.#upSince > RECOVERED_AFTER_MS) this.#failuresInRow = 0
    const { shard } = this.#order
    const why = cause === undefined ? `with exit code ${exitCode}` : `by ${describeError(cause)}`
    const pause = this.#beginAgainLater()
    this.#report(
      'SHARD_CRASHED',
      `the thread of shard ${shard} ended by itself, ${why}; what it had in hand comes again from the broker, and it is started again in ${pause} ms`,
      cause,
    )
  }

  /** Returns in how many milliseconds. */
  #beginAgainLater(): number {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failuresInRow)
    this.#failuresInRow += 1
    this.#restart = setTimeout(() => void this.#beginAgain(), pause)
    return pause
  }

  /** Never rejects. */
  async #beginAgain(): Promise<void> {
    try {
      await this.#begin()
      this.#hooks.onRestored()
    } catch (cause) {
      if (this.#isEnding) return
      const pause = this.#beginAgainLater()
      this.#report(
        'SHARD_NOT_RESTARTED',
        `shard ${this.#order.shard} could not be started again, which is tried again in ${pause} ms: ${describeError(cause)}`,
        cause,
      )
    }
  }

  #report(code: 'SHARD_CRASHED' | 'SHARD_NOT_RESTARTED', text: string, cause: unknown): void {
    const details = cause === undefined ? {} : { cause }
    this.#hooks.onError(new ShardFailure(code, this.#order.shard, text, details), {})
  }
}
