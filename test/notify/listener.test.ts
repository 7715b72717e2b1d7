/** Scenarios of whole listeners. source: oslo_messaging/tests/notify/test_listener.py */
import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import {
  currentNotification,
  getNotificationListener,
  type Notification,
  type NotificationListener,
  NotificationResult,
  reject,
  requeue,
  Target,
} from '../../src/index.js'
import { gate, Stage } from '../support/stage.js'
import { until } from '../support/until.js'

const { REQUEUE } = NotificationResult

describe('targets', () => {
  test('two topics', async () => {
    await using stage = new Stage()
    const seen: string[] = []
    const targets = ['one', 'two'].map((topic) => new Target({ topic }))
    await stage.listen({ info: (...[, , type]) => void seen.push(type) }, { concurrency: 1 }, targets)
    await stage.send('a', {}, { topic: 'one' })
    await stage.send('b', {}, { topic: 'two' })
    await stage.send('c', {}, { topic: 'three' })
    await until(() => seen.length === 2)
    expect(seen).toEqual(['a', 'b'])
  })

  test('two exchanges, of which the default is none', async () => {
    await using stage = new Stage()
    const seen: string[] = []
    const targets = ['one', 'two'].map((exchange) => new Target({ topic: stage.topic, exchange }))
    await stage.listen({ info: (...[, , type]) => void seen.push(type) }, {}, targets)
    await stage.send('a')
    await stage.send('b', {}, { exchange: 'one' })
    await stage.send('c', {}, { exchange: 'two' })
    await until(() => seen.length === 2)
    expect(seen.sort()).toEqual(['b', 'c'])
  })

  test('a target named twice is heard once', async () => {
    await using stage = new Stage()
    let calls = 0
    const targets = [stage.target, new Target({ topic: stage.topic, exchange: 'openstack' })]
    const listener = await stage.listen({ info: () => void (calls += 1) }, {}, targets)
    await stage.send('a')
    await until(() => calls === 1)
    expect(listener.stats().driver.delivered).toBe(1)
  })
})

test('two endpoints are called in order', async () => {
  await using stage = new Stage()
  const calls: string[] = []
  await stage.listen([
    {
      async info() {
        await sleep(5)
        calls.push('one')
      },
    },
    { info: () => void calls.push('two') },
  ])
  await stage.send('a')
  await until(() => calls.length === 2)
  expect(calls).toEqual(['one', 'two'])
})

test('REQUEUE once, then handled: called twice', async () => {
  await using stage = new Stage()
  const seen: [number, boolean][] = []
  const listener = await stage.listen(
    {
      info: (...[, , , , { attempts, redelivered }]) => {
        seen.push([attempts, redelivered])
        return seen.length === 1 ? REQUEUE : undefined
      },
    },
    { allowRequeue: true },
  )
  await stage.send('a')
  await until(() => listener.stats().handled === 1)
  expect(seen).toEqual([
    [0, false],
    [1, true],
  ])
})

describe('pools', () => {
  test('each pool has its own copy, in order; so have those without one', async () => {
    await using stage = new Stage()
    const seen: Record<string, number[]> = { one: [], two: [], none: [] }
    for (const name of ['one', 'two', 'none']) {
      await stage.listen(
        { info: (...[, , , payload]) => void seen[name]?.push(payload.n) },
        { concurrency: 1, ...(name === 'none' ? {} : { pool: name }) },
      )
    }
    for (let n = 0; n < 2; n++) await stage.send('a', { n })
    await until(() => Object.values(seen).every(({ length }) => length === 2))
    expect(seen).toEqual({ one: [0, 1], two: [0, 1], none: [0, 1] })
  })

  test('two pools and three listeners, one of which stops and starts again in between', async () => {
    await using stage = new Stage()
    const seen: number[][] = [[], [], []]
    const listeners: NotificationListener[] = []
    for (const [index, pool] of ['one', 'two', 'two'].entries()) {
      listeners.push(
        await stage.listen(
          { info: (...[, , , payload]) => void seen[index]?.push(payload.n) },
          { pool, concurrency: 1 },
        ),
      )
    }
    const [, , third] = listeners
    for (let round = 0; round < 4; round++) {
      if (round === 1) {
        await third?.stop()
        await third?.wait()
      } else if (round === 2) {
        await third?.start()
      }
      for (let n = 0; n < 25; n++) await stage.send('a', { n: round * 25 + n })
      await until(() => (seen[1]?.length ?? 0) + (seen[2]?.length ?? 0) === (round + 1) * 25)
    }
    const all = Array.from({ length: 100 }, (_, n) => n)
    await until(() => seen[0]?.length === 100)
    expect(seen[0]).toEqual(all)
    expect([...(seen[1] ?? []), ...(seen[2] ?? [])].sort((one, other) => one - other)).toEqual(all)
    expect(Math.min(seen[1]?.length ?? 0, seen[2]?.length ?? 0)).toBeGreaterThanOrEqual(25)
  })
})

