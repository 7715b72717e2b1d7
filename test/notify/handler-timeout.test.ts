/** Handlers that take longer than they may. */
import { describe, expect, test } from '@jest/globals'

import { type Metadata, NotificationResult } from '../../src/index.js'
import { gate, Stage } from '../support/stage.js'
import { until } from '../support/until.js'

const once = { limit: 0 } as const

describe('a handler that takes longer than handlerTimeout', () => {
  test('has not handled its notification, whatever it does later, and holds up no other', async () => {
    await using stage = new Stage()
    const { opened, open } = gate()
    const calls: string[] = []
    const listener = await stage.listen(
      {
        async info(_ctxt, _publisherId, eventType) {
          calls.push(eventType)
          if (eventType === 'slow') await opened
          return NotificationResult.HANDLED
        },
      },
      { handlerTimeout: 30, concurrency: 1, retry: { limit: 1, delay: 10 } },
    )
    await stage.send('slow')
    await stage.send('fast')
    await until(() => listener.stats().rejected === 1)
    expect(calls).toEqual(['slow', 'fast', 'slow'])
    open()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(listener.stats()).toMatchObject({ handled: 1, requeued: 1, rejected: 1, inHand: 0 })
    expect(listener.stats().endpoints['endpoint-0(info)']).toMatchObject({ failed: 2, handled: 1 })
    expect(stage.errors[0]?.error).toMatchObject({
      code: 'RETRIES_EXHAUSTED',
      cause: { name: 'EndpointFailure', code: 'HANDLER_TIMEOUT', endpoint: 'endpoint-0(info)' },
    })
    const [letter] = await listener.deadLetters().list()
    expect(letter).toMatchObject({ reason: 'retries-exhausted', attempts: 1 })
    expect(letter?.error).toContain('handlerTimeout')
  })

  test('is told by its signal, and later endpoints are not called', async () => {
    await using stage = new Stage()
    const reasons: unknown[] = []
    let second = 0
    const listener = await stage.listen(
      [
        {
          info: (_ctxt, _publisherId, _eventType, _payload, { signal }) =>
            new Promise<void>((resolve) => {
              signal.addEventListener('abort', () => {
                reasons.push(signal.reason)
                resolve()
              })
            }),
        },
        { info: () => void (second += 1) },
      ],
      { handlerTimeout: 20, retry: once },
    )
    await stage.send('slow')
    await until(() => listener.stats().rejected === 1)
    await until(() => reasons.length === 1)
    expect(reasons[0]).toMatchObject({ code: 'HANDLER_TIMEOUT' })
    expect(second).toBe(0)
  })

  test('without a policy is acknowledged with an error event, as one that threw', async () => {
    await using stage = new Stage()
    const listener = await stage.listen({ info: () => new Promise<void>(() => {}) }, { handlerTimeout: 20 })
    await stage.send('slow')
    await until(() => listener.stats().lost === 1)
    expect(stage.errors[0]?.error).toMatchObject({ code: 'HANDLER_TIMEOUT' })
  })

  test('is bounded for each endpoint anew', async () => {
    await using stage = new Stage()
    const nap = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 120))
    const listener = await stage.listen([{ info: nap }, { info: nap }, { info: nap }], {
      handlerTimeout: 300,
      retry: once,
    })
    await stage.send('naps')
    await until(() => listener.stats().handled === 1)
    expect(stage.errors).toEqual([])
  })

  test('costs the whole batch its turn, and each of its signals aborts', async () => {
    await using stage = new Stage()
    let aborted = 0
    let calls = 0
    const listener = await stage.listenBatch(
      {
        info(notifications) {
          calls += 1
          if (calls > 1) return
          for (const { metadata } of notifications) {
            metadata.signal.addEventListener('abort', () => void (aborted += 1))
          }
          return new Promise<void>(() => {})
        },
      },
      { batchSize: 3, handlerTimeout: 30, retry: { limit: 3, delay: 5, backoff: 1 } },
    )
    for (const type of ['a', 'b', 'c']) await stage.send(type)
    await until(() => listener.stats().handled === 3, 5_000)
    expect(aborted).toBe(3)
    expect(listener.stats()).toMatchObject({ requeued: 3, rejected: 0 })
  })
})

test('a handler in time notices nothing of handlerTimeout', async () => {
  await using stage = new Stage()
  const seen: Metadata[] = []
  const listener = await stage.listen(
    {
      async info(_ctxt, _publisherId, _eventType, _payload, metadata) {
        seen.push(metadata)
        expect(metadata.signal.aborted).toBe(false)
      },
    },
    { handlerTimeout: 20 },
  )
  await stage.send('fast')
  await until(() => listener.stats().handled === 1)
  await new Promise((resolve) => setTimeout(resolve, 40))
  expect(seen[0]?.signal.aborted).toBe(false)
  expect(Object.keys(seen[0] ?? {})).toEqual([
    'messageId',
    'timestamp',
    'exchange',
    'redelivered',
    'attempts',
    'signal',
  ])
})

test('the drain deadline aborts the signal of a handler whose time is limited, too', async () => {
  await using stage = new Stage()
  const { opened, open } = gate()
  const listener = await stage.listen(
    {
      info: (_ctxt, _publisherId, _eventType, _payload, { signal }) =>
        new Promise<void>((resolve) => {
          open()
          signal.addEventListener('abort', () => resolve())
        }),
    },
    { handlerTimeout: 60_000, retry: once },
  )
  await stage.send('slow')
  await opened
  await listener.stop()
  await listener.wait({ timeout: 20 })
  expect(listener.stats()).toMatchObject({ inHand: 0, rejected: 0 })
})

test.each([0, -1, 1.5, '5s'])(
  'handlerTimeout %j is refused when the listener is made',
  async (handlerTimeout) => {
    await using stage = new Stage()
    await expect(
      stage.listen({ info() {} }, { handlerTimeout } as unknown as { handlerTimeout: number }),
    ).rejects.toThrow(/'handlerTimeout' wants a whole number from 1/)
  },
)
