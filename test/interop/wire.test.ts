import { inflateSync } from 'node:zlib'

import { describe, expect, test } from '@jest/globals'

import { Target } from '../../src/index.js'
import type { Bus } from './bus.js'
import { callOf, propertiesOf, readCapture, readTopology, textOf, wireOf } from './captures.js'
import { eventually } from './eventually.js'
import { onTheBus } from './world.js'

const world = onTheBus()

/** Our URL options for a capture made with these: the original's defaults, and then the same. */
const like = (options: string): string => ['preset=oslo', options].filter((part) => part !== '').join('&')

describe('what we send is what oslo.messaging was seen to send', () => {
  test.each([
    'v1_default',
    'v2_default',
    'v2_durable',
    'v2_quorum',
    'v2_autodelete',
    'v2_gzip',
    'v2_requestcontext',
  ])('bodies and properties: %s', async (situation) => {
    const { bus } = world
    const capture = readCapture(situation)
    const notifier = bus.notifier({ driver: capture.driver, query: like(capture.url_options) })
    for (const captured of capture.messages) {
      const theirs = wireOf(textOf(captured.body))
      const { priority, publisherId, eventType, payload, ctxt } = callOf(theirs)
      await notifier.prepare({ publisherId })[priority](ctxt, eventType, payload)
      const message = await bus.take(`${bus.topic}.${priority}`)
      if (message === undefined) throw new Error(`nothing in ${bus.topic}.${priority}`)

      expect(propertiesOf(message)).toEqual(captured.properties)
      expect(message.fields).toMatchObject({
        exchange: bus.exchange,
        routingKey: captured.routing_key.replace('notifications', bus.topic),
        redelivered: false,
      })
      const isCompressed = typeof captured.body !== 'string'
      const ours = wireOf((isCompressed ? inflateSync(message.content) : message.content).toString())
      expect([ours.outerKeys, ours.version, ours.innerKeys]).toEqual([
        theirs.outerKeys,
        theirs.version,
        theirs.innerKeys,
      ])
      expect(ours.inner).toEqual({
        ...theirs.inner,
        message_id: expect.stringMatching(
          /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        ),
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
        _unique_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      })
    }
  })

  test('several topics: one message id, a fresh _unique_id for each', async () => {
    const { bus } = world
    const other = bus.ownTopic('monitor')
    await bus.notifier({ topics: [bus.topic, other] }).info({}, 'a', 1)
    const sent = await Promise.all(
      [bus.topic, other].map(async (topic) => wireOf(String((await bus.take(`${topic}.info`))?.content))),
    )
    expect(new Set(sent.map(({ inner }) => inner['message_id'])).size).toBe(1)
    expect(new Set(sent.map(({ inner }) => inner['_unique_id'])).size).toBe(2)
    const captured = readCapture('v2_two_topics').messages.map(({ body }) => wireOf(textOf(body)).inner)
    const first = captured[0]?.['message_id']
    const same = captured.filter((inner) => inner['message_id'] === first)
    expect(new Set(same.map((inner) => inner['_unique_id'])).size).toBe(same.length)
  })

  test('text is UTF-8, and every sign is the one that was sent', async () => {
    const { bus } = world
    await bus.notifier({ driver: 'messaging' }).info({}, 'ü', '测试 🚀')
    const message = await bus.take(`${bus.topic}.info`)
    expect(wireOf(String(message?.content)).inner).toMatchObject({ event_type: 'ü', payload: '测试 🚀' })
  })
})

/** The captures' names -> this test's. */
function renamer(bus: Bus): (name: string) => string {
  const names = new Map([
    ['openstack', bus.exchange],
    ['nova', bus.ownExchange('nova')],
    ['mypool', bus.ownPool('mypool')],
    ['notifications', bus.topic],
    ['monitor', bus.ownTopic('monitor')],
    ['other', bus.ownTopic('other')],
  ])
  return (name) => {
    const [base = '', priority] = name.split('.')
    const own = names.get(base) ?? base
    return priority === undefined ? own : `${own}.${priority}`
  }
}

/** The broker has exactly these entities, by asking for them again: the same is taken, anything else refused. */
async function expectTopology(bus: Bus, situation: string, rename: (name: string) => string): Promise<void> {
  const topology = readTopology(situation)
  for (const { name, durable, auto_delete: autoDelete } of topology.list_exchanges) {
    const exchange = rename(name)
    expect([exchange, await bus.acceptsExchange(exchange, { durable, autoDelete })]).toEqual([exchange, true])
    expect(await bus.acceptsExchange(exchange, { durable: !durable, autoDelete })).toBe(false)
    expect(await bus.acceptsExchange(exchange, { durable, autoDelete: !autoDelete })).toBe(false)
  }
  for (const { name, durable, auto_delete: autoDelete, arguments: list } of topology.list_queues) {
    const queue = rename(name)
    const args = Object.fromEntries(list.map(([key, , value]) => [key, value]))
    const options = { durable, autoDelete, arguments: args }
    expect([queue, await bus.has(queue)]).toEqual([queue, true])
    expect([queue, await bus.acceptsQueue(queue, options)]).toEqual([queue, true])
    expect(await bus.acceptsQueue(queue, { ...options, durable: !durable })).toBe(false)
    expect(await bus.acceptsQueue(queue, { ...options, autoDelete: !autoDelete })).toBe(false)
    for (const wrong of [
      { ...args, 'x-expires': 1_000_000 },
      { ...args, 'x-dead-letter-exchange': '' },
      Object.keys(args).length === 0 ? { 'x-queue-type': 'quorum' } : {},
    ]) {
      expect([wrong, await bus.acceptsQueue(queue, { ...options, arguments: wrong })]).toEqual([wrong, false])
    }
  }
}

