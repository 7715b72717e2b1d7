/** Retries without a delay: each attempt counts, so that the limit ends them. */
import { randomUUID } from 'node:crypto'

import { afterEach, beforeEach, expect, test } from '@jest/globals'

import {
  getNotificationListener,
  getTransport,
  Notifier,
  requeue,
  silentLogger,
  Target,
} from '../../../src/index.js'
import { until } from '../../support/until.js'
import { Corner } from './corner.js'

let corner: Corner

beforeEach(async () => {
  corner = await Corner.open()
})
afterEach(() => corner.close())

test.each(['', 'queueType=quorum'])(
  'a message that is requeued at once again and again says how often (%s)',
  async (query) => {
    const route = corner.route()
    const { driver } = corner.driver({ query })
    const { messages } = await corner.inbox(driver, route, {}, (message, index) => {
      if (index < 4) message.requeue({ delay: 0 })
      else message.acknowledge()
    })
    await driver.send(route, Buffer.from('{}'))
    await until(() => messages.length === 5)
    expect(messages.map(({ attempts }) => attempts)).toEqual([0, 1, 2, 3, 4])
  },
)

test('what is given back unhandled keeps its place and is no attempt more', async () => {
  const route = corner.route()
  const { driver } = corner.driver()
  const { messages, texts } = await corner.inbox(driver, route, { credit: 1 }, (message, index) => {
    if (index < 3) message.requeue()
    else message.acknowledge()
  })
  await driver.send(route, Buffer.from('first'))
  await driver.send(route, Buffer.from('second'))
  await until(() => messages.length === 5)
  expect(texts).toEqual(['first', 'first', 'first', 'first', 'second'])
  expect(messages[3]?.attempts).toBe(1)
})

test.each([
  [
    'an endpoint that throws, retried without a delay,',
    { limit: 3, delay: 0 },
    () => Promise.reject(new Error('no')),
  ],
  ['an endpoint that asks for a requeue with no delay', { limit: 3 }, () => requeue({ delay: 0 })],
] as const)('%s is called once more than the limit, and no more', async (_, retry, info) => {
  const topic = randomUUID()
  const target = new Target({ topic, exchange: corner.name('exchange') })
  await using transport = getTransport(corner.url(), { logger: silentLogger })
  let calls = 0
  const endpoint = {
    info: () => {
      calls += 1
      return info()
    },
  }
  await using listener = getNotificationListener(transport, [target], [endpoint], { retry })
  listener.on('error', () => {})
  await listener.start()
  await new Notifier(transport, { topics: [topic], exchange: target.exchange ?? '' }).info({}, 'e', {})
  await until(() => listener.stats().rejected === 1)
  expect(calls).toBe(4)
  await listener.stop()
  expect(await listener.deadLetters().purge()).toBe(1)
  await corner.with(async (channel) => {
    await channel.deleteQueue(`${topic}.info`)
    await channel.deleteQueue(`${topic}.info.dead`)
  })
})
