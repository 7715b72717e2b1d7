import { describe, expect, test } from '@jest/globals'

import { getTransport, silentLogger } from '../../src/index.js'
import { Bus, type OurListener } from './bus.js'
import { eventually } from './eventually.js'
import type { PythonListener } from './peer.js'
import { makeVirtualHost } from './virtual-host.js'
import { onTheBus } from './world.js'

const world = onTheBus()

interface Situation {
  readonly theirs: string
  readonly ours: string
  /** Which part comes first. Default: the listener. */
  readonly roles?: readonly ('listener' | 'notifier')[]
}

const roles = ['listener', 'notifier'] as const

/** Options under which both sides must declare the same. */
const situations: readonly Situation[] = [
  { theirs: '', ours: 'preset=oslo', roles },
  { theirs: 'amqp_durable_queues=true', ours: 'preset=oslo&amqp_durable_queues=true' },
  { theirs: 'amqp_durable_queues=true', ours: '', roles },
  { theirs: 'rabbit_quorum_queue=true', ours: 'preset=oslo&rabbit_quorum_queue=true', roles },
  { theirs: 'rabbit_quorum_queue=true', ours: 'rabbit_quorum_queue=true' },
  {
    theirs: 'rabbit_quorum_queue=true&rabbit_quorum_delivery_limit=7',
    ours: 'preset=oslo&rabbit_quorum_queue=true&rabbit_quorum_delivery_limit=7',
  },
  { theirs: 'amqp_auto_delete=true', ours: 'preset=oslo&amqp_auto_delete=true', roles },
  {
    theirs: 'amqp_auto_delete=true&amqp_durable_queues=true',
    ours: 'amqp_auto_delete=true',
  },
  { theirs: 'rabbit_ha_queues=true', ours: 'preset=oslo&rabbit_ha_queues=true' },
  { theirs: 'enable_cancel_on_failover=true', ours: 'preset=oslo&enable_cancel_on_failover=true' },
]

const orders = situations.flatMap(({ theirs, ours, roles: some = ['listener'] as const }) =>
  (['Python', 'tocsin'] as const).flatMap((first) => some.map((role) => ({ theirs, ours, first, role }))),
)

describe('both sides with the same options', () => {
  test.each(orders)(
    "Python '$theirs', tocsin '$ours', the $role of $first first: no refusal, nothing lost",
    async ({ theirs, ours, first, role }) => {
      const { bus } = world
      const pools = { ours: bus.ownPool('ours'), theirs: bus.ownPool('theirs') }
      const sends = {
        Python: () =>
          bus.theirNotify([{ priority: 'info', event_type: 'a', payload: 'Python' }], { query: theirs }),
        tocsin: () => bus.notifier({ query: ours }).info({}, 'a', 'tocsin'),
      }
      const heard: { ours?: OurListener; theirs?: PythonListener } = {}
      const listens = {
        Python: async () => {
          heard.theirs = await bus.theirListener({ query: theirs, pool: pools.theirs })
        },
        tocsin: async () => {
          heard.ours = await bus.ourListener({ query: ours, pool: pools.ours, allowRequeue: true })
        },
      }
      const order = first === 'Python' ? (['Python', 'tocsin'] as const) : (['tocsin', 'Python'] as const)
      // The queue without a pool is made by whoever comes first, and must suit the other one, who shares it.
      if (role === 'notifier') for (const side of order) await sends[side]()
      for (const side of order) await listens[side]()
      if (role === 'listener') for (const side of order) await sends[side]()
      const unpooled = await bus.ourListener({ query: ours, allowRequeue: true })
      const both = new Set(['Python', 'tocsin'])
      expect(new Set((await unpooled.heard(2)).map(({ payload }) => payload as string))).toEqual(both)
      // What was sent before a pool was there is not for it.
      const pooled = role === 'listener' ? 2 : 0
      const [mine, their] = [await heard.ours?.heard(pooled), await heard.theirs?.heard(pooled)]
      expect(new Set(mine?.map(({ payload }) => payload as string))).toEqual(pooled === 0 ? new Set() : both)
      expect(new Set(their?.map(({ payload }) => payload as string))).toEqual(pooled === 0 ? new Set() : both)
      expect(world.peer.logs).toEqual([])
      // Told of any quorum queue as the original declares it, whoever made it.
      expect(bus.troubles.filter((text) => !text.includes('at their delivery limit'))).toEqual([])
    },
  )

  test('our notifier goes on when auto-delete has taken its exchange and queue away', async () => {
    const { bus } = world
    const query = 'preset=oslo&amqp_auto_delete=true'
    const notifier = bus.notifier({ query })
    await notifier.info({}, 'a', 1)
    const theirs = await bus.theirListener({
      query: 'amqp_auto_delete=true',
      endpoints: [{ priorities: ['info'] }],
    })
    await theirs.heard(1)
    await theirs.stop()
    await eventually(async () => !(await bus.has(`${bus.topic}.info`)), {
      what: () => 'the queue to be gone',
    })
    await notifier.info({}, 'a', 2)
    const back = await bus.theirListener({ query: 'amqp_auto_delete=true' })
    expect((await back.heard(1))[0]?.payload).toBe(2)
  })
})

