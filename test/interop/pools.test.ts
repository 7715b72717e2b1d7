import { describe, expect, test } from '@jest/globals'

import { eventually } from './eventually.js'
import type { PyMessage } from './peer.js'
import { onTheBus } from './world.js'

const world = onTheBus()

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
const numbered = (count: number): PyMessage[] =>
  numbers(count).map((n) => ({ priority: 'info', event_type: 'numbered', payload: n }))
const payloadsOf = (calls: readonly { readonly payload: unknown }[]): Set<unknown> =>
  new Set(calls.map(({ payload }) => payload))

describe('pools of both sides', () => {
  test.each(['Python', 'tocsin'] as const)('each pool has its own copy of what %s sends', async (sender) => {
    const { bus } = world
    const ours = await bus.ourListener({ pool: bus.ownPool('ours') })
    const theirs = await bus.theirListener({ pool: bus.ownPool('theirs') })
    const ourUnpooled = await bus.ourListener()
    if (sender === 'Python') await bus.theirNotify(numbered(20))
    else {
      const notifier = bus.notifier()
      for (const n of numbers(20)) await notifier.info({}, 'numbered', n)
    }
    const all = new Set<unknown>(numbers(20))
    expect(payloadsOf(await ours.heard(20))).toEqual(all)
    expect(payloadsOf(await theirs.heard(20))).toEqual(all)
    expect(payloadsOf(await ourUnpooled.heard(20))).toEqual(all)
    await Promise.all([ours.stop(), theirs.stop(), ourUnpooled.stop()])
    expect([ours.calls.length, theirs.calls.length, ourUnpooled.calls.length]).toEqual([20, 20, 20])
  })

  test.each(['one pool', 'the queue without a pool'])(
    'a Python and a tocsin listener share %s: each notification once, both have some',
    async (kind) => {
      const { bus } = world
      const pool = kind === 'one pool' ? { pool: bus.ownPool('shared') } : {}
      const theirs = await bus.theirListener(pool)
      const ours = await bus.ourListener(pool)
      await bus.consumers(pool.pool ?? `${bus.topic}.info`, 2)
      await bus.theirNotify(numbered(20))
      const notifier = bus.notifier()
      for (const n of numbers(20)) await notifier.info({}, 'numbered', 20 + n)
      await eventually(() => ours.calls.length + theirs.calls.length >= 40, {
        what: () => `40 calls; had ${ours.calls.length} and ${theirs.calls.length}`,
      })
      // Ours first: the original may lose acknowledgements when it stops, and who still listens hears those notifications again.
      await ours.stop()
      await theirs.stop()
      expect(ours.calls.length + theirs.calls.length).toBe(40)
      expect(payloadsOf([...ours.calls, ...theirs.calls])).toEqual(new Set(numbers(40)))
      expect(Math.min(ours.calls.length, theirs.calls.length)).toBeGreaterThan(0)
    },
  )

  test('a pool hears what is sent after it was made, one without a pool also what was sent before', async () => {
    const { bus } = world
    await bus.theirNotify(numbered(1))
    const pooled = await bus.ourListener({ pool: bus.ownPool('late') })
    const unpooled = await bus.ourListener()
    await bus.theirNotify([{ priority: 'info', event_type: 'later', payload: 'later' }])
    await unpooled.heard(2)
    await pooled.heard(1)
    expect(pooled.calls.map(({ payload }) => payload)).toEqual(['later'])
  })

  // As the original's own test: two pools, three listeners, one member of the second pool leaves for a round and comes back.
  test('a pool goes on while a member of the other language is away', async () => {
    const { bus } = world
    const pool1 = bus.ownPool('one')
    const pool2 = bus.ownPool('two')
    const first = await bus.ourListener({ pool: pool1, concurrency: 1 })
    const steady = await bus.ourListener({ pool: pool2 })
    const notifier = bus.notifier()
    const round = async (number: number): Promise<void> => {
      for (let n = 0; n < 25; n++) await notifier.info({}, 'numbered', (number - 1) * 25 + n)
      await first.heard(number * 25)
    }
    const leaving = await bus.theirListener({ pool: pool2 })
    await bus.consumers(pool2, 2)
    await round(1)
    await leaving.stop()
    await round(2)
    const back = await bus.theirListener({ pool: pool2 })
    await bus.consumers(pool2, 2)
    await round(3)
    await round(4)
    const members = (): readonly { readonly payload: unknown }[] => [
      ...steady.calls,
      ...leaving.calls,
      ...back.calls,
    ]
    // At least once: the acknowledgements the original loses when it stops come back as duplicates.
    await eventually(() => payloadsOf(members()).size === 100, {
      what: () => `100 notifications; had ${payloadsOf(members()).size}`,
    })
    await Promise.all([first.stop(), steady.stop(), back.stop()])
    expect(first.calls.map(({ payload }) => payload)).toEqual(numbers(100))
    expect(payloadsOf(members())).toEqual(new Set(numbers(100)))
    expect(steady.calls.length).toBeGreaterThanOrEqual(25)
  })
})
