/** What the executors of this folder share: slots that jobs from a line take in turn, and how they are closed. */
import type { Job } from '../core/dispatcher.js'
import type { Executor } from '../core/executor.js'

/** Jobs that have not begun, in the order in which they may. */
export interface Line {
  /** All of them, those that may not begin yet too. */
  readonly length: number
  push(job: Job): void
  /** Takes out the next job that may begin now. When one ends, the line is asked again. */
  next(): Job | undefined
  /** Takes out all of them. Nothing waits any longer for one that has begun. */
  takeAll(): readonly Job[]
}

export interface SlotsOptions {
  readonly concurrency: number
  readonly line: Line
  readonly credit?: number
  /** Asked before each job; where it once says no, `goOn` is called when it may say yes. Default: yes. Never throws. */
  readonly mayBegin?: () => boolean
}

/**
 * Runs the jobs of a line, at most `concurrency` at once. A job that finishes at once costs neither a promise nor a tick. The line has no
 * bound of its own: the server hands over no more than the credit it asked of the broker. A job that outlives the deadline of `close` is
 * given up, and takes no slot of the next start: one that hangs for ever would take it for ever.
 */
export class Slots implements Executor {
  readonly concurrency: number
  readonly credit?: number
  readonly #line: Line
  readonly #mayBegin: () => boolean
  #running = 0
  #pumping = false
  #closed = false
  /** One function for all jobs until some are given up, so that a job costs no closure. */
  #done: () => void = this.#newDone()
  #onIdle: (() => void)[] = []

  constructor(options: SlotsOptions) {
    this.concurrency = options.concurrency
    this.#mayBegin = options.mayBegin ?? (() => true)
    this.#line = options.line
    if (options.credit !== undefined) this.credit = options.credit
  }

  async start(): Promise<void> {
    this.#closed = false
  }

  execute(job: Job): void {
    if (this.#closed) {
      job.abandon()
      return
    }
    this.#line.push(job)
    this.#pump()
  }

  async close(deadline?: number): Promise<void> {
    this.#closed = true
    if (this.#idle) return
    await new Promise<void>((resolve) => {
      const timer = deadline === undefined ? undefined : setTimeout(() => this.#giveUp(resolve), deadline)
      this.#onIdle.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Begins what may begin now. */
  goOn(): void {
    if (this.#line.length > 0) this.#pump()
  }

  get #idle(): boolean {
    return this.#running === 0 && this.#line.length === 0
  }

  /** A loop that is entered once: the end of a job that ends at once does not begin the next on its own stack. */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    while (this.#running < this.concurrency && this.#mayBegin()) {
      const job = this.#line.next()
      if (job === undefined) break
      this.#running++
      job.run(this.#done)
    }
    this.#pumping = false
    if (this.#onIdle.length > 0 && this.#idle) for (const idle of this.#onIdle.splice(0)) idle()
  }

  #newDone(): () => void {
    const done = (): void => {
      // Of a job that was given up.
      if (this.#done !== done) return
      this.#running--
      this.#pump()
    }
    return done
  }

  #giveUp(resolve: () => void): void {
    resolve()
    // Opened again in the meantime: what waits and runs now is not what was to be given up.
    if (!this.#closed) return
    this.#running = 0
    this.#done = this.#newDone()
    for (const job of this.#line.takeAll()) job.abandon()
    this.#pump()
  }
}
