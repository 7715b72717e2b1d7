import { describe, expect, test } from '@jest/globals'

import { PRIORITIES } from '../../src/index.js'
import { onTheBus } from './world.js'

const world = onTheBus()

describe('the instrument: Python to Python', () => {
  test('a Python listener hears a Python notifier at every priority', async () => {
    const { bus } = world
    const listener = await bus.theirListener()
    await bus.theirNotify(
      PRIORITIES.map((priority) => ({ priority, event_type: 'a.b', payload: { priority } })),
    )
    const calls = await listener.heard(7)
    expect(calls.map(({ priority }) => priority).sort()).toEqual([...PRIORITIES])
  })

  test('what a Python notifier only logs reaches the test as an error', async () => {
    const { bus } = world
    await bus.theirNotify([{ priority: 'info', event_type: 'a' }])
    await expect(
      bus.theirNotify([{ priority: 'info', event_type: 'a' }], { query: 'amqp_durable_queues=true' }),
    ).rejects.toThrow(/406.*durable/)
  })

  test('the peer is as old as the captures, or newer', async () => {
    const versions = await world.peer.versions()
    expect(Number.parseInt(String(versions['oslo.messaging']), 10)).toBeGreaterThanOrEqual(14)
  })
})
