/** What exists otherwise than we would make it is used as it is; what can't be used is told. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Channel } from 'amqplib'

import type { Route } from '../../../src/core/driver.js'
import { until } from '../../support/until.js'
import { bytes, Corner, failureOf } from './corner.js'

let corner: Corner

beforeEach(async () => {
  corner = await Corner.open()
})

afterEach(() => corner.close())

describe('what exists with other arguments is adopted, with one trouble event, and messages flow', () => {
  test.each<[string, (channel: Channel, route: Route) => Promise<unknown>, string]>([
    ['a queue that is not durable', (c, r) => c.assertQueue(r.topic, { durable: false }), 'queue'],
    [
      'an exchange that is not durable',
      (c, r) => c.assertExchange(r.exchange, 'topic', { durable: false }),
      'exchange',
    ],
    [
      'an exchange that is auto-delete',
      (c, r) => c.assertExchange(r.exchange, 'topic', { autoDelete: true }),
      'exchange',
    ],
    ['a queue with a TTL', (c, r) => c.assertQueue(r.topic, { durable: true, messageTtl: 60_000 }), 'queue'],
    [
      'a quorum queue',
      (c, r) => c.assertQueue(r.topic, { durable: true, arguments: { 'x-queue-type': 'quorum' } }),
      'queue',
    ],
  ])('%s', async (_, make, kind) => {
    const route = corner.route()
    await corner.with((channel) => make(channel, route))
    const { driver, troubles } = corner.driver()
    const inbox = await corner.inbox(driver, route)
    await driver.send(route, bytes('a'))
    await until(() => inbox.texts.length === 1)
    expect(troubles.map((error) => (error as Error & { code: string }).code)).toEqual(['ADOPTED'])
    expect(troubles[0]?.message).toContain(`${kind} '`)
  })
})

test('adoption is remembered after the link was lost, and told once', async () => {
  const route = corner.route()
  await corner.with((channel) => channel.assertQueue(route.topic, { durable: false }))
  const proxy = await corner.proxy()
  const { driver, troubles } = corner.driver({ proxy })
  let restored = 0
  const inbox = await corner.inbox(driver, route, { onRestored: () => (restored += 1) })
  proxy.cut()
  await until(() => restored === 1)
  await driver.send(route, bytes('a'))
  await until(() => inbox.texts.length === 1)
  expect(troubles.filter((error) => (error as Error & { code: string }).code === 'ADOPTED')).toHaveLength(1)
})

describe('what is of another kind is a conflict, which harms nobody else', () => {
  test.each<[string, (channel: Channel, route: Route) => Promise<unknown>]>([
    ['an exchange of another type', (c, r) => c.assertExchange(r.exchange, 'direct')],
    [
      'a stream where a queue is meant',
      (c, r) => c.assertQueue(r.topic, { durable: true, arguments: { 'x-queue-type': 'stream' } }),
    ],
  ])('%s', async (_, make) => {
    const [route, other] = [corner.route(), corner.route()]
    await corner.with((channel) => make(channel, route))
    const { driver } = corner.driver()
    const inbox = await corner.inbox(driver, other)
    const listening = driver.listen([route], { credit: 1, deadLetter: false }, () => {})
    expect(await failureOf(listening)).toMatchObject({ code: 'TOPOLOGY_CONFLICT' })
    const [failure] = await Promise.all([
      failureOf(driver.send(route, bytes('a'))),
      driver.send(other, bytes('b')),
    ])
    expect(failure).toMatchObject({ code: 'DECLARE_FAILED', outcome: 'not-sent' })
    expect(failure.cause).toMatchObject({ code: 'TOPOLOGY_CONFLICT' })
    await until(() => inbox.texts.length === 1)
  })
})
