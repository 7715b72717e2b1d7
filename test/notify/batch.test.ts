/** Batches: when they are full, what is in them, what becomes of each message. source: oslo_messaging/tests/notify/test_listener.py */
import { describe, expect, test } from '@jest/globals'
import * as v from 'valibot'

import {
  type BatchNotificationEndpoint,
  type BatchResult,
  currentBatch,
  currentNotification,
  type Notification,
  NotificationFilter,
  NotificationResult,
  PRIORITIES,
  reject,
  requeue,
} from '../../src/index.js'
import { Stage } from '../support/stage.js'
import { until } from '../support/until.js'

const { HANDLED, REQUEUE } = NotificationResult

async function sendAll(stage: Stage, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await stage.send('a', { n })
}

describe('the size of batches', () => {
  test.each([
    [12, { batchSize: 5, batchTimeout: 200 }, [5, 5, 2]],
    [10, { batchSize: 5, batchTimeout: null }, [5, 5]],
    [3, { batchSize: 5, batchTimeout: 0 }, [3]],
    [3, { batchSize: 1, batchTimeout: null }, [1, 1, 1]],
    [120, { batchTimeout: 200 }, [100, 20]],
  ])('%i messages with %j come as %j, in order', async (count, options, sizes) => {
    await using stage = new Stage()
    const batches: number[][] = []
    const listener = await stage.listenBatch(
      { info: (batch) => void batches.push(batch.map(({ payload }) => payload.n)) },
      options,
    )
    await sendAll(stage, count)
    await until(() => listener.stats().handled === count)
    expect(batches.map(({ length }) => length)).toEqual(sizes)
    expect(batches.flat()).toEqual(Array.from({ length: count }, (_, n) => n))
  })

  test('the time runs from the first message on, not from the start', async () => {
    await using stage = new Stage()
    const at: number[] = []
    await stage.listenBatch(
      { info: () => void at.push(performance.now()) },
      { batchSize: 5, batchTimeout: 100 },
    )
    await new Promise((resolve) => setTimeout(resolve, 80))
    const sent = performance.now()
    await stage.send('a')
    await until(() => at.length === 1)
    expect((at[0] ?? 0) - sent).toBeGreaterThanOrEqual(98)
  })

  test('a short batch with batchTimeout null waits, and runs when the listener is stopped', async () => {
    await using stage = new Stage()
    const sizes: number[] = []
    const listener = await stage.listenBatch(
      { info: ({ length }) => void sizes.push(length) },
      { batchSize: 5, batchTimeout: null },
    )
    await sendAll(stage, 3)
    await until(() => listener.stats().inHand === 3)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(sizes).toEqual([])
    await listener.stop()
    await listener.wait()
    expect(sizes).toEqual([3])
    expect(listener.stats().driver).toMatchObject({ acknowledged: 3, unsettled: 0 })
  })

  test('messages that nobody wants count, but are acknowledged at once', async () => {
    await using stage = new Stage()
    const batches: number[][] = []
    const listener = await stage.listenBatch(
      {
        filterRule: ({ payload }) => payload.n % 2 === 0,
        info: (batch) => void batches.push(batch.map(({ payload }) => payload.n)),
      },
      { batchSize: 5, batchTimeout: null },
    )
    await sendAll(stage, 4)
    await until(() => listener.stats().driver.acknowledged === 2)
    expect(batches).toEqual([])
    expect(listener.stats()).toMatchObject({ unwanted: 2, inHand: 2 })
    await stage.send('a', { n: 4 })
    await until(() => batches.length === 1)
    expect(batches).toEqual([[0, 2, 4]])
  })

  test('batches run one at a time unless concurrency says more', async () => {
    for (const concurrency of [undefined, 2]) {
      await using stage = new Stage()
      let running = 0
      let most = 0
      const listener = await stage.listenBatch(
        {
          async info() {
            running += 1
            most = Math.max(most, running)
            await new Promise((resolve) => setTimeout(resolve, 10))
            running -= 1
          },
        },
        { batchSize: 2, ...(concurrency === undefined ? {} : { concurrency }) },
      )
      await sendAll(stage, 8)
      await until(() => listener.stats().handled === 8)
      expect(most).toBe(concurrency ?? 1)
    }
  })
})

