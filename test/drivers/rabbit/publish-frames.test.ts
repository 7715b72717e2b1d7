import { createRequire } from 'node:module'

import { expect, test } from '@jest/globals'
import type { ConfirmChannel } from 'amqplib'
import fc from 'fast-check'

import { PublishWriter, publishHead } from '../../../src/drivers/rabbit/publish-frames.js'

const require = createRequire(import.meta.url)
/** Its package exports them to nobody. */
const internals = new URL('../../../node_modules/amqplib/lib/', import.meta.url).pathname
const defs = require(`${internals}defs.js`) as {
  encodeMethod(id: number, channel: number, fields: object): Buffer
  encodeProperties(id: number, channel: number, size: number, fields: object): Buffer
  BasicPublish: number
  BasicProperties: number
}
const { makeBodyFrame } = require(`${internals}frame.js`) as {
  makeBodyFrame: (channel: number, body: Buffer) => Buffer
}

/** What amqplib writes for the same message. */
function byAmqplib(
  channel: number,
  message: { exchange: string; routingKey: string; mandatory: boolean; headers: object; body: Buffer },
): Buffer {
  const { exchange, routingKey, mandatory, headers, body } = message
  const fields = { ticket: 0, exchange, routingKey, mandatory, immediate: false }
  const properties = {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    headers,
    deliveryMode: 2,
    priority: 0,
  }
  return Buffer.concat([
    defs.encodeMethod(defs.BasicPublish, channel, fields),
    defs.encodeProperties(defs.BasicProperties, channel, body.length, properties),
    ...(body.length === 0 ? [] : [makeBodyFrame(channel, body)]),
  ])
}

/** As much of amqplib's channel as the writer looks at. */
function channelLike(number: number): {
  channel: ConfirmChannel
  written: Buffer[]
  unconfirmed: unknown[]
} {
  const written: Buffer[] = []
  const unconfirmed: unknown[] = []
  const buffer = { write: (bytes: Buffer): boolean => written.push(Buffer.from(bytes)) > 0 }
  const channels = Array.from({ length: number + 1 }, (_, at) => (at === number ? { buffer } : null))
  const channel = {
    ch: number,
    connection: { sentSinceLastCheck: false, channels },
    pushConfirmCallback: (onConfirm: unknown) => unconfirmed.push(onConfirm),
  } as unknown as ConfirmChannel
  return { channel, written, unconfirmed }
}

const name = fc.string({ unit: 'grapheme', maxLength: 80 }).filter((text) => Buffer.byteLength(text) <= 255)
const message = fc.record({
  exchange: name,
  routingKey: name,
  mandatory: fc.boolean(),
  headers: fc.constantFrom({}, { compression: 'application/x-gzip' }),
  body: fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes)),
})

test('the frames of any messages are those that amqplib writes, in one piece for each turn', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 2_047 }),
      fc.array(message, { minLength: 1, maxLength: 60 }),
      async (number, messages) => {
        const { channel, written, unconfirmed } = channelLike(number)
        const writer = PublishWriter.of(channel) as PublishWriter
        for (const each of messages)
          expect(writer.publish(publishHead(each) as never, each.body, () => {})).toBe(true)
        await new Promise((resolve) => process.nextTick(resolve))
        const wanted = Buffer.concat(messages.map((each) => byAmqplib(number, each)))
        expect(Buffer.concat(written).equals(wanted)).toBe(true)
        expect(written.length).toBeLessThanOrEqual(Math.ceil(wanted.length / 32_768) + 1)
        expect(unconfirmed.length).toBe(messages.length)
      },
    ),
    { numRuns: 200 },
  )
})

test('a long body is left to amqplib, and so is a channel that closes', () => {
  const { channel, written, unconfirmed } = channelLike(1)
  const writer = PublishWriter.of(channel) as PublishWriter
  const head = publishHead({ exchange: 'e', routingKey: 'r', mandatory: true, headers: {} }) as never
  expect(writer.publish(head, Buffer.alloc(40_000), () => {})).toBe(false)
  Object.assign(channel, { sendMessage: () => {} })
  expect(writer.publish(head, Buffer.alloc(10), () => {})).toBe(false)
  writer.flush()
  expect([written, unconfirmed]).toEqual([[], []])
})

test('what a turn gathered is not written to a channel that closed in it', async () => {
  const { channel, written } = channelLike(1)
  const writer = PublishWriter.of(channel) as PublishWriter
  const head = publishHead({ exchange: 'e', routingKey: 'r', mandatory: true, headers: {} }) as never
  expect(writer.publish(head, Buffer.alloc(10), () => {})).toBe(true)
  Object.assign(channel, { sendMessage: () => {} })
  await new Promise((resolve) => process.nextTick(resolve))
  expect(written).toEqual([])
})

test('a name that AMQP has no room for is left to amqplib, which says so', () => {
  const long = 'x'.repeat(256)
  expect(publishHead({ exchange: '', routingKey: long, mandatory: true, headers: {} })).toBeUndefined()
})

test.each([
  ['no number', { ch: 'one' }],
  ['no connection', { ch: 1, pushConfirmCallback: () => {} }],
  [
    'no buffer',
    { ch: 1, connection: { channels: [], sentSinceLastCheck: true }, pushConfirmCallback: () => {} },
  ],
])('a channel with other internals (%s) is left to amqplib', (_what, channel) => {
  expect(PublishWriter.of(channel as unknown as ConfirmChannel)).toBeUndefined()
})