describe('concurrency', () => {
  test.each([[1], [3], [64]])('of %i is reached and never exceeded', async (concurrency) => {
    await using stage = new Stage()
    let running = 0
    let most = 0
    const listener = await stage.listen(
      {
        async info() {
          running += 1
          most = Math.max(most, running)
          await sleep(3)
          running -= 1
        },
      },
      { concurrency },
    )
    await Promise.all(Array.from({ length: 150 }, () => stage.send('a')))
    await until(() => listener.stats().handled === 150)
    expect(most).toBe(concurrency)
    expect(listener.stats()).toMatchObject({ inHand: 0, backlog: 0 })
  })

  test('of 1 keeps the order, whatever each takes', async () => {
    await using stage = new Stage()
    const seen: number[] = []
    const listener = await stage.listen(
      {
        async info(_ctxt, _publisherId, _eventType, { n }) {
          if (n % 3 === 0) await sleep(n % 2)
          seen.push(n)
        },
      },
      { concurrency: 1 },
    )
    for (let n = 0; n < 40; n++) await stage.send('a', { n })
    await until(() => listener.stats().handled === 40)
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n))
  })

  test('no more is in hand than twice the concurrency, or the prefetch', async () => {
    for (const [options, inHand] of [
      [{ concurrency: 2 }, 4],
      [{ concurrency: 2, prefetch: 7 }, 7],
      [{ concurrency: 2, prefetch: 1 }, 4],
    ] as const) {
      await using stage = new Stage()
      const { opened, open } = gate()
      const listener = await stage.listen({ info: () => opened }, options)
      for (let n = 0; n < 20; n++) await stage.send('a')
      await until(() => listener.stats().received === inHand)
      await sleep(5)
      expect(listener.stats()).toMatchObject({ received: inHand, inHand })
      open()
      await until(() => listener.stats().handled === 20)
    }
  })
})

