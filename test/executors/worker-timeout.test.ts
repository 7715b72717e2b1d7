/** Calls to worker threads that take longer than the listener's handlerTimeout. */
import { afterEach, describe, expect, test } from '@jest/globals'

import type { Executor } from '../../src/core/executor.js'
import { silentLogger } from '../../src/core/logger.js'
import { until } from '../support/until.js'
import { makeExecutor, workerEndpoint, workerModule } from './built.js'

type Method = (...args: readonly unknown[]) => Promise<unknown>

const module = workerModule('endpoints.mjs')
const metadata = { messageId: 'id-1', timestamp: null, redelivered: false, attempts: 0 }

let executor: Executor
afterEach(() => executor.close(0))

async function started(
  options: object = {},
): Promise<(eventType: string, payload?: object) => Promise<unknown>> {
  executor = makeExecutor('worker-pool', {
    handlerTimeout: 300,
    logger: silentLogger,
    options: { threads: 1, ...options },
  })
  const standIn = executor.bind?.(workerEndpoint(module)) as unknown as { readonly info: Method }
  await executor.start?.()
  return (eventType, payload = {}) => standIn.info({}, 'p', eventType, payload, { ...metadata })
}

describe('a call whose time is up', () => {
  test('sees its own signal abort, and those beside it do not', async () => {
    const info = await started()
    const thread = await info('thread')
    const beside = info('slow', { ms: 700 })
    await expect(info('signal')).rejects.toThrow('aborted')
    // The one beside it was aborted later, does not look, and ends in time to keep its thread.
    expect(await beside).toBe(thread)
    expect(await info('thread')).toBe(thread)
  })

  test('loses its thread when it does not heed its signal, and another takes its place', async () => {
    const info = await started()
    const thread = await info('thread')
    await expect(info('block', { ms: 60_000 })).rejects.toMatchObject({ code: 'WORKER_CRASHED' })
    let next: unknown
    await until(async () => {
      // One that waits too long for the new thread is dropped, and never settles.
      info('thread').then(
        (found) => (next = found),
        () => {},
      )
      await new Promise((resolve) => setTimeout(resolve, 50))
      return next !== undefined
    })
    expect(next).not.toBe(thread)
  })

  test('before a thread was free is never begun', async () => {
    const info = await started({ concurrentTasksPerThread: 1 })
    const before = info('slow', { ms: 500 })
    const counted = new SharedArrayBuffer(4)
    const waiting = info('count', { counted })
    await before
    await info('thread')
    expect(new Int32Array(counted)[0]).toBe(0)
    // Its caller went on when its time was up: nobody waits for this promise.
    void waiting
  })
})
