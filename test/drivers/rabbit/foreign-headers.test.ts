/** Headers of senders in other languages, or of ill will: what comes by the wire is retried and kept whatever they are. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Options } from 'amqplib'

import type { IncomingMessage } from '../../../src/core/message.js'
import { until } from '../../support/until.js'
import { Corner } from './corner.js'

let corner: Corner

beforeEach(async () => {
  corner = await Corner.open()
})
afterEach(() => corner.close())

async function send(queue: string, properties: Options.Publish): Promise<void> {
  await corner.with(async (channel) => {
    channel.sendToQueue(queue, Buffer.from('{}'), properties)
    await channel.checkQueue(queue)
  })
}

/** What is given back once with a delay, and then rejected. */
function retriedThenRejected(seen: IncomingMessage[]): (message: IncomingMessage) => void {
  return (message) => {
    seen.push(message)
    if (seen.length === 1) message.requeue({ delay: 10, error: 'x'.repeat(10_000) })
    else message.reject({ reason: 'enough', error: 'y'.repeat(10_000) })
  }
}

test.each([
  ['a double beyond the integers', { far: { '!': 'double', value: -1e300 } }],
  ['a double within a table within an array', { list: [{ far: { '!': 'double', value: 2 ** 70 } }] }],
  ['a whole number as a double', { whole: { '!': 'double', value: 5 } }],
])('%s is carried by a retry and into the dead letters', async (_, headers) => {
  const route = corner.route()
  const { driver, troubles } = corner.driver()
  const seen: IncomingMessage[] = []
  await corner.inbox(driver, route, { deadLetter: true }, retriedThenRejected(seen))
  await send(route.topic, { headers })
  await until(async () => (await corner.count(`${route.topic}.dead`)) === 1)
  expect(troubles).toEqual([])
  const letter = await corner.get(`${route.topic}.dead`)
  const [[name, sent]] = Object.entries(headers) as [
    [string, { value?: number } | { far: { value: number } }[]],
  ]
  expect(letter?.properties.headers?.[name]).toEqual(
    Array.isArray(sent) ? sent.map(({ far }) => ({ far: far.value })) : sent.value,
  )
})

test('headers that leave no room for ours are left out, with trouble, and the message is retried and kept', async () => {
  const route = corner.route()
  const { driver, troubles } = corner.driver()
  const seen: IncomingMessage[] = []
  await corner.inbox(driver, route, { deadLetter: true }, retriedThenRejected(seen))
  await send(route.topic, {
    headers: { huge: 'h'.repeat(63_000), compression: 'none' },
    timestamp: 7,
    type: 'kept',
  })
  await until(async () => (await corner.count(`${route.topic}.dead`)) === 1)
  expect(troubles.map(({ message }) => message)).toEqual([
    expect.stringContaining("is republished without its sender's headers"),
  ])
  expect(seen.map(({ attempts, compression }) => [attempts, compression])).toEqual([
    [0, 'none'],
    [1, 'none'],
  ])
  expect((await corner.get(`${route.topic}.dead`))?.properties.type).toBe('kept')
})

test.each([-1_000_000, { '!': 'double', value: -1e300 }, 'many', null, [1]])(
  'a sender that writes %j as the number of attempts has made none',
  async (forged) => {
    const route = corner.route()
    const { driver } = corner.driver()
    const { messages } = await corner.inbox(driver, route)
    await send(route.topic, { headers: { 'x-tocsin-attempts': forged, 'x-delivery-count': forged } })
    await until(() => messages.length === 1)
    expect(messages[0]?.attempts).toBe(0)
  },
)

test('a message that brings a delivery count from elsewhere is known as redelivered', async () => {
  const route = corner.route()
  const { driver } = corner.driver()
  const { messages } = await corner.inbox(driver, route, {}, (message) => {
    if (message.attempts === 0) message.requeue()
    else message.acknowledge()
  })
  await send(route.topic, { headers: { 'x-delivery-count': 0 } })
  await until(() => messages.length === 2)
  expect(messages.map(({ attempts }) => attempts)).toEqual([0, 1])
})
