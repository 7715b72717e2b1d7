import { describe, expect, test } from '@jest/globals'

import { type Notification, NotificationResult, PRIORITIES, type Priority, Target } from '../../src/index.js'
import { eventually } from './eventually.js'
import type { PyMessage } from './peer.js'
import { onTheBus } from './world.js'

const world = onTheBus()

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

const priorityOf = (n: number): Priority => (n % 3 === 0 ? 'error' : n % 3 === 1 ? 'info' : 'sample')

const mixed = (count: number): PyMessage[] =>
  numbers(count).map((n) => ({ priority: priorityOf(n), event_type: 'numbered', payload: n }))

describe('batches', () => {
  // As the original's functional test: 205 messages in batches of 100 with a timeout of 2 s. All are there before the listener, so that a
  // slow machine does not cut a batch short.
  test('205 notifications of Python reach our batch endpoint as 100, 100 and 5, in order', async () => {
    const { bus } = world
    const batches: (readonly Notification[])[] = []
    await bus.theirNotify(
      numbers(205).map((n) => ({ priority: 'info', event_type: 'test', payload: `notification ${n}` })),
    )
    const ours = await bus.ourBatchListener([{ info: (batch) => void batches.push(batch) }], {
      batchSize: 100,
      batchTimeout: 2_000,
    })
    await eventually(() => batches.flat().length >= 205, {
      what: () => `205 in batches; had ${batches.flat().length}`,
    })
    await ours.stop()
    expect(batches.map((batch) => batch.length)).toEqual([100, 100, 5])
    expect(batches.flat().map(({ payload }) => payload)).toEqual(numbers(205).map((n) => `notification ${n}`))
  })

  test('205 notifications of ours reach a Python batch endpoint as 100, 100 and 5', async () => {
    const { bus } = world
    const notifier = bus.notifier()
    await Promise.all(numbers(205).map((n) => notifier.info({ user_id: 'u' }, 'test', `notification ${n}`)))
    const theirs = await bus.theirListener({
      endpoints: [{ priorities: ['info'] }],
      batch_size: 100,
      batch_timeout: 2,
    })
    const calls = await theirs.heard(3)
    expect(calls.map(({ messages }) => messages?.length).toSorted((a = 0, b = 0) => b - a)).toEqual([
      100, 100, 5,
    ])
    const messages = calls.flatMap((call) => call.messages ?? [])
    expect(new Set(messages.map(({ payload }) => payload as string)).size).toBe(205)
    expect(messages[0]?.ctxt).toEqual({ user_id: 'u', client_timeout: null })
  })

  test('our batches hold one priority each, in order of arrival, whatever Python mixes', async () => {
    const { bus } = world
    await bus.theirNotify(mixed(30))
    const batches: { priority: Priority; payloads: number[] }[] = []
    const method =
      (priority: Priority) =>
      (batch: readonly Notification[]): void => {
        expect(batch.every((one) => one.priority === priority)).toBe(true)
        batches.push({ priority, payloads: batch.map(({ payload }) => payload as number) })
      }
    const ours = await bus.ourBatchListener(
      [{ error: method('error'), info: method('info'), sample: method('sample') }],
      { batchSize: 30, batchTimeout: 1_000 },
    )
    await eventually(() => batches.flatMap(({ payloads }) => payloads).length === 30, {
      what: () => '30 in batches',
    })
    await ours.stop()
    for (const priority of ['error', 'info', 'sample'] as const) {
      expect(
        batches.filter((batch) => batch.priority === priority).flatMap(({ payloads }) => payloads),
      ).toEqual(numbers(30).filter((n) => priorityOf(n) === priority))
    }
  })

  test('a Python batch endpoint that requeues once hears our notifications again', async () => {
    const { bus } = world
    const notifier = bus.notifier()
    for (const n of numbers(3)) await notifier.info({}, 'once', n)
    const theirs = await bus.theirListener({
      allow_requeue: true,
      batch_size: 3,
      batch_timeout: 1,
      endpoints: [{ priorities: ['info'], on: { once: { then: 'requeue', times: 1 } } }],
    })
    const heard = (): unknown[] =>
      theirs.calls.flatMap(({ messages = [] }) => messages.map(({ payload }) => payload as unknown))
    await eventually(() => heard().length >= 6, { what: () => `6 deliveries; had ${heard().length}` })
    expect(new Set(heard())).toEqual(new Set(numbers(3)))
  })

  test('our batch endpoint gives back one of three; Python gets that one only', async () => {
    const { bus } = world
    await bus.theirNotify(numbers(3).map((n) => ({ priority: 'info', event_type: 'a', payload: n })))
    const batches: (readonly Notification[])[] = []
    const ours = await bus.ourBatchListener(
      [
        {
          info: (batch) => {
            batches.push(batch)
            return new Map(
              batch.filter(({ payload }) => payload === 1).map((one) => [one, NotificationResult.REQUEUE]),
            )
          },
        },
      ],
      {
        batchSize: 3,
        batchTimeout: 1_000,
        allowRequeue: true,
        retry: { limit: 100, delay: 500, backoff: 1 },
      },
    )
    await eventually(() => batches.length > 0, { what: () => 'a batch' })
    await ours.stop()
    const theirs = await bus.theirListener()
    const [call] = await theirs.heard(1)
    expect(call?.payload).toBe(1)
    await theirs.stop()
    expect(theirs.calls).toHaveLength(1)
  })
})

