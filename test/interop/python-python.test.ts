import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

import { PRIORITIES } from '../../src/index.js'
import { Bus } from './bus.js'
import { PythonPeer } from './peer.js'

let peer: PythonPeer

beforeAll(() => {
  peer = new PythonPeer()
})

afterAll(() => peer.end())

describe('the instrument: Python to Python', () => {
  test('a Python listener hears a Python notifier at every priority', async () => {
    const bus = await Bus.open(peer)
    try {
      const listener = await bus.theirListener()
      await bus.theirNotify(
        PRIORITIES.map((priority) => ({ priority, event_type: 'a.b', payload: { priority } })),
      )
      const calls = await listener.heard(7)
      expect(calls.map(({ priority }) => priority).sort()).toEqual([...PRIORITIES])
    } finally {
      await bus.close()
    }
  })

  test('what a Python notifier only logs reaches the test as an error', async () => {
    const bus = await Bus.open(peer)
    try {
      await bus.theirNotify([{ priority: 'info', event_type: 'a' }])
      await expect(
        bus.theirNotify([{ priority: 'info', event_type: 'a' }], { query: 'amqp_durable_queues=true' }),
      ).rejects.toThrow(/406.*durable/)
    } finally {
      await bus.close()
    }
  })

  test('the peer is the version the captures were made with, or newer', async () => {
    const versions = await peer.versions()
    expect(Number.parseInt(String(versions['oslo.messaging']), 10)).toBeGreaterThanOrEqual(14)
  })
})