test('a batch is grouped by priority in the order of the original, order of arrival within a group', async () => {
  await using stage = new Stage()
  const calls: [string, number[]][] = []
  const endpoint = Object.fromEntries(
    PRIORITIES.map((priority) => [
      priority,
      (batch: readonly Notification[]) => void calls.push([priority, batch.map(({ payload }) => payload.n)]),
    ]),
  ) as BatchNotificationEndpoint
  await stage.listenBatch(endpoint, { batchSize: 14, batchTimeout: null })
  const order = [...PRIORITIES].reverse()
  for (let n = 0; n < 14; n++) await stage.send('a', { n }, { priority: order[n % 7] ?? '' })
  await until(() => calls.length === 7)
  expect(calls).toEqual([
    ['audit', [6, 13]],
    ['critical', [5, 12]],
    ['debug', [4, 11]],
    ['error', [3, 10]],
    ['info', [2, 9]],
    ['sample', [1, 8]],
    ['warn', [0, 7]],
  ])
})

describe('results', () => {
  type Result = (batch: readonly Notification[]) => BatchResult | undefined | Promise<BatchResult>
  const boom = (): never => {
    throw new Error('no')
  }
  /** Of three messages: how often each is seen at all, and the codes of the error events. */
  const rows: [what: string, result: Result, seen: number[], rejected: number, codes: string[]][] = [
    ['nothing', () => undefined, [1, 1, 1], 0, []],
    ['HANDLED', () => HANDLED, [1, 1, 1], 0, []],
    ['REQUEUE', () => REQUEUE, [2, 2, 2], 0, []],
    ['requeue({ delay })', () => requeue({ delay: 5 }), [2, 2, 2], 0, []],
    ['an exception', boom, [2, 2, 2], 0, []],
    ['a rejection', () => Promise.reject(new Error('no')), [2, 2, 2], 0, []],
    ['reject()', () => reject('bad'), [1, 1, 1], 3, ['REJECTED', 'REJECTED', 'REJECTED']],
    ['an empty Map', () => new Map(), [1, 1, 1], 0, []],
    ['a Map with REQUEUE for one', (batch) => new Map([[batch[1]!, REQUEUE]]), [1, 2, 1], 0, []],
    [
      'a Map with one of each',
      (batch) =>
        new Map<Notification, NotificationResult>([
          [batch[0]!, HANDLED],
          [batch[1]!, reject('bad')],
          [batch[2]!, requeue()],
        ]),
      [1, 1, 2],
      1,
      ['REJECTED'],
    ],
  ]

  test.each(rows)('%s', async (_what, result, seen, rejected, codes) => {
    await using stage = new Stage()
    const counts = [0, 0, 0]
    let isFirst = true
    const listener = await stage.listenBatch(
      {
        info: (batch) => {
          for (const { payload } of batch) counts[payload.n] = (counts[payload.n] ?? 0) + 1
          if (!isFirst) return undefined
          isFirst = false
          return result(batch)
        },
      },
      { batchSize: 3, batchTimeout: 10, retry: { delay: 5 } },
    )
    await sendAll(stage, 3)
    await until(() => listener.stats().handled + listener.stats().rejected === 3)
    expect(counts).toEqual(seen)
    expect(listener.stats()).toMatchObject({ rejected, handled: 3 - rejected })
    expect(stage.errors.map(({ error }) => error.code)).toEqual(codes)
    expect((await listener.deadLetters().list()).map(({ reason }) => reason)).toEqual(
      Array.from({ length: rejected }, () => 'bad'),
    )
  })

  test('what one endpoint does not handle the next does not see; what it handled a retry skips', async () => {
    await using stage = new Stage()
    const calls: [string, number[]][] = []
    const note = (name: string, batch: readonly Notification[]): void => {
      calls.push([name, batch.map(({ payload }) => payload.n)])
    }
    let isFirst = true
    const listener = await stage.listenBatch(
      [
        { info: (batch) => note('all', batch) },
        {
          filterRule: new NotificationFilter({ eventType: 'a$' }),
          info: (batch) => {
            note('some', batch)
            const results = new Map(isFirst ? [[batch[0] as Notification, REQUEUE]] : [])
            isFirst = false
            return results
          },
        },
        { info: (batch) => note('last', batch) },
      ],
      { batchSize: 3, batchTimeout: 10, retry: { delay: 5 } },
    )
    await stage.send('a', { n: 0 })
    await stage.send('b', { n: 1 })
    await stage.send('a', { n: 2 })
    await until(() => listener.stats().handled === 3)
    expect(calls).toEqual([
      ['all', [0, 1, 2]],
      ['some', [0, 2]],
      ['last', [1, 2]],
      ['some', [0]],
      ['last', [0]],
    ])
  })

  test('a second batch that throws leaves the first as it was; without requeue it is lost, and told', async () => {
    await using stage = new Stage()
    const seen: number[][] = []
    const listener = await stage.listenBatch(
      {
        info: (batch) => {
          if (seen.length > 0) throw new Error('no')
          seen.push(batch.map(({ payload }) => payload.n))
        },
      },
      { batchSize: 2, batchTimeout: null },
    )
    await sendAll(stage, 4)
    await until(() => listener.stats().lost === 2)
    expect(seen).toEqual([[0, 1]])
    expect(stage.errors.map(({ error }) => error.code)).toEqual(['ENDPOINT_THREW', 'ENDPOINT_THREW'])
    expect(listener.stats().driver.acknowledged).toBe(4)
  })
})

