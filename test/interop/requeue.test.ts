import { describe, expect, test } from '@jest/globals'

import { NotificationResult } from '../../src/index.js'
import { eventually } from './eventually.js'
import { onTheBus } from './world.js'

const world = onTheBus()

describe('requeue', () => {
  test.each(['classic', 'quorum'] as const)(
    'what a Python listener gives back reaches ours, marked as redelivered (%s queue)',
    async (type) => {
      const { bus } = world
      const query = type === 'quorum' ? 'rabbit_quorum_queue=true' : ''
      const pool = bus.ownPool('shared')
      // It never handles, so that the notification goes round until our listener gets it.
      const theirs = await bus.theirListener({
        query,
        pool,
        allow_requeue: true,
        endpoints: [{ on: { '*': { then: 'requeue', sleep: 0.05 } } }],
      })
      await bus.theirNotify([{ priority: 'info', event_type: 'a', payload: 1 }], { query })
      await theirs.heard(2)
      const ours = await bus.ourListener({ query: `preset=oslo&${query}`, pool })
      const [call] = await ours.heard(1)
      expect(call).toMatchObject({ payload: 1, metadata: { redelivered: true } })
      expect(call?.metadata.attempts).toBeGreaterThanOrEqual(type === 'quorum' ? 2 : 1)
      expect(call?.metadata.messageId).toBe(theirs.calls[0]?.metadata.message_id)
    },
  )

  test.each(['requeue', 'raise'] as const)(
    'a Python endpoint that does "%s" once hears ours again',
    async (then) => {
      const { bus } = world
      const theirs = await bus.theirListener({
        allow_requeue: true,
        endpoints: [{ on: { once: { then, times: 1 } } }],
      })
      await bus.notifier().info({ user_id: 'u' }, 'once', { a: 1 })
      const calls = await theirs.heard(2)
      expect(calls[1]).toEqual(calls[0])
      await theirs.stop()
      expect(theirs.calls).toHaveLength(2)
    },
  )

  test('what a Python listener without allow_requeue asks to requeue is gone, as in the original', async () => {
    const { bus } = world
    const theirs = await bus.theirListener({ endpoints: [{ on: { '*': { then: 'requeue' } } }] })
    await bus.notifier().info({}, 'a', 1)
    await theirs.heard(1)
    await theirs.stop()
    expect(await bus.depth(`${bus.topic}.info`)).toBe(0)
  })

  test('what our listener gives back at once reaches a Python one', async () => {
    const { bus } = world
    const pool = bus.ownPool('shared')
    const ours = await bus.ourListener({
      pool,
      allowRequeue: true,
      endpoints: [{ answer: () => NotificationResult.REQUEUE }],
      retry: { limit: 1_000, delay: 100, maxDelay: 100 },
    })
    await bus.theirNotify([{ priority: 'info', event_type: 'a', payload: { a: 1 }, ctxt: { user_id: 'u' } }])
    await ours.heard(1)
    const theirs = await bus.theirListener({ pool })
    const [call] = await theirs.heard(1)
    expect(call).toMatchObject({
      payload: { a: 1 },
      ctxt: { user_id: 'u' },
      metadata: { message_id: ours.calls[0]?.metadata.messageId },
    })
    await Promise.all([ours.stop(), theirs.stop()])
    expect(theirs.calls).toHaveLength(1)
    expect(world.peer.logs).toEqual([])
  })

  test('what our listener holds back for a while reaches a Python one that shares the queue', async () => {
    const { bus } = world
    const pool = bus.ownPool('shared')
    const ours = await bus.ourListener({
      pool,
      endpoints: [
        {
          answer: () => {
            throw new Error('not now')
          },
        },
      ],
      retry: { limit: 10, delay: 500, backoff: 1 },
    })
    await bus.theirNotify([{ priority: 'info', event_type: 'a', payload: 'ü' }], { driver: 'messaging' })
    await ours.heard(1)
    await eventually(() => ours.listener.stats().driver.unsettled === 0, {
      what: () => 'the message to be put away',
    })
    await ours.stop()
    const theirs = await bus.theirListener({ pool })
    const [call] = await theirs.heard(1)
    expect(call).toMatchObject({ payload: 'ü', metadata: { message_id: ours.calls[0]?.metadata.messageId } })
    expect(world.peer.logs).toEqual([])
  })

  test('a compressed notification is still compressed after our delayed retry, and Python reads it', async () => {
    const { bus } = world
    const pool = bus.ownPool('shared')
    const payload = { text: 'ü '.repeat(1_000) }
    const ours = await bus.ourListener({
      pool,
      endpoints: [
        {
          answer: () => {
            throw new Error('not now')
          },
        },
      ],
      retry: { limit: 10, delay: 500, backoff: 1 },
    })
    await bus.theirNotify([{ priority: 'info', event_type: 'a', payload }], {
      query: 'kombu_compression=gzip',
    })
    await ours.heard(1)
    await eventually(() => ours.listener.stats().driver.unsettled === 0, {
      what: () => 'the message to be put away',
    })
    await ours.stop()
    const theirs = await bus.theirListener({ pool })
    expect((await theirs.heard(1))[0]?.payload).toEqual(payload)
  })

  test('our endpoint hears a notification of Python again until it handles it', async () => {
    const { bus } = world
    const ours = await bus.ourListener({
      allowRequeue: true,
      retry: { limit: 5, delay: 100, backoff: 1 },
      endpoints: [{ answer: (_call, earlier) => (earlier < 2 ? NotificationResult.REQUEUE : undefined) }],
    })
    await bus.theirNotify([{ priority: 'info', event_type: 'a', payload: 1 }])
    const calls = await ours.heard(3)
    expect(calls.map(({ metadata }) => metadata.attempts)).toEqual([0, 1, 2])
    await ours.stop()
    expect(await bus.depth(`${bus.topic}.info`)).toBe(0)
  })

  test('what Python sent and our endpoint never handles is kept as a dead letter, and can be replayed to Python', async () => {
    const { bus } = world
    const transport = bus.transport('preset=oslo')
    const ours = await bus.ourListener({
      transport,
      retry: { limit: 0 },
      endpoints: [
        {
          answer: () => {
            throw new Error('never')
          },
        },
      ],
    })
    await bus.theirNotify([
      { priority: 'info', event_type: 'a', payload: { a: 'ü' }, ctxt: { user_id: 'u' } },
    ])
    await ours.heard(1)
    await ours.stop()
    const dead = transport.driver.deadLetters({
      exchange: bus.exchange,
      topic: `${bus.topic}.info`,
      mode: 'shared',
    })
    const [letter] = await dead.list()
    expect(letter).toMatchObject({ reason: 'retries-exhausted', error: expect.stringContaining('never') })
    expect(await dead.replay()).toBe(1)
    const theirs = await bus.theirListener()
    expect((await theirs.heard(1))[0]).toMatchObject({ payload: { a: 'ü' }, ctxt: { user_id: 'u' } })
  })
})
