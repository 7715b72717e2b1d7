import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Job } from '../core/dispatcher.js'
import type { Executor } from '../core/executor.js'

/** When a job finishes: before `run` returns, a moment later, or when the check says so. */
type Pace = 'at once' | 'soon' | 'held'

/** What one check works with: an executor, and jobs that count what becomes of them. */
export class ExecutorContext {
  readonly executor: Executor
  running = 0
  mostRunning = 0
  readonly #timeout: number
  readonly #jobs: TestJob[] = []

  constructor(executor: Executor, timeout: number) {
    this.executor = executor
    this.#timeout = timeout
  }

  jobs(count: number, pace: (index: number) => Pace): readonly TestJob[] {
    const jobs = Array.from({ length: count }, (_, index) => {
      return new TestJob(this, pace(index), `key-${this.#jobs.length + index}`)
    })
    this.#jobs.push(...jobs)
    return jobs
  }

  execute(job: Job): void {
    assert.doesNotThrow(() => this.executor.execute(job), 'execute never throws')
  }

  begin(): void {
    this.running++
    this.mostRunning = Math.max(this.mostRunning, this.running)
  }

  finishAll(): void {
    for (const job of this.#jobs) if (job.runs > 0 && !job.finished) job.finish()
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const end = Date.now() + this.#timeout
    // Most conditions hold at once, or after one turn of the event loop.
    for (let round = 0; !condition(); round++) {
      if (Date.now() > end) assert.fail(`waited ${this.#timeout} ms for ${what}`)
      await sleep(round < 10 ? 0 : 2)
    }
  }

  async inTime(promise: Promise<unknown>, what: string): Promise<void> {
    let resolved = false
    const settled = promise.then(() => {
      resolved = true
    })
    await Promise.race([settled, this.until(() => resolved, what)])
  }
}

/** A job that counts what becomes of it. */
export class TestJob implements Job {
  readonly size = 1
  readonly subject: unknown
  runs = 0
  abandons = 0
  finished = false
  onRun: (() => void) | undefined
  readonly #context: ExecutorContext
  readonly #pace: Pace
  #done: (() => void) | undefined

  constructor(context: ExecutorContext, pace: Pace, key: string) {
    this.#context = context
    this.#pace = pace
    this.subject = { publisherId: 'conformance', eventType: 'conformance.job', payload: { key } }
  }

  run(done: () => void): void {
    this.runs++
    this.#done = done
    this.#context.begin()
    this.onRun?.()
    if (this.#pace === 'at once') this.finish()
    else if (this.#pace === 'soon') setTimeout(() => this.finish(), 1)
  }

  abandon(): void {
    this.abandons++
  }

  finish(): void {
    if (this.finished) return
    this.finished = true
    this.#context.running--
    this.#done?.()
  }
}
