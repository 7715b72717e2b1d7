/** The keyed executor with jobs that end when the draw says so, some at once. */
import assert from 'node:assert/strict'

import { test } from '@jest/globals'
import * as fc from 'fast-check'

import type { Job } from '../../src/core/dispatcher.js'
import { makeExecutor } from '../../src/executors/registry.js'
import { silentLogger } from '../../src/index.js'
import { seed } from './slice.js'

/** Writes down what happens to it. */
class LoggedJob implements Job {
  readonly size = 1
  readonly subject: { readonly key: number | undefined }
  readonly isSync: boolean
  readonly log: LoggedJob[]
  runs = 0
  abandoned = 0
  end: (() => void) | undefined

  constructor(key: number | undefined, isSync: boolean, log: LoggedJob[]) {
    this.subject = { key }
    this.isSync = isSync
    this.log = log
  }

  run(done: () => void): void {
    this.runs += 1
    this.log.push(this)
    if (this.isSync) done()
    else
      this.end = () => {
        this.end = undefined
        done()
      }
  }

  abandon(): void {
    this.abandoned += 1
  }
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('execute' as const),
      pick: fc.option(fc.nat(3), { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('executeSync' as const),
      pick: fc.option(fc.nat(3), { nil: undefined }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('end' as const), pick: fc.nat() }) },
)

test('jobs of one key run one by one in order, no more than the concurrency at once, and each runs or is abandoned once', async () => {
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 60, size: 'max' }),
    fc.integer({ min: 1, max: 4 }),
    fc.boolean(),
    async (steps, concurrency, givesUp) => {
      const executor = makeExecutor('keyed', {
        concurrency,
        logger: silentLogger,
        options: { key: ({ key }: { readonly key: unknown }) => key },
      })
      await executor.start?.()
      const jobs: LoggedJob[] = []
      const log: LoggedJob[] = []
      const running = (): LoggedJob[] => log.filter(({ end }) => end !== undefined)
      for (const { do: what, pick } of steps) {
        if (what === 'end') running()[pick % Math.max(1, running().length)]?.end?.()
        else {
          const job = new LoggedJob(pick, what === 'executeSync', log)
          jobs.push(job)
          executor.execute(job)
        }
        const now = running()
        assert.ok(now.length <= concurrency)
        const keys = now.flatMap(({ subject }) => subject.key ?? [])
        assert.equal(new Set(keys).size, keys.length, 'two jobs of one key at once')
      }
      const closed = executor.close(givesUp ? 0 : undefined)
      if (givesUp) await closed
      while (running().length > 0) running()[0]?.end?.()
      await closed
      assert.ok(jobs.every(({ runs, abandoned }) => runs + abandoned === 1))
      if (!givesUp) assert.ok(jobs.every(({ runs }) => runs === 1))
      for (const key of [0, 1, 2, 3]) {
        const ofKey = (job: LoggedJob): boolean => job.subject.key === key
        assert.deepEqual(
          log.filter(ofKey),
          jobs.filter((job) => ofKey(job) && job.runs === 1),
        )
      }
    },
  )
  await fc.assert(property, { numRuns: 200, seed })
})
