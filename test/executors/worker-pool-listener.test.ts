/** Listeners whose endpoints live in worker threads, from the broker to the settled message. */
import { randomUUID } from 'node:crypto'

import { describe, expect, test } from '@jest/globals'

import { tocsin, workerModule } from './built.js'

const {
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  NotificationFilter,
  silentLogger,
  Target,
  workerEndpoint,
} = tocsin

type Transport = ReturnType<typeof getTransport>

const retry = { limit: 20, delay: 5, backoff: 1, maxDelay: 5, then: 'dead-letter' } as const

async function notify(transport: Transport, topic: string, types: readonly string[]): Promise<void> {
  await Promise.all(
    types.map((event_type, payload) => {
      const fields = {
        message_id: randomUUID(),
        publisher_id: 'p',
        event_type,
        priority: 'INFO',
        payload,
        timestamp: null,
      }
      const body = new TextEncoder().encode(
        JSON.stringify({ ...fields, _context_user: 'u', _unique_id: randomUUID() }),
      )
      return transport.driver.send({ exchange: 'openstack', topic: `${topic}.info`, mode: 'shared' }, body)
    }),
  )
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 15_000
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited 15 s for a condition')
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function repeated(types: readonly string[], times: number): string[] {
  return Array.from({ length: times }, () => types).flat()
}

interface Shared {
  readonly counts: Int32Array
  readonly options: { readonly counts: SharedArrayBuffer }
}

function shared(length: number): Shared {
  const counts = new SharedArrayBuffer(4 * length)
  return { counts: new Int32Array(counts), options: { counts } }
}

describe('a listener with worker threads', () => {
  test('loses nothing when endpoints requeue, throw and crash their threads', async () => {
    await using transport = getTransport(`memory://${randomUUID()}`)
    const types = repeated(['bill.fine', 'bill.requeue', 'bill.later', 'bill.fine', 'bill.throw'], 20)
    for (const index of [3, 40, 77]) types[index] = 'bill.crash'
    const { counts, options } = shared(types.length)
    await using listener = getNotificationListener(
      transport,
      [new Target({ topic: 'bills' })],
      [workerEndpoint(workerModule('billing.mjs'), { export: 'Billing', options, methods: ['info'] })],
      { executor: 'worker-pool', executorOptions: { threads: 2, concurrentTasksPerThread: 4 }, retry },
    )
    await listener.start()
    await notify(transport, 'bills', types)
    const wanted = types.map((type) => (type === 'bill.fine' ? 1 : 2))
    await until(() => counts.every((count, index) => count >= (wanted[index] as number)))
    await until(() => listener.stats().driver.unsettled === 0)
    expect(listener.stats().endpoints['billing.mjs#Billing']?.failed).toBeGreaterThanOrEqual(23)
  })

  test('keeps what crashes its thread again and again as a dead letter that says so', async () => {
    await using transport = getTransport(`memory://${randomUUID()}`)
    await using listener = getNotificationListener(
      transport,
      [new Target({ topic: 'bills' })],
      [workerEndpoint(workerModule('endpoints.mjs'), { methods: ['info'] })],
      { executor: 'worker-pool', executorOptions: { threads: 1 }, retry: { ...retry, limit: 1 } },
    )
    const causes: unknown[] = []
    listener.on('error', ({ cause }) => causes.push(cause))
    await listener.start()
    await notify(transport, 'bills', ['exit'])
    await until(() => causes.length === 1)
    expect(causes).toMatchObject([{ name: 'EndpointFailure', code: 'WORKER_CRASHED' }])
    expect(await listener.deadLetters().list()).toMatchObject([
      {
        reason: 'retries-exhausted',
        attempts: 1,
        error: expect.stringMatching(
          /^EndpointFailure: the worker thread of endpoint 'endpoints.mjs' ended during info/,
        ),
      },
    ])
  })

  test('that was stopped over endpoints that hang handles their notifications at its next start', async () => {
    await using transport = getTransport(`memory://${randomUUID()}`)
    const { counts, options } = shared(4)
    await using listener = getNotificationListener(
      transport,
      [new Target({ topic: 'bills' })],
      [workerEndpoint(workerModule('billing.mjs'), { export: 'Billing', options, methods: ['info'] })],
      {
        executor: 'worker-pool',
        executorOptions: { threads: 1, concurrentTasksPerThread: 2 },
        retry,
        logger: silentLogger,
      },
    )
    await listener.start()
    await notify(transport, 'bills', ['bill.hang', 'bill.hang', 'bill.fine', 'bill.fine'])
    await until(() => counts[0] === 1 && counts[1] === 1)
    await listener.stop()
    await listener.wait({ timeout: 50 })
    await listener.start()
    await until(() => [2, 2, 1, 1].every((count, index) => counts[index] === count))
    await until(() => listener.stats().driver.unsettled === 0)
  })

  test('judges filters in this thread: what nobody wants does not cross', async () => {
    await using transport = getTransport(`memory://${randomUUID()}`)
    const { counts, options } = shared(4)
    const filterRule = new NotificationFilter({ eventType: '^bill\\.' })
    await using listener = getNotificationListener(
      transport,
      [new Target({ topic: 'bills' })],
      [
        workerEndpoint(workerModule('billing.mjs'), {
          export: 'Billing',
          options,
          filterRule,
          methods: ['info'],
        }),
      ],
      { executor: 'worker-pool', executorOptions: { threads: 1 } },
    )
    await listener.start()
    await notify(transport, 'bills', ['bill.fine', 'compute.a', 'compute.b', 'bill.fine'])
    await until(() => listener.stats().driver.acknowledged === 4)
    expect([...counts]).toEqual([1, 0, 0, 1])
    expect(listener.stats().endpoints).toMatchObject({ 'billing.mjs#Billing': { filtered: 2, handled: 2 } })
  })

  test('hands batches over and settles each of their notifications by its own result', async () => {
    await using transport = getTransport(`memory://${randomUUID()}`)
    const { counts, options } = shared(4)
    await using listener = getBatchNotificationListener(
      transport,
      [new Target({ topic: 'bills' })],
      [workerEndpoint(workerModule('billing.mjs'), { export: 'BatchBilling', options, methods: ['info'] })],
      { executor: 'worker-pool', executorOptions: { threads: 1 }, batchSize: 4, batchTimeout: 50, retry },
    )
    await listener.start()
    await notify(transport, 'bills', ['bill.fine', 'bill.requeue', 'bill.fine', 'bill.requeue'])
    await until(() => listener.stats().driver.acknowledged === 4 && listener.stats().driver.unsettled === 0)
    expect([...counts]).toEqual([1, 2, 1, 2])
  })

  test('that can not load its module rejects the start, and says which', async () => {
    await using transport = getTransport(`memory://${randomUUID()}`)
    const listener = getNotificationListener(
      transport,
      [new Target({ topic: 'bills' })],
      [workerEndpoint(workerModule('throws.mjs'))],
      { executor: 'worker-pool', executorOptions: { threads: 1 } },
    )
    await expect(listener.start()).rejects.toThrow(/throws\.mjs did not load in a worker thread/)
  })
})