describe('what we declare is what oslo.messaging was seen to declare', () => {
  test.each([
    'v1_default',
    'v2_default',
    'v2_durable',
    'v2_quorum',
    'v2_autodelete',
    'v2_gzip',
    'v2_two_topics',
  ])('a notifier: %s', async (situation) => {
    const { bus } = world
    const rename = renamer(bus)
    const { driver, url_options } = readCapture(situation)
    const topology = readTopology(`notify_${situation}`)
    const topics = [...new Set(topology.list_queues.map(({ name }) => name.split('.')[0] ?? ''))]
    const notifier = bus.notifier({ driver, query: like(url_options), topics: topics.map(rename) })
    for (const priority of ['audit', 'debug', 'info', 'warn', 'error', 'critical', 'sample'] as const)
      await notifier[priority]({}, 'a', 1)
    await expectTopology(bus, `notify_${situation}`, rename)
    const bound = topology.list_bindings.filter(({ source_name: source }) => source !== '')
    for (const { source_name: source, destination_name: queue, routing_key: key } of bound) {
      await bus.publish(rename(source), rename(key), 'bound')
      await eventually(async () => (await bus.depth(rename(queue))) === 2, {
        what: () => `${queue} bound to ${source}`,
      })
    }
  })

  const listeners: { situation: string; query?: string; batch?: true }[] = [
    { situation: 'default' },
    { situation: 'norequeue' },
    { situation: 'batch', batch: true },
    { situation: 'pool' },
    { situation: 'pool_durable', query: 'amqp_durable_queues=true' },
    { situation: 'quorum', query: 'rabbit_quorum_queue=true' },
    {
      situation: 'quorum_limits',
      // As earlier releases spell it.
      query:
        'rabbit_quorum_queue=true&rabbit_quorum_delivery_limit=5&rabbit_quroum_max_memory_length=1000&rabbit_quroum_max_memory_bytes=100000',
    },
    {
      situation: 'quorum_limits',
      query:
        'rabbit_quorum_queue=true&rabbit_quorum_delivery_limit=5&rabbit_quorum_max_memory_length=1000&rabbit_quorum_max_memory_bytes=100000',
    },
    { situation: 'cancel_on_failover', query: 'enable_cancel_on_failover=true' },
  ]

  test.each(listeners)('a listener: $situation $query', async ({ situation, query = '', batch }) => {
    const { bus } = world
    const rename = renamer(bus)
    const { list_bindings: bindings } = readTopology(`listener_${situation}`)
    const bound = bindings.filter(({ source_name: source }) => source !== '')
    const isPool = bound.every(({ destination_name: queue }) => queue === 'mypool')
    const targets = [
      ...new Map(
        bound.map(({ source_name: source, routing_key: key }) => [
          source,
          new Target({ exchange: rename(source), topic: rename(key.split('.')[0] ?? '') }),
        ]),
      ).values(),
    ]
    const heard: string[] = []
    const priorities = [
      ...new Set(bound.map(({ routing_key: key }) => key.split('.')[1] as 'info' | 'error')),
    ]
    const options = {
      query: like(query),
      targets,
      allowRequeue: situation !== 'norequeue',
      ...(isPool ? { pool: rename('mypool') } : {}),
    }
    if (batch)
      await bus.ourBatchListener(
        [{ info: (all) => void heard.push(...all.map(({ eventType }) => eventType)) }],
        { ...options, batchTimeout: 10 },
      )
    else
      await bus.ourListener({
        ...options,
        endpoints: [{ priorities, answer: ({ eventType }) => void heard.push(eventType) }],
      })
    await expectTopology(bus, `listener_${situation}`, rename)
    for (const { source_name: source, routing_key: key } of bound) {
      const [, priority] = key.split('.')
      const event = `${source} ${key}`
      const body = JSON.stringify({ priority, event_type: event, payload: {} })
      await bus.publish(rename(source), rename(key), body)
    }
    await eventually(() => heard.length >= bound.length, {
      what: () => `all bindings; heard ${heard.join(', ')}`,
    })
    expect(new Set(heard)).toEqual(
      new Set(bound.map(({ source_name: source, routing_key: key }) => `${source} ${key}`)),
    )
    // A listener with a pool makes no queue but the pool's.
    for (const { exchange, topic } of isPool ? targets : [])
      expect([exchange, await bus.has(`${topic}.info`)]).toEqual([exchange, false])
  })
})
