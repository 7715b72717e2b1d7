/** What the broker refuses, or has lost, is the trouble of those it belongs to only. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

import { MessageDeliveryFailure, MessageUndeliverable } from '../../../src/core/errors.js'
import { refusalOf } from '../../../src/drivers/rabbit/delivery-failures.js'
import { until } from '../../support/until.js'
import { bytes, Corner, failureOf, numbered } from './corner.js'

let corner: Corner

beforeEach(async () => {
  corner = await Corner.open()
})

afterEach(() => corner.close())

describe('a publish that closes the channel', () => {
  test('rejects as refused, once, and the others go on', async () => {
    const { driver } = corner.driver()
    const [refused, taken] = [corner.route(), corner.route()]
    await corner.with((channel) => channel.assertExchange(refused.exchange, 'topic', { internal: true }))
    const started = Date.now()
    const failures = Promise.all(numbered(20).map((text) => failureOf(driver.send(refused, bytes(text)))))
    await Promise.all(numbered(200).map((text) => driver.send(taken, bytes(text))))
    for (const failure of await failures) {
      expect(failure).toBeInstanceOf(MessageDeliveryFailure)
      expect(failure).toMatchObject({ code: 'ACCESS_REFUSED', outcome: 'not-sent' })
    }
    expect(Date.now() - started).toBeLessThan(10_000)
    await until(async () => ((await corner.count(taken.topic)) ?? 0) >= 200)
  })

  const closed = (code: number, text: string): Error => Object.assign(new Error(text), { code })
  const entry = (
    exchange: string,
    size: number,
  ): Parameters<NonNullable<ReturnType<typeof refusalOf>>['concerns']>[0] => ({
    publication: { exchange },
    body: Buffer.alloc(size),
  })

  test.each([
    [
      403,
      "ACCESS_REFUSED - access to exchange 'nova' in vhost '/' refused for user 'guest'",
      'nova',
      1,
      true,
    ],
    [403, "ACCESS_REFUSED - write access to exchange 'nova' in vhost '/' refused", 'cinder', 1, false],
    [403, "ACCESS_REFUSED - access to exchange 'amq.default' in vhost '/' refused", '', 1, true],
    [406, 'PRECONDITION_FAILED - message size 200 is larger than configured max size 100', 'nova', 101, true],
    [406, 'PRECONDITION_FAILED - message size 200 is larger than max size 100', 'nova', 100, false],
  ])('%i %s concerns a message of %j with %i bytes: %s', (code, text, exchange, size, expected) => {
    expect(refusalOf(closed(code, text))?.concerns(entry(exchange, size))).toBe(expected)
  })

  test.each([
    [404, "NOT_FOUND - no exchange 'nova' in vhost '/'"],
    [406, 'PRECONDITION_FAILED - unknown delivery tag 1'],
    [541, 'INTERNAL_ERROR'],
  ])('%i %s concerns none in particular', (code, text) => {
    expect(refusalOf(closed(code, text))).toBeUndefined()
  })
})

test('a queue that can not be declared for now holds up its own messages only, and gets them in order later', async () => {
  const [down, fine] = [corner.route(), corner.route()]
  const proxy = await corner.proxy()
  let declares = 0
  // As of a queue whose node is down: a passive declaration of one that is not there is answered in the same way.
  proxy.rewrite = (sent) => {
    if (declares >= 3) return sent
    const name = Buffer.concat([
      Buffer.from([0, 50, 0, 10, 0, 0, down.topic.length]),
      Buffer.from(down.topic),
    ])
    const at = sent.indexOf(name)
    if (at === -1) return sent
    declares += 1
    const passive = Buffer.from(sent)
    passive[at + name.length] = (passive[at + name.length] ?? 0) | 1
    return passive
  }
  const { driver } = corner.driver({ proxy })
  const inbox = await corner.inbox(corner.driver().driver, fine)
  const texts = numbered(20)
  const late = Promise.all(texts.map((text) => driver.send(down, bytes(text))))
  let isLateDone = false
  void late.then(() => {
    isLateDone = true
  })
  await Promise.all(texts.map((text) => driver.send(fine, bytes(text))))
  expect(isLateDone).toBe(false)
  await late
  expect(declares).toBe(3)
  expect(inbox.texts).toEqual(texts)
  const arrived = await corner.inbox(corner.driver().driver, down)
  await until(() => arrived.texts.length === 20)
  expect(arrived.texts).toEqual(texts)
})

test.each([true, false])(
  'what is sent to a queue that was deleted under its publisher is kept, since that declares it again (mandatory: %s)',
  async (mandatory) => {
    const { driver } = corner.driver()
    const route = corner.route()
    await driver.send(route, bytes('before'))
    await corner.with((channel) => channel.deleteQueue(route.topic))
    const texts = numbered(200)
    await Promise.all(texts.map((text) => driver.send(route, bytes(text), { mandatory })))
    await corner.holds(route.topic, texts.length)
  },
)

test('a mandatory message that no queue takes is still told after one more declaration', async () => {
  const { driver } = corner.driver({ query: 'declareQueues=false' })
  const failure = await failureOf(driver.send(corner.route(), bytes('to nobody'), { mandatory: true }))
  expect(failure).toBeInstanceOf(MessageUndeliverable)
})

test('a channel that nacks for seconds is exchanged for a new one, and nothing is sent twice', async () => {
  const proxy = await corner.proxy()
  let opened = 0
  proxy.rewrite = (sent) => {
    // channel.open as it begins: a method frame of 5 bytes, class 20, method 10.
    opened += sent.toString('latin1').split('\u0000\u0000\u0000\u0005\u0000\u0014\u0000\u000a').length - 1
    return sent
  }
  const { driver, states } = corner.driver({ proxy })
  const [full, other] = [corner.route(), corner.route()]
  const limits = { 'x-max-length': 1, 'x-overflow': 'reject-publish' }
  await corner.with((channel) => channel.assertQueue(full.topic, { arguments: limits }))
  await driver.send(full, bytes('takes the place'))
  const refused = failureOf(driver.send(full, bytes('refused'), { timeout: 2_000 }))
  const late = driver.send(full, bytes('late'))
  const before = opened
  let sent = 0
  await until(async () => {
    await driver.send(other, bytes(`message ${(sent += 1)}`))
    return opened > before
  }, 20_000)
  expect(await refused).toMatchObject({
    code: 'TIMEOUT',
    outcome: 'not-sent',
    message: expect.stringContaining('nack'),
  })
  await corner.with((channel) => channel.purgeQueue(full.topic))
  await late
  await corner.holds(full.topic, 1)
  await corner.holds(other.topic, sent)
  expect(states.filter(({ state }) => state === 'down')).toEqual([])
}, 60_000)

test('what is pending when the driver is cleaned up is a delivery failure that says why', async () => {
  const { driver } = corner.driver({ hosts: '127.0.0.1:1' })
  const failure = failureOf(driver.send(corner.route(), bytes('never')))
  await driver.cleanup()
  expect(await failure).toMatchObject({ code: 'NOT_OPEN', outcome: 'not-sent', cause: { name: 'NotOpen' } })
})

test.each([
  ['a credit of 0, which a broker takes for no bound', 0],
  ['a credit beyond the field of the protocol', 65_536],
])('listen refuses %s', async (_, credit) => {
  const { driver } = corner.driver()
  const failure = await failureOf(driver.listen([corner.route()], { credit, deadLetter: false }, () => {}))
  expect(failure).toMatchObject({ code: 'CONFIGURATION' })
})

test('listen refuses to listen to nothing', async () => {
  const { driver } = corner.driver()
  const failure = await failureOf(driver.listen([], { credit: 1, deadLetter: false }, () => {}))
  expect(failure).toMatchObject({ code: 'CONFIGURATION' })
})

test('an onRestored that throws is told, and leaves one consumer', async () => {
  const { driver, troubles } = corner.driver()
  const route = corner.route()
  await corner.inbox(driver, route, {
    onRestored: () => {
      throw new Error('of the user')
    },
  })
  await corner.with((channel) => channel.deleteQueue(route.topic))
  await until(() => troubles.some(({ message }) => message.includes('onRestored threw: Error: of the user')))
  const { consumerCount } = await corner.with((channel) => channel.checkQueue(route.topic))
  expect(consumerCount).toBe(1)
})

test('marks of finished endpoints add up from one immediate retry to the next', async () => {
  const { driver } = corner.driver()
  const route = corner.route()
  const inbox = await corner.inbox(driver, route, {}, (message, index) => {
    if (index < 2) message.requeue({ finished: [`endpoint ${index}`] })
    else if (index === 2) message.requeue({ finished: ['endpoint 1'] })
    else message.acknowledge()
  })
  await driver.send(route, bytes('marked'))
  await until(() => inbox.messages.length === 4)
  expect(inbox.messages.map(({ marks }) => marks.finished)).toEqual([
    [],
    ['endpoint 0'],
    ['endpoint 0', 'endpoint 1'],
    ['endpoint 0', 'endpoint 1'],
  ])
})

describe('fanout', () => {
  test('a subscription that is named twice in one listen brings each message once', async () => {
    const { driver } = corner.driver()
    const route = corner.route('fanout')
    const inbox = await corner.inbox(driver, [route, { ...route }])
    await driver.send(route, bytes('first'))
    await driver.send(route, bytes('second'))
    await until(() => inbox.texts.includes('second'))
    expect(inbox.texts).toEqual(['first', 'second'])
  })

  test('its dead letters lie together, come back to the queue they came from, and stay when that is gone', async () => {
    const { driver } = corner.driver()
    const route = corner.route('fanout')
    const other = await corner.inbox(driver, route)
    const inbox = await corner.inbox(driver, route, { deadLetter: true }, (message, index) => {
      if (index === 1) message.acknowledge()
      else message.reject({ reason: 'rejected' })
    })
    const letters = driver.deadLetters(route)
    try {
      await driver.send(route, bytes('dead'))
      await corner.holds(`${route.topic}_fanout.dead`, 1)
      expect((await letters.list()).map(({ body }) => Buffer.from(body).toString())).toEqual(['dead'])
      expect(await letters.replay()).toBe(1)
      await until(() => inbox.texts.length === 2)
      expect(other.texts).toEqual(['dead'])
      await driver.send(route, bytes('dead again'))
      await corner.holds(`${route.topic}_fanout.dead`, 1)
      await inbox.listener.close()
      expect(await letters.replay()).toBe(0)
      expect(await letters.purge()).toBe(1)
    } finally {
      await corner.with((channel) => channel.deleteQueue(`${route.topic}_fanout.dead`))
    }
  })
})
