/** The built library: worker threads load what is published. */
import { randomUUID } from 'node:crypto'

import { expect, test } from '@jest/globals'

import { tocsin } from '../executors/built.js'
import { until } from '../support/until.js'
import { caseOf } from './bodies.js'
import { CountingDriver } from './counting-driver.js'
import { seed } from './slice.js'

const {
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  silentLogger,
  Target,
  Transport,
  workerEndpoint,
} = tocsin

const module = new URL('./worker/moody.mjs', import.meta.url)
const bodies = 400

test.each(['single', 'batch'] as const)(
  'endpoints in worker threads, %s, settle each mutated body once',
  async (kind) => {
    const inner = getTransport(`memory://${randomUUID()}`, {
      logger: silentLogger,
      maxBodySize: 64 * 1024 * 1024,
    })
    const driver = new CountingDriver(inner.driver)
    const { ledger } = driver
    await using transport = new Transport(inner.url, driver, {
      logger: silentLogger,
      maxBodySize: 256 * 1024,
    })
    const endpoint = workerEndpoint(module, { options: { kind } })
    const targets = [new Target({ topic: 'notifications' })]
    const options = {
      executor: 'worker-pool',
      executorOptions: { threads: 2 },
      retry: { limit: 1, delay: 1 },
    }
    const listener =
      kind === 'single'
        ? getNotificationListener(transport, targets, [endpoint], options)
        : getBatchNotificationListener(transport, targets, [endpoint as never], {
            ...options,
            batchSize: 20,
            batchTimeout: 5,
          })
    listener.on('error', () => {})
    await listener.start()
    for (let index = 0; index < bodies; index++)
      await driver.sendCase(caseOf(seed, index), transport.controlExchange)
    await until(() => ledger.pending.length === 0 || ledger.violations.length > 0, 30_000)
    await listener.stop()
    await listener.wait()
    expect(ledger.violations).toEqual([])
    expect(ledger.acknowledged + ledger.rejected).toBe(bodies)
    expect(listener.stats()).toMatchObject({ inHand: 0, backlog: 0, driver: { unsettled: 0, stale: 0 } })
    expect(listener.stats().handled).toBeGreaterThan(0)
    expect(ledger.reasons.get('retries-exhausted')).toBeGreaterThan(0)
  },
  60_000,
)
