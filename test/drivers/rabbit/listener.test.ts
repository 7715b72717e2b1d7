/** Consumers that come back, settle exactly, and end cleanly. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

import type { IncomingMessage } from '../../../src/core/message.js'
import { getNotificationListener, getTransport, Notifier, Target } from '../../../src/index.js'
import { Frames, wrongAck } from '../../faults/support/frames.js'
import { channelClose, deliver } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'
import { bytes, Corner, numbered, textOf } from './corner.js'

let corner: Corner

beforeEach(async () => {
  corner = await Corner.open()
})

afterEach(() => corner.close())

const codes = (troubles: readonly Error[]): unknown[] =>
  troubles.map((error) => (error as { code?: string }).code)

describe('a listener comes back', () => {
  test('when its queue is deleted, with a trouble event, and tells that it was restored', async () => {
    const route = corner.route()
    const { driver, troubles } = corner.driver()
    let restored = 0
    const inbox = await corner.inbox(driver, route, { onRestored: () => (restored += 1) })
    for (let round = 1; round <= 2; round++) {
      await corner.with((channel) => channel.deleteQueue(route.topic))
      await until(() => restored === round)
      await driver.send(route, bytes(`round ${round}`))
      await until(() => inbox.texts.length === round)
    }
    expect(codes(troubles)).toEqual(['CONSUMER_CANCELLED', 'CONSUMER_CANCELLED'])
  })

  test('when the broker closes its channel, e.g. at the consumer timeout; its other queues notice nothing', async () => {
    const [late, sibling] = [corner.route(), corner.route()]
    const proxy = await corner.proxy()
    const { driver, troubles } = corner.driver({ proxy })
    const sender = corner.driver().driver
    const held: IncomingMessage[] = []
    let restored = 0
    const inbox = await corner.inbox(
      driver,
      [late, sibling],
      { onRestored: () => (restored += 1) },
      (message) => {
        if (held.length === 0) held.push(message)
        else message.acknowledge()
      },
    )
    await sender.send(late, bytes('late'))
    await until(() => held.length === 1)
    // Channel 1 declares, 2 is the first queue's.
    proxy.inject(
      channelClose(
        2,
        406,
        'PRECONDITION_FAILED - delivery acknowledgement on channel 2 timed out. Timeout value used: 1800000 ms',
      ),
    )
    await until(() => restored === 1)
    expect(codes(troubles)).toEqual(['CONSUMER_TIMEOUT'])
    expect(troubles[0]?.message).toContain(`queue '${late.topic}'`)
    expect(troubles[0]?.message).toContain('consumer_timeout, 1800000 ms')
    expect(held[0]?.acknowledge()).toBe(false)
    await sender.send(sibling, bytes('sibling'))
    await until(() => inbox.texts.length === 3)
    expect(inbox.messages.filter(({ redelivered }) => redelivered).map(({ body }) => textOf(body))).toEqual([
      'late',
    ])
    expect(inbox.listener.stats()).toMatchObject({ stale: 1, unsettled: 0 })
    expect(driver.health().state).toBe('up')
  })

  test('when a message comes behind the end of its channel, which ends nothing else', async () => {
    const route = corner.route()
    const proxy = await corner.proxy()
    const frames = new Frames(proxy)
    const { driver, states } = corner.driver({ proxy })
    let restored = 0
    const inbox = await corner.inbox(driver, route, { onRestored: () => (restored += 1) })
    const channelCloseOk = Buffer.from([0, 20, 0, 41])
    proxy.rewrite = (sent) => {
      if (sent.includes(channelCloseOk)) proxy.inject(deliver(2, 'of the old channel'))
      return sent
    }
    // Channel 1 declares, 2 is the queue's.
    await frames.asClient(wrongAck(2))
    await until(() => restored === 1)
    await driver.send(route, bytes('after'))
    await until(() => inbox.texts.length === 1)
    expect(states.filter(({ state }) => state === 'down')).toEqual([])
  })

  test('one queue that can not be restored does not hold up the others', async () => {
    const [gone, fine] = [corner.route(), corner.route()]
    const proxy = await corner.proxy()
    const { driver, troubles } = corner.driver({ proxy })
    const inbox = await corner.inbox(driver, [gone, fine])
    await proxy.refuse()
    await corner.with(async (channel) => {
      await channel.deleteQueue(gone.topic)
      await channel.assertQueue(gone.topic, { durable: true, arguments: { 'x-queue-type': 'stream' } })
    })
    await proxy.listen()
    await until(() => codes(troubles).includes('NOT_RESTORED'))
    await corner.driver().driver.send(fine, bytes('a'))
    await until(() => inbox.texts.length === 1)
    await corner.with((channel) => channel.deleteQueue(gone.topic))
    const sender = corner.driver().driver
    await until(async () => (await corner.count(gone.topic)) !== undefined)
    await sender.send(gone, bytes('b'))
    await until(() => inbox.texts.length === 2)
  })
})

test('health and stats tell whether all queues are consumed at this moment', async () => {
  const [one, other] = [corner.route(), corner.route()]
  const proxy = await corner.proxy()
  const { driver } = corner.driver({ proxy })
  const inbox = await corner.inbox(driver, [one, other])
  expect(driver.health()).toMatchObject({
    state: 'up',
    links: { publish: 'idle', consume: 'up' },
    consumers: { wanted: 2, live: 2 },
  })
  expect(inbox.listener.stats().isLive).toBe(true)
  await proxy.refuse()
  await until(() => !inbox.listener.stats().isLive)
  expect(driver.health()).toMatchObject({ consumers: { wanted: 2, live: 0 } })
  await until(() => driver.health().state === 'down')
  expect(driver.health().lastError).toBeDefined()
  await corner.with(async (channel) => {
    await channel.deleteQueue(other.topic)
    await channel.assertQueue(other.topic, { durable: true, arguments: { 'x-queue-type': 'stream' } })
  })
  await proxy.listen()
  // The link is up, but one of the queues can't be consumed: all is not well.
  await until(() => driver.health().consumers?.live === 1)
  expect(driver.health().state).toBe('up')
  expect(inbox.listener.stats().isLive).toBe(false)
  await corner.with((channel) => channel.deleteQueue(other.topic))
  await until(() => inbox.listener.stats().isLive === true, 15_000)
  expect(driver.health()).toMatchObject({ consumers: { wanted: 2, live: 2 } })
  await inbox.listener.close()
  expect(driver.health()).toMatchObject({ consumers: { wanted: 0, live: 0 } })
})

test('no more than the credit is in hand of a queue', async () => {
  const route = corner.route()
  const { driver } = corner.driver()
  const inbox = await corner.inbox(driver, route, { credit: 7 }, () => {})
  await Promise.all(numbered(20).map((text) => driver.send(route, bytes(text))))
  await until(() => inbox.messages.length === 7)
  await corner.holds(route.topic, 13)
  expect(inbox.listener.stats()).toMatchObject({ delivered: 7, unsettled: 7 })
  await inbox.listener.close()
  await corner.holds(route.topic, 20)
})

test('an acknowledgement waits a second at most for a message before it that takes long', async () => {
  const route = corner.route()
  const proxy = await corner.proxy()
  const basicAck = Buffer.from([0, 60, 0, 80])
  let isAcknowledged = false
  proxy.rewrite = (sent) => {
    isAcknowledged ||= sent.includes(basicAck)
    return sent
  }
  const { driver } = corner.driver({ proxy })
  const held: IncomingMessage[] = []
  const inbox = await corner.inbox(driver, route, { credit: 100 }, (message) => {
    if (textOf(message.body) === 'message 0') held.push(message)
    else message.acknowledge()
  })
  const sender = corner.driver().driver
  await Promise.all(numbered(10).map((text) => sender.send(route, bytes(text))))
  await until(() => isAcknowledged, 3_000)
  expect(inbox.texts.length).toBe(10)
  // What the broker has no acknowledgement of comes again.
  proxy.cut()
  await until(() => held.length === 2)
  expect(inbox.texts.length).toBe(11)
  held[1]?.acknowledge()
})

test.each([
  ['rabbit_quorum_queue=true', { deadLetter: true }, ['DELIVERY_LIMIT_DROPS']],
  ['rabbit_quorum_queue=true', { deadLetter: false }, []],
  ['queueType=quorum', { deadLetter: true }, []],
  ['preset=oslo', { deadLetter: true }, []],
])('%s with %j warns once of what the broker may drop: %j', async (query, options, expected) => {
  const { driver, troubles } = corner.driver({ query })
  for (let count = 0; count < 2; count++) await corner.inbox(driver, corner.route(), options)
  expect(codes(troubles)).toEqual(expected)
})

test('messages are handed up off the stack of the client library: an error there closes no channel', async () => {
  const route = corner.route()
  const { driver, troubles } = corner.driver()
  const stacks: string[] = []
  const inbox = await corner.inbox(driver, route, {}, (message) => {
    stacks.push(new Error('here').stack ?? '')
    message.acknowledge()
    throw new Error('oops')
  })
  for (const text of numbered(3)) await driver.send(route, bytes(text))
  await until(() => inbox.texts.length === 3)
  expect(codes(troubles)).toEqual(['RECEIVER_THREW', 'RECEIVER_THREW', 'RECEIVER_THREW'])
  expect(stacks.join('\n')).not.toContain('amqplib')
  await inbox.listener.close()
  expect(await corner.count(route.topic)).toBe(0)
})

test('twenty graceful stops under load lose nothing and handle nothing twice', async () => {
  const topic = corner.name('queue')
  const exchange = corner.name('exchange')
  const transport = getTransport(corner.url(), { controlExchange: exchange })
  const notifier = new Notifier(transport, { publisherId: 'p', driver: 'messagingv2', topics: [topic] })
  const heard: number[] = []
  let sent = 0
  for (let round = 0; round < 20; round++) {
    const listener = getNotificationListener(
      transport,
      [new Target({ topic })],
      [
        {
          async info(_ctxt, _publisher, _type, payload) {
            await new Promise((resolve) => setImmediate(resolve))
            heard.push((payload as { readonly n: number }).n)
          },
        },
      ],
      { executor: 'async-loop', concurrency: 8 },
    )
    await listener.start()
    const sends = numbered(50).map(() => notifier.info({}, 'a.b', { n: sent++ }))
    await until(() => heard.length > round * 45)
    await listener.stop()
    await listener.wait()
    await Promise.all(sends)
  }
  const rest = getNotificationListener(
    transport,
    [new Target({ topic })],
    [{ info: (_ctxt, _publisher, _type, payload) => void heard.push((payload as { readonly n: number }).n) }],
  )
  await rest.start()
  await until(() => heard.length >= sent)
  await rest.stop()
  await rest.wait()
  expect(heard.sort((one, other) => one - other)).toEqual(Array.from({ length: sent }, (_, n) => n))
  await transport.cleanup()
  await corner.with((channel) => channel.deleteQueue(`${topic}.info`))
})

test('a fanout queue goes with its listener', async () => {
  const route = corner.route('fanout')
  const { driver } = corner.driver()
  const [one, other] = [await corner.inbox(driver, route), await corner.inbox(driver, route)]
  await driver.send(route, bytes('a'))
  await until(() => one.texts.length + other.texts.length === 2)
  await one.listener.close()
  await other.listener.close()
  // The exchange is auto-delete: it goes with its last queue.
  await expect(corner.with((channel) => channel.checkExchange(`${route.topic}_fanout`))).rejects.toThrow(
    '404',
  )
})

test('a link that is lost while a channel closes is not waited for', async () => {
  const proxy = await corner.proxy()
  const { driver } = corner.driver({ proxy })
  const inbox = await corner.inbox(driver, corner.route())
  const channelCloseFrame = Buffer.from([0, 20, 0, 40])
  let isSwallowed = false
  proxy.rewrite = (sent) => {
    isSwallowed ||= sent.includes(channelCloseFrame)
    return isSwallowed ? Buffer.alloc(0) : sent
  }
  const closing = inbox.listener.close(15_000)
  let isClosed = false
  void closing.then(() => {
    isClosed = true
  })
  await until(() => isSwallowed)
  expect(isClosed).toBe(false)
  proxy.cut()
  await until(() => isClosed, 5_000)
})

test('what a quorum queue gives up at its delivery limit is a dead letter, too, and can be sent back', async () => {
  const route = corner.route()
  const { driver } = corner.driver({ query: 'queueType=quorum&rabbit_quorum_delivery_limit=2' })
  let settle: (message: IncomingMessage) => unknown = (message) => message.requeue()
  const inbox = await corner.inbox(driver, route, { deadLetter: true }, (message) => settle(message))
  await driver.send(route, bytes('poison'))
  await corner.holds(`${route.topic}.dead`, 1)
  expect(inbox.messages.map(({ attempts }) => attempts)).toEqual([0, 1, 2])
  const letters = driver.deadLetters(route)
  expect(await letters.list()).toMatchObject([{ reason: 'broker-delivery_limit' }])
  settle = (message) => message.acknowledge()
  expect(await letters.replay()).toBe(1)
  await until(() => inbox.messages.length === 4)
  expect(inbox.messages[3]?.attempts).toBe(0)
  await inbox.listener.close()
  expect(await corner.count(route.topic)).toBe(0)
})

describe('delayed retries', () => {
  test('a message comes back by a rung, with its attempts and without the tracks of the broker', async () => {
    const route = corner.route()
    const { driver, troubles } = corner.driver()
    const at: number[] = []
    const inbox = await corner.inbox(driver, route, { deadLetter: true }, (message, index) => {
      at.push(Date.now())
      if (index < 2) message.requeue({ delay: 150, error: new Error(`no ${index}`) })
      else message.reject({ reason: 'enough', error: new Error('no more') })
    })
    await driver.send(route, bytes('a'))
    await corner.holds(`${route.topic}.dead`, 1)
    expect(inbox.messages.map(({ attempts }) => attempts)).toEqual([0, 1, 2])
    expect((at[1] as number) - (at[0] as number)).toBeGreaterThanOrEqual(190)
    const dead = await corner.get(`${route.topic}.dead`)
    expect(Object.keys(dead?.properties.headers ?? {}).sort()).toEqual([
      'x-tocsin-attempts',
      'x-tocsin-error',
      'x-tocsin-finished',
      'x-tocsin-first-seen',
      'x-tocsin-id',
      'x-tocsin-queue',
      'x-tocsin-reason',
    ])
    expect(dead?.properties.headers).toMatchObject({
      'x-tocsin-attempts': 2,
      'x-tocsin-error': 'Error: no more',
      'x-tocsin-reason': 'enough',
      'x-tocsin-queue': route.topic,
    })
    expect(troubles).toEqual([])
    const args = {
      'x-queue-type': 'quorum',
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    }
    await corner.with((channel) =>
      channel.assertQueue('tocsin.retry.200', {
        durable: true,
        arguments: { ...args, 'x-message-ttl': 200, 'x-dead-letter-exchange': '' },
      }),
    )
  })

  test('a broker that refuses the safe rung gets a classic one', async () => {
    const route = corner.route()
    const proxy = await corner.proxy()
    const { driver, troubles } = corner.driver({ proxy })
    const inbox = await corner.inbox(driver, route, {}, (message, index) =>
      index === 0 ? message.requeue({ delay: 120_000 }) : message.acknowledge(),
    )
    // A word of the same length that no broker knows, and a rung of its own.
    proxy.rewrite = (chunk) =>
      Buffer.from(
        chunk
          .toString('latin1')
          .replaceAll('at-least-once', 'at-least-1nce')
          .replaceAll('tocsin.retry.120000', 'tocsin.retry.refuse'),
        'latin1',
      )
    await driver.send(route, bytes('a'))
    await until(() => inbox.listener.stats().unsettled === 0 && inbox.messages.length === 1)
    expect(troubles).toEqual([])
    await corner.holds('tocsin.retry.refuse', 1)
    await corner.with(async (channel) => {
      await channel.deleteQueue('tocsin.retry.refuse')
      await channel.deleteExchange('tocsin.retry.refuse')
    })
  })
})
