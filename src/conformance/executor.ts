import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Executor } from '../core/executor.js'
import { ExecutorContext, type TestJob } from './executor-context.js'
import type { RegisterTest } from './suite.js'

export interface ExecutorConformanceOptions {
  /** Before the name of each check. */
  readonly name: string
  /**
   * A new executor at each call. Jobs of this suite have a `subject` like a notification: `{ eventType, payload: { key } }`, where `key`
   * differs from job to job: an executor that sorts by content uses it.
   */
  readonly make: () => Executor | Promise<Executor>
  /** An endpoint that `bind` takes. Default: a plain object with an `info` method. */
  readonly endpoint?: object
  /** Default: `test` of node:test. */
  readonly test?: RegisterTest
  /** Milliseconds that a check waits for one condition. Default 10,000. */
  readonly timeout?: number
}

interface ExecutorCheck {
  readonly name: string
  run(check: ExecutorContext, options: ExecutorConformanceOptions): Promise<void>
}

/** Registers the checks that every executor must pass, built in or yours. Framework-free. */
export function executorConformance(options: ExecutorConformanceOptions): void {
  const register = options.test ?? process.getBuiltinModule('node:test').test
  for (const check of checks) {
    register(`${options.name}: ${check.name}`, async () => {
      const context = new ExecutorContext(await options.make(), options.timeout ?? 10_000)
      try {
        await context.executor.start?.()
        await check.run(context, options)
      } finally {
        context.finishAll()
        await context.inTime(context.executor.close(0), 'close(0) to resolve')
      }
    })
  }
}