describe('for await', () => {
  function iterable(stage: Stage, options = {}): NotificationListener {
    return stage.keep(getNotificationListener(stage.transport, [stage.target], [], options))
  }

  test('hears all seven priorities, starts the listener, and stops it when the loop is left', async () => {
    await using stage = new Stage()
    const priorities = ['audit', 'critical', 'debug', 'error', 'info', 'sample', 'warn']
    for (const priority of priorities)
      await stage.send(priority, { n: 1 }, { priority, ctxt: { user: 'ada' } })
    const listener = iterable(stage)
    const events: string[] = []
    listener.on('started', () => events.push('started')).on('stopped', () => events.push('stopped'))
    const seen: Notification[] = []
    for await (const { notification, ack } of listener) {
      seen.push(notification)
      ack()
      if (seen.length === 7) break
    }
    expect(seen.map(({ eventType }) => eventType).sort()).toEqual(priorities)
    expect(seen.every(({ priority, eventType }) => priority === eventType)).toBe(true)
    expect(seen[0]).toMatchObject({ ctxt: { user: 'ada' }, publisherId: 'compute.host1', payload: { n: 1 } })
    expect(events).toEqual(['started', 'stopped'])
    expect(listener.stats()).toMatchObject({ handled: 7, driver: { unsettled: 0 } })
  })

  test('the first of ack, requeue and reject counts; what is left unsettled comes again', async () => {
    await using stage = new Stage()
    for (const type of ['ack', 'requeue', 'reject', 'leave']) await stage.send(type)
    const listener = iterable(stage)
    const seen: string[] = []
    for await (const delivery of listener) {
      const { eventType, metadata } = delivery.notification
      seen.push(`${eventType} ${metadata.attempts}`)
      if (eventType === 'requeue' && metadata.attempts === 0) delivery.requeue({ delay: 5 })
      else if (eventType === 'reject') delivery.reject('bad')
      else if (eventType !== 'leave' || metadata.attempts > 0) delivery.ack()
      if (eventType !== 'leave') delivery.reject('too late')
      if (seen.length === 6) break
    }
    expect(seen.sort()).toEqual(['ack 0', 'leave 0', 'leave 1', 'reject 0', 'requeue 0', 'requeue 1'])
    expect(listener.stats()).toMatchObject({ handled: 3, rejected: 1, requeued: 2 })
    expect(await listener.deadLetters().list()).toMatchObject([{ reason: 'bad' }])
  })

  test('an error in the loop gives the message back and stops the listener', async () => {
    await using stage = new Stage()
    await stage.send('a')
    const listener = iterable(stage)
    const loop = async (): Promise<void> => {
      for await (const _ of listener) throw new Error('no')
    }
    await expect(loop()).rejects.toThrow('no')
    for await (const { notification, ack } of listener) {
      expect(notification.metadata.attempts).toBe(1)
      ack()
      break
    }
  })

  test('a stop from outside ends the loop; a second loop goes on where the first ended', async () => {
    await using stage = new Stage()
    const listener = iterable(stage)
    const seen: string[] = []
    const loop = async (): Promise<void> => {
      for await (const { notification, ack } of listener) {
        seen.push(notification.eventType)
        ack()
      }
    }
    for (const type of ['a', 'b']) {
      const looping = loop()
      await stage.send(type)
      await until(() => seen.includes(type))
      await listener.stop()
      await looping
      await stage.send(`between ${type}`)
    }
    expect(seen).toEqual(['a', 'between a', 'b'].filter((type) => seen.includes(type)))
    expect(seen).toContain('between a')
  })

  test('one at a time, again and again, uses up no retries of those it never saw', async () => {
    await using stage = new Stage()
    const listener = iterable(stage, { retry: { limit: 3, delay: 1 } })
    for (let n = 0; n < 12; n++) await stage.send('a', { n })
    const seen: number[] = []
    for (let round = 0; round < 12; round++) {
      for await (const { notification, ack } of listener) {
        seen.push(notification.payload.n)
        ack()
        break
      }
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, n) => n))
    expect(stage.errors).toEqual([])
  })

  test('two loops share the listener, and both end with it', async () => {
    await using stage = new Stage()
    const listener = iterable(stage)
    const seen: string[] = []
    const loop = async (): Promise<void> => {
      for await (const { notification, ack } of listener) {
        seen.push(notification.eventType)
        ack()
      }
    }
    const loops = Promise.all([loop(), loop()])
    for (let n = 0; n < 6; n++) await stage.send(`${n}`)
    await until(() => seen.length === 6)
    await listener.stop()
    await loops
    expect(new Set(seen).size).toBe(6)
  })

  test('a start beside a stop leaves a stream that works', async () => {
    await using stage = new Stage()
    const listener = iterable(stage)
    await listener.start()
    await Promise.all([listener.stop(), listener.start()])
    await stage.send('a')
    for await (const { ack } of listener) {
      ack()
      break
    }
    expect(listener.stats()).toMatchObject({ handled: 1 })
  })

  test('over a listener with endpoints is an error that says what is wanted', async () => {
    await using stage = new Stage()
    const listener = stage.keep(
      getNotificationListener(stage.transport, [stage.target], [{ info: () => {} }]),
    )
    await expect(listener[Symbol.asyncIterator]().next()).rejects.toThrow('made with no endpoints ([])')
  })
})

