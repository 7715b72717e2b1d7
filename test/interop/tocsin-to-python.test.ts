import { describe, expect, test } from '@jest/globals'

import { PRIORITIES } from '../../src/index.js'
import { payloads } from './payloads.js'
import { onTheBus } from './world.js'

const world = onTheBus()

const drivers = ['messaging', 'messagingv2'] as const
const both = <T>(rows: readonly T[]): (readonly [T, (typeof drivers)[number]])[] =>
  rows.flatMap((row) => drivers.map((driver) => [row, driver] as const))

describe('the Python listener hears our notifier', () => {
  test.each(both(PRIORITIES))('at priority %s by driver %s', async (priority, driver) => {
    const { bus } = world
    const theirs = await bus.theirListener()
    await bus.notifier({ driver })[priority]({ user_id: 'u-1' }, 'compute.instance.update', { a: 1 })
    const [call] = await theirs.heard(1)
    expect(call).toMatchObject({
      priority,
      publisher_id: 'tocsin.host1',
      event_type: 'compute.instance.update',
      payload: { a: 1 },
      ctxt: { user_id: 'u-1', client_timeout: null },
    })
    expect(call?.metadata.message_id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(call?.metadata.timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/)
    expect(world.peer.logs).toEqual([])
  })

  test('`warning` as warn', async () => {
    const { bus } = world
    const theirs = await bus.theirListener()
    await bus.notifier().warning({}, 'a', {})
    expect((await theirs.heard(1))[0]).toMatchObject({ priority: 'warn' })
  })

  test.each(drivers)('every payload whole, by driver %s', async (driver) => {
    const { bus } = world
    const theirs = await bus.theirListener()
    const notifier = bus.notifier({ driver })
    for (const { name, payload } of payloads) await notifier.info({}, name, payload)
    const calls = await theirs.heard(payloads.length)
    // Its pool of threads calls the endpoint in any order.
    const heard = new Map(calls.map((call) => [call.event_type, call.payload]))
    for (const { name, payload } of payloads) expect([name, heard.get(name)]).toEqual([name, payload])
    expect(world.peer.logs).toEqual([])
  })

  test('floats that only Python tells from integers stay floats where they are', async () => {
    const { bus } = world
    const theirs = await bus.theirListener()
    await bus.notifier().info({}, 'a', { half: 0.5, negative: -0.25, large: 1e21 })
    expect((await theirs.heard(1))[0]?.payload).toEqual({ half: 0.5, negative: -0.25, large: 1e21 })
  })

  test.each(drivers)('the context whole, by driver %s', async (driver) => {
    const { bus } = world
    const theirs = await bus.theirListener()
    const ctxt = {
      user_id: 'u-1',
      roles: ['admin', 'member'],
      is_admin: false,
      nested: { a: [null, 'ünïcödé 测试'] },
      domain_id: null,
      anything: 1,
    }
    const notifier = bus.notifier({ driver })
    await notifier.info(ctxt, 'plain', {})
    await notifier.info({ redactedCopy: () => ({ toDict: () => ({ safe: 1 }) }) }, 'redacted', {})
    await notifier.info(null, 'nobody', {})
    const heard = new Map((await theirs.heard(3)).map((call) => [call.event_type, call.ctxt]))
    expect(heard.get('plain')).toEqual({ ...ctxt, client_timeout: null })
    expect(heard.get('redacted')).toEqual({ safe: 1, client_timeout: null })
    expect(heard.get('nobody')).toEqual({ client_timeout: null })
  })

  test.each(drivers)('compressed bodies, by driver %s', async (driver) => {
    const { bus } = world
    const theirs = await bus.theirListener()
    const payload = { text: 'ü 测试 '.repeat(1_000) }
    await bus.notifier({ driver, query: 'preset=oslo&kombu_compression=gzip' }).info({}, 'a', payload)
    expect((await theirs.heard(1))[0]?.payload).toEqual(payload)
  })

  test('what was sent before the first listener came', async () => {
    const { bus } = world
    const notifier = bus.notifier()
    await notifier.info({}, 'early', 1)
    await notifier.error({}, 'early', 2)
    const theirs = await bus.theirListener()
    const calls = await theirs.heard(2)
    expect(new Set(calls.map(({ payload }) => payload))).toEqual(new Set([1, 2]))
  })

  test('several topics of one notifier: each gets the notification, with the same message id', async () => {
    const { bus } = world
    const topics = [bus.ownTopic('a'), bus.ownTopic('b'), bus.ownTopic('c')]
    const theirs = await bus.theirListener({ targets: topics.map((topic) => ({ topic })) })
    await bus.notifier({ topics }).info({}, 'a', 1)
    const calls = await theirs.heard(3)
    expect(new Set(calls.map(({ metadata }) => metadata.message_id)).size).toBe(1)
  })

  test('the exchange of the notifier is where the Python target looks', async () => {
    const { bus } = world
    const other = bus.ownExchange('other')
    const topic = bus.ownTopic('theirs')
    const theirs = await bus.theirListener({ targets: [{ topic, exchange: other }] })
    await bus.notifier({ exchange: other, topics: [topic] }).info({}, 'a', 'other')
    expect((await theirs.heard(1))[0]?.payload).toBe('other')
  })

  test('a Python listener is not disturbed by 500 notifications at once', async () => {
    const { bus } = world
    const theirs = await bus.theirListener()
    const notifier = bus.notifier()
    await Promise.all(Array.from({ length: 500 }, (_, n) => notifier.info({}, 'many', n)))
    const calls = await theirs.heard(500)
    expect(new Set(calls.map(({ payload }) => payload as number)).size).toBe(500)
  })
})
