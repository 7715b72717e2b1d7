import { describe, expect, test } from '@jest/globals'

import { executorConformance } from '../../src/conformance/index.js'
import type { Executor } from '../../src/core/executor.js'
import { type Logger, silentLogger } from '../../src/core/logger.js'
import { KeyedLine } from '../../src/executors/keyed.js'
import { makeExecutor } from '../../src/executors/registry.js'
import { HeldJob, jobThat } from './jobs.js'

interface Subject {
  readonly payload: { readonly key: unknown }
}

const keyOf = (notification: Subject): unknown => notification.payload.key
const about = (key: unknown): Subject => ({ payload: { key } })

function keyed(concurrency?: number, key: unknown = keyOf, logger: Logger = silentLogger): Executor {
  return makeExecutor('keyed', { concurrency, options: { key }, logger })
}

executorConformance({ name: 'keyed', make: () => keyed(), test })
executorConformance({ name: 'keyed with concurrency 3', make: () => keyed(3), test })

describe('keyed', () => {
  test('holds a later job of a key back until the earlier has ended, and lets other keys pass', () => {
    const executor = keyed(3)
    const [a1, a2, b1, b2] = ['a', 'a', 'b', 'b'].map((key) => new HeldJob(about(key))) as [
      HeldJob,
      HeldJob,
      HeldJob,
      HeldJob,
    ]
    const runs = () => [a1, a2, b1, b2].map((job) => job.runs)
    for (const job of [a1, a2, b1, b2]) executor.execute(job)
    expect(runs()).toEqual([1, 0, 1, 0])
    b1.finish()
    expect(runs()).toEqual([1, 0, 1, 1])
    a1.finish()
    expect(runs()).toEqual([1, 1, 1, 1])
    a2.finish()
    b2.finish()
  })

  test('keeps the order of each key when thousands of jobs of many keys end in any order', async () => {
    const executor = keyed(8)
    const seen = new Map<number, number[]>()
    for (let i = 0; i < 5_000; i++) {
      const key = (i * 7) % 13
      executor.execute({
        size: 1,
        subject: about(key),
        run(done) {
          const ofKey = seen.get(key) ?? []
          seen.set(key, ofKey)
          ofKey.push(i)
          if (i % 3 === 0) done()
          else if (i % 3 === 1) queueMicrotask(done)
          else setImmediate(done)
        },
        abandon() {},
      })
    }
    await executor.close()
    for (const order of seen.values()) expect(order).toEqual([...order].sort((x, y) => x - y))
    expect([...seen.values()].flat()).toHaveLength(5_000)
  })

  test('runs jobs without a key, undefined or null, in parallel', () => {
    const executor = keyed(4)
    const jobs = [undefined, null, undefined, null].map((key) => new HeldJob(about(key)))
    for (const job of jobs) executor.execute(job)
    expect(jobs.map((job) => job.runs)).toEqual([1, 1, 1, 1])
    for (const job of jobs) job.finish()
  })

  test('sorts a batch by its first notification', () => {
    const executor = keyed(2)
    const [first, second] = [new HeldJob([about('a'), about('b')]), new HeldJob([about('a')])]
    executor.execute(first)
    executor.execute(second)
    expect([first.runs, second.runs]).toEqual([1, 0])
    first.finish()
    expect(second.runs).toBe(1)
    second.finish()
  })

  test.each([
    [
      'throws',
      () => {
        throw new RangeError('no such field')
      },
      'RangeError: no such field',
    ],
    ['returns a promise', async () => 'a', 'returned a promise'],
    ['returns a promise that rejects', async () => Promise.reject(new Error('late')), 'returned a promise'],
  ])('when the key function %s, the job runs all the same and an error is logged', (_, key, text) => {
    const errors: [string, unknown][] = []
    const logger: Logger = { ...silentLogger, error: (message, details) => errors.push([message, details]) }
    const executor = keyed(2, key, logger)
    let ran = 0
    const metadata = { messageId: 'id-1' }
    executor.execute(jobThat(() => ran++, { eventType: 'compute.x', metadata }))
    expect(ran).toBe(1)
    expect(errors).toEqual([[expect.stringContaining(text), expect.objectContaining({ messageId: 'id-1' })]])
  })

  test('keeps nothing of a key whose jobs have ended or were taken out', () => {
    const line = new KeyedLine(keyOf, silentLogger)
    for (const key of ['a', 'a', 'b', 'c']) line.push(jobThat(() => {}, about(key)))
    expect([line.lanes, line.length]).toEqual([3, 4])
    for (let job = line.next(); job !== undefined; job = line.next()) job.run(() => {})
    expect([line.lanes, line.length]).toEqual([0, 0])
    for (const key of ['a', 'a', 'b']) line.push(jobThat(() => {}, about(key)))
    for (const job of line.takeAll()) job.abandon()
    expect([line.lanes, line.length]).toEqual([0, 0])
  })

  test('a job that hangs until an impatient close holds neither its key nor its slot in the next start', async () => {
    const executor = keyed(1)
    const [hanging, waiting, next, last] = [0, 1, 2, 3].map(() => new HeldJob(about('a'))) as [
      HeldJob,
      HeldJob,
      HeldJob,
      HeldJob,
    ]
    executor.execute(hanging)
    executor.execute(waiting)
    await executor.close(0)
    expect([waiting.runs, waiting.abandons]).toEqual([0, 1])
    await executor.start?.()
    executor.execute(next)
    executor.execute(last)
    expect([next.runs, last.runs]).toEqual([1, 0])
    // Its late end opens nobody's lane.
    hanging.finish()
    expect(last.runs).toBe(0)
    next.finish()
    expect(last.runs).toBe(1)
    last.finish()
    await executor.close()
  })

  test('asks for a credit of 8 per slot', () => {
    expect(keyed(5).credit).toBe(40)
    expect(keyed(20_000).credit).toBe(65_535)
  })

  test.each([
    [{}, "'key' is missing"],
    [{ key: 'instance_id' }, "'key' wants a function from notification to key; found 'instance_id'"],
    [{ key: keyOf, kee: 1 }, "there is no option 'kee'; did you mean 'key'?"],
  ])('refuses the options %p', (options, text) => {
    expect(() => makeExecutor('keyed', { logger: silentLogger, options })).toThrow(text)
  })
})
