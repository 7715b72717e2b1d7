/** The listener's promises on a real broker, and the same on memory://: what holds on one must hold on the other. */
import { randomUUID } from 'node:crypto'

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { connect } from 'amqplib'

import {
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  type ListenerOptions,
  type Notification,
  type NotificationEndpoint,
  type NotificationListener,
  NotificationResult,
  Notifier,
  reject,
  requeue,
  silentLogger,
  Target,
  type Transport,
} from '../../src/index.js'
import { until } from '../support/until.js'

const broker = process.env['TOCSIN_TEST_RABBIT_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672/'

describe.each([['memory'], ['rabbit']])('on %s', (kind) => {
  let topic: string
  let transport: Transport
  let notifier: Notifier
  let listeners: NotificationListener[]

  beforeEach(() => {
    topic = `scenario-${randomUUID()}`
    const url = kind === 'memory' ? `memory://${topic}` : broker
    transport = getTransport(url, { controlExchange: topic, logger: silentLogger })
    notifier = new Notifier(transport, { publisherId: 'compute.host1', topics: [topic] })
    listeners = []
  })

  afterEach(async () => {
    for (const listener of listeners) {
      await listener.stop()
      await listener.wait({ timeout: 1_000 })
    }
    await transport.cleanup()
    if (kind === 'rabbit') await forget(topic)
  })

  async function listen(
    endpoint: NotificationEndpoint,
    options: ListenerOptions = {},
  ): Promise<NotificationListener> {
    const listener = getNotificationListener(transport, [new Target({ topic })], [endpoint], options)
    listener.on('error', () => {})
    listeners.push(listener)
    await listener.start()
    return listener
  }

  test('what is sent before the first listener waits for it', async () => {
    await notifier.info({ user: 'ada' }, 'order.paid', { order: 1 })
    const seen: unknown[] = []
    await listen({ info: (...args) => void seen.push(args) })
    await until(() => seen.length === 1)
    expect(seen[0]).toEqual([
      { user: 'ada' },
      'compute.host1',
      'order.paid',
      { order: 1 },
      {
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
        exchange: expect.any(String),
        redelivered: false,
        attempts: 0,
        signal: expect.any(AbortSignal),
      },
    ])
  })

  test('REQUEUE comes back at once, marked; what throws comes back after the delay; both count as attempts', async () => {
    const seen: { attempts: number; at: number }[] = []
    await listen(
      {
        info(_ctxt, _publisherId, _eventType, _payload, { attempts }) {
          seen.push({ attempts, at: Date.now() })
          if (seen.length === 1) return NotificationResult.REQUEUE
          if (seen.length === 2) throw new Error('not yet')
          return NotificationResult.HANDLED
        },
      },
      { retry: { delay: 200 } },
    )
    await notifier.info({}, 'order.paid', {})
    await until(() => seen.length === 3)
    expect(seen.map(({ attempts }) => attempts)).toEqual([0, 1, 2])
    expect((seen[2]?.at ?? 0) - (seen[1]?.at ?? 0)).toBeGreaterThanOrEqual(350)
  })

  test('after the last retry the dead-letter queue keeps it with its reason, and replay brings it back', async () => {
    let isMended = false
    let handled = 0
    const listener = await listen(
      {
        info() {
          if (!isMended) throw new Error('no such tenant')
          handled += 1
        },
      },
      { retry: { limit: 2, delay: 100, backoff: 1 } },
    )
    await notifier.info({}, 'order.paid', { order: 7 })
    await until(async () => (await listener.deadLetters().list()).length === 1)
    const [letter] = await listener.deadLetters().list()
    expect(letter).toMatchObject({
      reason: 'retries-exhausted',
      error: expect.stringContaining('no such tenant'),
      attempts: 2,
    })
    isMended = true
    expect(await listener.deadLetters().replay()).toBe(1)
    await until(() => handled === 1)
    expect(await listener.deadLetters().list()).toEqual([])
  })

  test('endpoints that have handled it are not called again by a retry', async () => {
    const calls: string[] = []
    const first: NotificationEndpoint = { name: 'first', info: () => void calls.push('first') }
    let failures = 2
    const second: NotificationEndpoint = {
      name: 'second',
      info() {
        calls.push('second')
        if (failures-- > 0) throw new Error('busy')
      },
    }
    const listener = getNotificationListener(transport, [new Target({ topic })], [first, second], {
      retry: { delay: 100, backoff: 1 },
    })
    listeners.push(listener)
    await listener.start()
    await notifier.info({}, 'order.paid', {})
    await until(() => listener.stats().handled === 1)
    expect(calls).toEqual(['first', 'second', 'second', 'second'])
  })

  test('each pool has its own copy, shared by its listeners, and requeue stays within the pool', async () => {
    const seen = { a: 0, b: 0 }
    await listen(
      { info: () => (++seen.a === 1 ? requeue({ delay: 0 }) : undefined) },
      { pool: `${topic}-a`, allowRequeue: true },
    )
    await listen({ info: () => void (seen.b += 1) }, { pool: `${topic}-b` })
    await listen({ info: () => void (seen.b += 1) }, { pool: `${topic}-b` })
    for (let order = 0; order < 20; order++) await notifier.info({}, 'order.paid', { order })
    await until(() => seen.a === 21 && seen.b === 20)
  })

  test('batches are full, or short after their time, and each notification has its own result', async () => {
    const batches: number[][] = []
    let isFirst = true
    const orders = (notifications: readonly Notification[]): number[] =>
      notifications.map(({ payload }) => payload.order)
    const listener = getBatchNotificationListener(
      transport,
      [new Target({ topic })],
      [
        {
          info(notifications) {
            batches.push(orders(notifications))
            if (!isFirst) return NotificationResult.HANDLED
            isFirst = false
            return new Map([[notifications[1] as Notification, reject('not this one')]])
          },
        },
      ],
      { batchSize: 5, batchTimeout: 400, deadLetter: true },
    )
    listener.on('error', () => {})
    listeners.push(listener)
    for (let order = 0; order < 12; order++) await notifier.info({}, 'order.paid', { order })
    await listener.start()
    await until(() => batches.flat().length === 12)
    expect(batches).toEqual([
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 9],
      [10, 11],
    ])
    await until(async () => (await listener.deadLetters().list()).length === 1)
    expect(await listener.deadLetters().list()).toMatchObject([{ reason: 'not this one' }])
  })

  test('for await: what is acknowledged is gone, what the loop leaves comes again to the next', async () => {
    for (let order = 0; order < 5; order++) await notifier.info({}, 'order.paid', { order })
    const first = getNotificationListener(transport, [new Target({ topic })], [])
    const taken: number[] = []
    for await (const { notification, ack } of first) {
      if (taken.length === 2) break
      taken.push(notification.payload.order)
      ack()
    }
    expect(taken).toEqual([0, 1])
    const rest: number[] = []
    await listen({ info: (_ctxt, _publisherId, _eventType, { order }) => void rest.push(order) })
    await until(() => rest.length === 3)
    expect(rest.sort((one, other) => one - other)).toEqual([2, 3, 4])
  })

  test('a stop under load loses nothing, and what was handled does not come again', async () => {
    const handled: number[] = []
    const endpoint: NotificationEndpoint = {
      async info(_ctxt, _publisherId, _eventType, { order }) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        handled.push(order)
      },
    }
    const sends = Array.from({ length: 500 }, (_, order) => notifier.info({}, 'order.paid', { order }))
    const listener = await listen(endpoint, { concurrency: 8 })
    for (let round = 0; round < 5; round++) {
      await until(() => handled.length > round * 60)
      await listener.stop()
      await listener.wait()
      const { length } = handled
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(handled).toHaveLength(length)
      await listener.start()
    }
    await Promise.all(sends)
    await until(() => handled.length >= 500)
    expect(handled.sort((one, other) => one - other)).toEqual(
      Array.from({ length: 500 }, (_, order) => order),
    )
  })

  test('what is still in hand after the wait is given back, and its signal aborts', async () => {
    let isAborted = false
    const listener = await listen({
      info: (_ctxt, _publisherId, _eventType, _payload, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            isAborted = true
            resolve()
          })
        }),
    })
    await notifier.info({}, 'order.paid', {})
    await until(() => listener.stats().inHand === 1)
    await listener.stop()
    await listener.wait({ timeout: 100 })
    expect(isAborted).toBe(true)
    let again = 0
    await listen({ info: () => void (again += 1) })
    await until(() => again === 1)
  })
})

/** Removes what a scenario made on the broker. */
async function forget(topic: string): Promise<void> {
  const model = await connect(broker)
  const channel = await model.createChannel()
  for (const name of [
    `${topic}.info`,
    `${topic}-a`,
    `${topic}-b`,
    ...['audit', 'critical', 'debug', 'error', 'sample', 'warn'].map((priority) => `${topic}.${priority}`),
  ]) {
    await channel.deleteQueue(name)
    await channel.deleteQueue(`${name}.dead`)
  }
  await channel.deleteExchange(topic)
  await model.close()
}
