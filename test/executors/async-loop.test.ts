import { describe, expect, test } from '@jest/globals'

import { executorConformance } from '../../src/conformance/index.js'
import type { Executor } from '../../src/core/executor.js'
import { silentLogger } from '../../src/core/logger.js'
import { makeExecutor } from '../../src/executors/registry.js'
import { workerEndpoint } from '../../src/executors/worker-endpoint.js'
import { HeldJob, jobThat } from './jobs.js'

function asyncLoop(concurrency?: number, options: Record<string, unknown> = {}): Executor {
  return makeExecutor('async-loop', { concurrency, options, logger: silentLogger })
}

executorConformance({ name: 'async-loop', make: () => asyncLoop(), test })
executorConformance({ name: 'async-loop with concurrency 1', make: () => asyncLoop(1), test })

describe('async-loop', () => {
  test('runs 64 jobs at once unless told otherwise', () => {
    expect(asyncLoop().concurrency).toBe(64)
    expect(asyncLoop(7).concurrency).toBe(7)
  })

  test('with concurrency 1 one job ends before the next begins, in order of arrival', () => {
    const executor = asyncLoop(1)
    const jobs = [0, 1, 2].map(() => new HeldJob())
    for (const job of jobs) executor.execute(job)
    expect(jobs.map((job) => job.runs)).toEqual([1, 0, 0])
    jobs[0]?.finish()
    expect(jobs.map((job) => job.runs)).toEqual([1, 1, 0])
    jobs[1]?.finish()
    expect(jobs.map((job) => job.runs)).toEqual([1, 1, 1])
    jobs[2]?.finish()
  })

  test('a job that finishes at once has run when execute returns', () => {
    const executor = asyncLoop(1)
    let ran = 0
    for (let i = 0; i < 3; i++) executor.execute(jobThat(() => ran++))
    expect(ran).toBe(3)
  })

  test('jobs begin in order of arrival, also those handed in by a running job', () => {
    const executor = asyncLoop(2)
    const begun: string[] = []
    const job = (name: string, then?: () => void) =>
      jobThat(() => {
        begun.push(name)
        then?.()
      })
    executor.execute(
      job('a', () => {
        executor.execute(job('b'))
        executor.execute(job('c'))
        begun.push('end of a')
      }),
    )
    executor.execute(job('d'))
    expect(begun).toEqual(['a', 'end of a', 'b', 'c', 'd'])
  })

  test('a second close may be more impatient than the first', async () => {
    const executor = asyncLoop(1)
    const [running, waiting] = [new HeldJob(), new HeldJob()]
    executor.execute(running)
    executor.execute(waiting)
    const patient = executor.close()
    await executor.close(5)
    expect([waiting.runs, waiting.abandons]).toEqual([0, 1])
    running.finish()
    await patient
  })

  test('a job that hangs until an impatient close takes no slot of the next start', async () => {
    const executor = asyncLoop(1)
    const [hanging, next, last] = [new HeldJob(), new HeldJob(), new HeldJob()]
    executor.execute(hanging)
    await executor.close(0)
    await executor.start?.()
    executor.execute(next)
    executor.execute(last)
    expect([next.runs, last.runs]).toEqual([1, 0])
    // Its late end frees nobody's slot.
    hanging.finish()
    expect(last.runs).toBe(0)
    next.finish()
    last.finish()
    await executor.close()
  })

  test('what came after a new start is not given up by the close before it', async () => {
    const executor = asyncLoop(1)
    const [running, waiting] = [new HeldJob(), new HeldJob()]
    executor.execute(running)
    const closing = executor.close(5)
    await executor.start?.()
    executor.execute(waiting)
    await closing
    running.finish()
    expect([waiting.runs, waiting.abandons]).toEqual([1, 0])
    waiting.finish()
  })

  test('has no options, and says so', () => {
    expect(() => asyncLoop(1, { threads: 2 })).toThrow("there is no option 'threads'. Known: none")
  })

  test.each([0, -1, 1.5, Number.NaN, 65_536])('refuses concurrency %p', (concurrency) => {
    expect(() => asyncLoop(concurrency)).toThrow("'concurrency' wants a whole number from 1 to 65535")
  })

  test('refuses the endpoint of another executor, and calls its own as they are', () => {
    const endpoint = { info: () => undefined }
    expect(asyncLoop().bind?.(endpoint)).toBe(endpoint)
    expect(() => asyncLoop().bind?.(workerEndpoint('file:///endpoint.js'))).toThrow(
      "the endpoint 'endpoint.js' is for executor 'worker-pool'",
    )
  })
})