const checks: readonly ExecutorCheck[] = [
  {
    name: 'concurrency is a whole number of 1 or more, and credit, where given, is too',
    async run({ executor }) {
      assert.ok(Number.isSafeInteger(executor.concurrency) && executor.concurrency >= 1, 'concurrency')
      if (executor.credit !== undefined) {
        assert.ok(Number.isSafeInteger(executor.credit) && executor.credit >= 1, 'credit')
      }
    },
  },
  {
    name: 'every job runs exactly once, those that finish at once and those that take their time',
    async run(check) {
      const jobs = check.jobs(500, (index) => (index % 2 === 0 ? 'at once' : 'soon'))
      for (const job of jobs) check.execute(job)
      await check.until(() => jobs.every((job) => job.finished), 'all jobs to finish')
      await check.inTime(check.executor.close(), 'close() to resolve')
      assert.ok(
        jobs.every((job) => job.runs === 1 && job.abandons === 0),
        'each job runs once and is not abandoned',
      )
    },
  },
  {
    name: 'concurrency is never exceeded, and reached when there is enough to do',
    async run(check) {
      const { concurrency } = check.executor
      const most = Math.min(concurrency, 1_000)
      const jobs = check.jobs(3 * most, () => 'held')
      for (const job of jobs) check.execute(job)
      await check.until(() => check.running >= most, `${most} jobs to run at once`)
      for (const job of jobs) {
        await check.until(() => job.runs > 0, 'the next job to begin')
        job.finish()
      }
      await check.until(() => jobs.every((job) => job.finished), 'all jobs to finish')
      assert.ok(check.mostRunning <= concurrency, `${check.mostRunning} of at most ${concurrency} at once`)
    },
  },
  {
    name: 'ten thousand jobs that finish at once neither overflow the stack nor get lost',
    async run(check) {
      const jobs = check.jobs(10_000, () => 'at once')
      const held = check.jobs(Math.min(check.executor.concurrency, 1_000), () => 'held')
      // Behind jobs that fill every slot, so that the end of one begins the next.
      for (const job of [...held, ...jobs]) check.execute(job)
      await check.until(() => held.every((job) => job.runs === 1), 'the first jobs to begin')
      for (const job of held) job.finish()
      await check.until(() => jobs.every((job) => job.finished), 'all jobs to finish')
      assert.ok(
        jobs.every((job) => job.runs === 1),
        'each job runs once',
      )
    },
  },
  {
    name: 'a job may hand in another one while it runs',
    async run(check) {
      const [inner, outer] = check.jobs(2, () => 'at once') as [TestJob, TestJob]
      outer.onRun = () => check.execute(inner)
      check.execute(outer)
      await check.until(() => outer.finished && inner.finished, 'both jobs to finish')
      assert.deepEqual([outer.runs, inner.runs], [1, 1])
    },
  },
  {
    name: 'close waits for every job taken, those that have not begun too',
    async run(check) {
      const jobs = check.jobs(2 * Math.min(check.executor.concurrency, 100) + 1, () => 'held')
      for (const job of jobs) check.execute(job)
      let closed = false
      const closing = check.executor.close().then(() => {
        closed = true
      })
      for (const job of jobs) {
        await check.until(() => job.runs > 0, 'the next job to begin')
        assert.equal(closed, false, 'close() resolved before the last job had finished')
        job.finish()
      }
      await check.inTime(closing, 'close() to resolve')
      assert.ok(
        jobs.every((job) => job.runs === 1 && job.abandons === 0),
        'each job runs once and is not abandoned',
      )
    },
  },
  {
    name: 'close with a deadline abandons what has not begun, once, and resolves without what runs',
    async run(check) {
      const slots = Math.min(check.executor.concurrency, 1_000)
      const jobs = check.jobs(check.executor.concurrency + 50, () => 'held')
      for (const job of jobs) check.execute(job)
      await check.until(() => check.running >= slots, `${slots} jobs to run`)
      const begun = performance.now()
      await check.inTime(check.executor.close(100), 'close(100) to resolve')
      const took = performance.now() - begun
      assert.ok(took < 2_000, `close(100) took ${took.toFixed(0)} ms`)
      const left = jobs.filter((job) => job.runs === 0)
      assert.ok(left.length > 0, 'jobs not begun')
      assert.ok(
        left.every((job) => job.abandons === 1),
        'each job not begun is abandoned once',
      )
      assert.ok(
        jobs.every((job) => job.runs + job.abandons === 1),
        'a job that has begun is not abandoned',
      )
      for (const job of jobs) if (job.runs > 0) job.finish()
      await sleep(20)
      assert.ok(
        left.every((job) => job.runs === 0 && job.abandons === 1),
        'an abandoned job does not run later',
      )
    },
  },
  {
    name: 'after close, execute abandons the job and does not throw',
    async run(check) {
      await check.inTime(check.executor.close(), 'close() to resolve')
      const [job] = check.jobs(1, () => 'at once') as [TestJob]
      check.execute(job)
      await check.until(() => job.abandons > 0, 'the job to be abandoned')
      assert.deepEqual([job.runs, job.abandons], [0, 1])
    },
  },
  {
    name: 'close is idempotent, also while it is under way',
    async run(check) {
      const [job] = check.jobs(1, () => 'held') as [TestJob]
      check.execute(job)
      await check.until(() => job.runs > 0, 'the job to begin')
      const closing = [check.executor.close(), check.executor.close()]
      job.finish()
      await check.inTime(Promise.all(closing), 'two closes at once to resolve')
      await check.inTime(check.executor.close(), 'a third close to resolve')
      assert.deepEqual([job.runs, job.abandons], [1, 0])
    },
  },
  {
    name: 'start after close opens it again',
    async run(check) {
      if (check.executor.start === undefined) return
      await check.inTime(check.executor.close(), 'close() to resolve')
      await check.inTime(check.executor.start(), 'start() to resolve')
      const jobs = check.jobs(20, () => 'soon')
      for (const job of jobs) check.execute(job)
      await check.inTime(check.executor.close(), 'close() to resolve')
      assert.ok(
        jobs.every((job) => job.runs === 1 && job.abandons === 0),
        'each job runs once after the second start',
      )
    },
  },
  {
    name: 'bind returns an object with the methods of the endpoint',
    async run({ executor }, options) {
      const endpoint = options.endpoint ?? { info: () => undefined }
      const bound = executor.bind?.(endpoint) ?? endpoint
      for (const name of methodsOf(endpoint)) {
        const method: unknown = Reflect.get(bound, name)
        assert.equal(typeof method, 'function', `the method '${name}' of the bound endpoint`)
      }
    },
  },
]

/** Own and inherited, but for those of every object. */
function methodsOf(endpoint: object): string[] {
  const names = new Set<string>()
  for (
    let at: object | null = endpoint;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (name !== 'constructor' && typeof Reflect.get(endpoint, name) === 'function') names.add(name)
    }
  }
  return [...names]
}