// oslo_messaging/tests/functional/notify: the same scenarios, each side the other's peer.
describe("the original's functional scenarios", () => {
  test('two listeners share 8 notifications, and both have some', async () => {
    const { bus } = world
    const first = await bus.ourListener()
    const second = await bus.theirListener()
    await bus.consumers(`${bus.topic}.info`, 2)
    const names = ['foo', 'bar', 'baz', 'qux', 'quux', 'corge', 'grault', 'garply']
    await bus.theirNotify(names.map((payload) => ({ priority: 'info', event_type: 'test', payload })))
    await eventually(() => first.calls.length + second.calls.length === 8, { what: () => '8 calls' })
    expect(new Set([...first.calls, ...second.calls].map(({ payload }) => payload as string))).toEqual(
      new Set(names),
    )
    expect(Math.min(first.calls.length, second.calls.length)).toBeGreaterThan(0)
  })

  test('independent topics: each listener hears its own, in order', async () => {
    const { bus } = world
    const topics = [bus.ownTopic('a'), bus.ownTopic('b')] as const
    const a = await bus.ourListener({ concurrency: 1, targets: [new Target({ topic: topics[0] })] })
    const b = await bus.ourListener({ concurrency: 1, targets: [new Target({ topic: topics[1] })] })
    for (const [index, topic] of topics.entries()) {
      await bus.theirNotify(
        numbers(10).map((n) => ({ priority: 'info', event_type: 'test', payload: `${index}-${n}` })),
        { topics: [topic] },
      )
    }
    expect((await a.heard(10)).map(({ payload }) => payload)).toEqual(numbers(10).map((n) => `0-${n}`))
    expect((await b.heard(10)).map(({ payload }) => payload)).toEqual(numbers(10).map((n) => `1-${n}`))
  })

  test('all categories', async () => {
    const { bus } = world
    const ours = await bus.ourListener()
    const theirs = await bus.theirListener({ pool: bus.ownPool('theirs') })
    await bus.theirNotify(
      PRIORITIES.map((priority) => ({ priority, event_type: priority, payload: priority })),
    )
    const notifier = bus.notifier()
    for (const priority of PRIORITIES) await notifier[priority]({}, priority, priority)
    const twice = [...PRIORITIES, ...PRIORITIES].toSorted()
    expect((await ours.heard(14)).map((call) => call.priority).toSorted()).toEqual(twice)
    expect((await theirs.heard(14)).map((call) => call.priority).toSorted()).toEqual(twice)
    for (const { priority, eventType, payload } of ours.calls)
      expect([eventType, payload]).toEqual([priority, priority])
  })
})
