/** An executor that begins at most so many jobs in a second. */
import type { Executor } from 'tocsin'
import type { Job } from 'tocsin/driver'

export class RateLimited implements Executor {
  readonly concurrency: number
  readonly #interval: number
  readonly #waiting: Job[] = [] // Bounded by the credit that the listener asks of the broker.
  readonly #onIdle: (() => void)[] = []
  #running = 0
  #nextAt = 0
  #pause: NodeJS.Timeout | undefined
  #isOpen = true

  constructor(options: { readonly perSecond: number; readonly concurrency: number }) {
    this.concurrency = options.concurrency
    this.#interval = 1000 / options.perSecond
  }
  async start(): Promise<void> {
    this.#isOpen = true
  }
  execute(job: Job): void {
    if (!this.#isOpen) return job.abandon()
    this.#waiting.push(job)
    queueMicrotask(this.#pump)
  }

  async close(deadline?: number): Promise<void> {
    this.#isOpen = false
    if (this.#running + this.#waiting.length === 0) return
    const giveUp = (): void => {
      for (const job of this.#waiting.splice(0)) job.abandon()
      for (const resolve of this.#onIdle.splice(0)) resolve()
    }
    const timer = deadline === undefined ? undefined : setTimeout(giveUp, deadline)
    await new Promise<void>((resolve) => this.#onIdle.push(resolve))
    clearTimeout(timer)
  }

  readonly #pump = (): void => {
    clearTimeout(this.#pause)
    while (this.#running < this.concurrency && this.#waiting.length > 0) {
      const now = performance.now()
      if (this.#nextAt > now) {
        this.#pause = setTimeout(this.#pump, this.#nextAt - now)
        return
      }
      this.#nextAt = now + this.#interval
      this.#running += 1
      this.#waiting.shift()?.run(this.#done)
    }
    if (this.#running + this.#waiting.length === 0) for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  readonly #done = (): void => {
    this.#running -= 1
    queueMicrotask(this.#pump) // Not at once: a job may end before its `run` returns.
  }
}