test('validation is per message: the invalid are rejected, the others handled as the schema makes them', async () => {
  await using stage = new Stage()
  const seen: unknown[] = []
  const schema = v.object({ n: v.pipe(v.number(), v.maxValue(1), v.transform(String)) })
  const listener = await stage.listenBatch(
    {
      info: (batch) => {
        seen.push(...batch.map(({ payload }) => payload))
        return new Map([[batch[0] as Notification, reject('not zero')]])
      },
    },
    { batchSize: 3, validate: { a: schema } },
  )
  await sendAll(stage, 3)
  await until(() => listener.stats().rejected === 2)
  expect(seen).toEqual([{ n: '0' }, { n: '1' }])
  expect(stage.errors.map(({ error }) => error.code).sort()).toEqual(['INVALID_PAYLOAD', 'REJECTED'])
})

test('below a batch endpoint there is the batch, and its first notification', async () => {
  await using stage = new Stage()
  const found: unknown[] = []
  await stage.listenBatch(
    {
      async info(batch) {
        await Promise.resolve()
        found.push(currentBatch() === batch, currentNotification() === batch[0])
      },
    },
    { batchSize: 2, context: true },
  )
  await sendAll(stage, 2)
  await until(() => found.length === 2)
  expect(found).toEqual([true, true])
  expect([currentBatch(), currentNotification()]).toEqual([undefined, undefined])
})

test('a batch in hand at the deadline is given back', async () => {
  await using stage = new Stage()
  let signal: AbortSignal | undefined
  const listener = await stage.listenBatch(
    {
      info: (batch) =>
        new Promise((resolve) => {
          signal = batch[0]?.metadata.signal
          signal?.addEventListener('abort', () => resolve(undefined))
        }),
    },
    { batchSize: 2 },
  )
  await sendAll(stage, 4)
  await until(() => listener.stats().inHand === 4 && signal !== undefined)
  await listener.stop()
  await listener.wait({ timeout: 20 })
  expect(signal?.aborted).toBe(true)
  await until(() => listener.stats().givenBack === 4)
  let others = 0
  await stage.listen({ info: () => void (others += 1) })
  await until(() => others === 4)
})