describe('currentNotification', () => {
  async function deep(): Promise<Notification | undefined> {
    await sleep(Math.random() * 5)
    return currentNotification()
  }

  test('is the one in hand below awaits, also of many at once', async () => {
    await using stage = new Stage()
    const pairs: [unknown, unknown][] = []
    await stage.listen(
      {
        async info(_ctxt, _publisherId, _eventType, { n }) {
          const found = await deep()
          pairs.push([n, found?.payload.n])
        },
      },
      { context: true },
    )
    for (let n = 0; n < 100; n++) await stage.send('a', { n })
    await until(() => pairs.length === 100)
    expect(pairs.every(([given, found]) => given === found)).toBe(true)
    expect(currentNotification()).toBeUndefined()
  })

  test('is known to who asks from then on, and at once up to the first await', async () => {
    await using stage = new Stage()
    const found: unknown[] = []
    await stage.listen({
      async info(_ctxt, _publisherId, _eventType, { n }) {
        found.push([n, currentNotification()?.payload.n])
        found.push([n, (await deep())?.payload.n])
      },
    })
    await stage.send('a', { n: 1 })
    await until(() => found.length === 2)
    await stage.send('a', { n: 2 })
    await until(() => found.length === 4)
    expect([found[0], ...found.slice(2)]).toEqual([
      [1, 1],
      [2, 2],
      [2, 2],
    ])
    expect(currentNotification()).toBeUndefined()
  })

  test('is undefined with context: false', async () => {
    await using stage = new Stage()
    const found: unknown[] = []
    await stage.listen({ info: async () => void found.push(await deep()) }, { context: false })
    await stage.send('a')
    await until(() => found.length === 1)
    expect(found).toEqual([undefined])
  })
})

test('the numbers add up, whatever the outcomes', async () => {
  const outcome = fc.constantFrom(
    'handled',
    'requeue',
    'throw',
    'reject',
    'unwanted',
    'undecodable',
    'duplicate',
    'priority',
  )
  const property = fc.asyncProperty(
    fc.array(outcome, { maxLength: 25 }),
    fc.boolean(),
    fc.constantFrom('single' as const, 'batch' as const),
    async (outcomes, allowRequeue, kind) => {
      await using stage = new Stage()
      const judge = ({ eventType, metadata }: Notification): NotificationResult | undefined => {
        if (metadata.attempts === 0 && eventType === 'requeue') return requeue({ delay: 1 })
        if (metadata.attempts === 0 && eventType === 'throw') {
          if (kind === 'single') throw new Error('no')
          return REQUEUE
        }
        return eventType === 'reject' ? reject('bad') : undefined
      }
      const filterRule = ({ eventType }: Notification): boolean => eventType !== 'unwanted'
      const options = { ...(allowRequeue ? { retry: { delay: 1 } } : {}), concurrency: 1 }
      const listener =
        kind === 'single'
          ? await stage.listen(
              {
                filterRule,
                info: (...[ctxt, publisherId, eventType, payload, metadata]) =>
                  judge({ priority: 'info', ctxt, publisherId, eventType, payload, metadata }),
              },
              options,
            )
          : await stage.listenBatch(
              { filterRule, info: (batch) => new Map(batch.map((one) => [one, judge(one)])) },
              { ...options, batchSize: 4, batchTimeout: 1 },
            )
      for (const one of outcomes) {
        if (one === 'undecodable') await stage.sendBytes('{')
        else if (one === 'priority') await stage.sendBytes('{"priority":"loud"}')
        else if (one === 'duplicate') await stage.sendBytes('{"priority":"info","_unique_id":"1"}')
        else await stage.send(one)
      }
      const final = (): number => {
        const { handled, rejected, lost, unwanted, duplicates, unknownPriority } = listener.stats()
        return handled + rejected + lost + unwanted + duplicates + unknownPriority
      }
      await until(() => final() === outcomes.length && listener.stats().driver.unsettled === 0)
      const { received, requeued, givenBack, inHand, backlog, driver, undecodable, unwanted } =
        listener.stats()
      expect(received).toBe(final() + requeued + givenBack)
      expect([inHand, backlog, givenBack]).toEqual([0, 0, 0])
      expect(driver.delivered).toBe(driver.acknowledged + driver.requeued + driver.rejected)
      expect(driver.delivered).toBe(received)
      expect(undecodable).toBe(outcomes.filter((one) => one === 'undecodable').length)
      expect(unwanted).toBe(outcomes.filter((one) => one === 'unwanted').length)
    },
  )
  await fc.assert(property, { numRuns: 60 })
})