describe('entities that exist with other arguments', () => {
  test('our durable default adopts what Python made, says so, and both sides go on', async () => {
    const { bus } = world
    const theirs = await bus.theirListener()
    await bus.theirNotify([{ priority: 'info', event_type: 'a', payload: 'before' }])
    await theirs.heard(1)
    const ours = await bus.ourListener({ query: '', pool: bus.ownPool('ours') })
    await bus.notifier({ query: '' }).info({}, 'a', 'after')
    await bus.theirNotify([{ priority: 'info', event_type: 'a', payload: 'last' }])
    expect(new Set((await theirs.heard(3)).map(({ payload }) => payload as string))).toEqual(
      new Set(['before', 'after', 'last']),
    )
    expect((await ours.heard(2)).map(({ payload }) => payload)).toEqual(['after', 'last'])
    const adopted = (entity: string): boolean =>
      bus.troubles.some((text) => text.startsWith(`${entity} exists`))
    expect(adopted(`exchange '${bus.exchange}'`)).toBe(true)
    expect(adopted(`queue '${bus.topic}.info'`)).toBe(true)
    expect(await bus.acceptsExchange(bus.exchange, { durable: false })).toBe(true)
  })

  test('our defaults adopt quorum queues of Python', async () => {
    const { bus } = world
    const theirs = await bus.theirListener({ query: 'rabbit_quorum_queue=true' })
    await bus.notifier({ query: '' }).info({}, 'a', 1)
    await theirs.heard(1)
    await theirs.stop()
    const ours = await bus.ourListener({ query: '', allowRequeue: true })
    await bus.theirNotify([{ priority: 'info', event_type: 'a', payload: 2 }], {
      query: 'rabbit_quorum_queue=true',
    })
    expect((await ours.heard(1)).at(-1)?.payload).toBe(2)
    expect(bus.troubles.length).toBeGreaterThan(0)
  })

  // Why there is preset=oslo: the original has no adoption.
  test('the original is refused where our durable default came first', async () => {
    const { bus } = world
    await bus.notifier({ query: '' }).info({}, 'a', 1)
    await expect(bus.theirNotify([{ priority: 'info', event_type: 'a' }])).rejects.toThrow(
      /406.*inequivalent arg 'durable'/,
    )
  })
})

test.each(['queueType=quorum', 'preset=oslo', '', 'amqp_auto_delete=true'])(
  "our own notifiers and listeners, with and without dead letters, declare the same under '%s'",
  async (query) => {
    const { bus } = world
    await bus.notifier({ query }).info({}, 'a', 1)
    const keeps = await bus.ourListener({ query, allowRequeue: true })
    const drops = await bus.ourListener({ query })
    await eventually(() => keeps.calls.length + drops.calls.length === 1, { what: () => 'the notification' })
    await bus.notifier({ query }).info({}, 'a', 2)
    await eventually(() => keeps.calls.length + drops.calls.length === 2, { what: () => 'the notification' })
    expect(bus.troubles).toEqual([])
  },
)

test('every option of the installed oslo.messaging is accepted in our URL', async () => {
  const options = await world.peer.options()
  expect(Object.keys(options).length).toBeGreaterThan(20)
  const query = new URLSearchParams(options).toString()
  await getTransport(`rabbit://h/?${query}`, { logger: silentLogger }).cleanup()
})

test('both sides meet on a virtual host whose name needs encoding', async () => {
  const host = await makeVirtualHost()
  if (host === undefined) {
    console.warn('SKIPPED: neither the management API nor rabbitmqctl can make a virtual host on this broker')
    return
  }
  const there = await Bus.open(world.peer, { virtualHost: host.name })
  try {
    const ours = await there.ourListener({ pool: there.ownPool('ours') })
    const theirs = await there.theirListener({ pool: there.ownPool('theirs') })
    await there.notifier().info({}, 'a', 'ours')
    await there.theirNotify([{ priority: 'info', event_type: 'a', payload: 'theirs' }])
    const both = new Set(['ours', 'theirs'])
    expect(new Set((await ours.heard(2)).map(({ payload }) => payload as string))).toEqual(both)
    expect(new Set((await theirs.heard(2)).map(({ payload }) => payload as string))).toEqual(both)
    expect(await world.bus.has(`${there.topic}.info`)).toBe(false)
  } finally {
    await there.close()
    await host.remove()
  }
})
