import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect, createServer, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'

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

const { Mux } = require(`${internals}mux.js`) as {
  Mux: new (out: Socket) => { pipeFrom(readable: PassThrough): void }
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
function channelLike(
  number: number,
  { isDrained = false } = {},
): {
  channel: ConfirmChannel
  written: Buffer[]
  unconfirmed: unknown[]
} {
  const written: Buffer[] = []
  const unconfirmed: unknown[] = []
  const lengths = isDrained ? { writableLength: 0, readableLength: 0 } : {}
  const buffer = { ...lengths, write: (bytes: Buffer): boolean => written.push(Buffer.from(bytes)) > 0 }
  const channels = Array.from({ length: number + 1 }, (_, at) => (at === number ? { buffer } : null))
  const channel = {
    ch: number,
    connection: { sentSinceLastCheck: false, stream: lengths, channels },
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

test('bytes are written over only when they went out, however late the other side reads', async () => {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stream = connect((server.address() as { port: number }).port, '127.0.0.1')
  const [peer] = (await once(server, 'connection')) as [Socket]
  const read: Buffer[] = []
  let size = 0
  peer.on('data', (bytes: Buffer) => {
    read.push(bytes)
    size += bytes.length
  })
  // As amqplib's connection has them.
  const buffer = new PassThrough({ objectMode: true, highWaterMark: 1_024 })
  new Mux(stream).pipeFrom(buffer)
  const connection = { sentSinceLastCheck: false, stream, channels: [null, { buffer }] }
  const channel = { ch: 1, connection, pushConfirmCallback: () => {} } as unknown as ConfirmChannel
  const writer = PublishWriter.of(channel) as PublishWriter
  const parts = { exchange: 'e', routingKey: 'r', mandatory: false, headers: {} }
  const head = publishHead(parts) as never
  const wanted: Buffer[] = []
  // Small and large turns; the peer stands still for most, then reads; in the end it is up to date after each.
  for (let turn = 0; turn < 300; turn++) {
    if (turn === 200) peer.resume()
    for (let index = 0; index < 1 + ((turn * 37) % 90); index++) {
      const body = Buffer.alloc(1_000, `${turn} ${index} `)
      writer.publish(head, body, () => {})
      wanted.push(byAmqplib(1, { ...parts, body }))
    }
    await nextTurn()
    const due = wanted.reduce((sum, { length }) => sum + length, 0)
    while (turn > 250 && size < due) await nextTurn()
  }
  expect(Buffer.concat(read).equals(Buffer.concat(wanted))).toBe(true)
  stream.destroy()
  peer.destroy()
  server.close()
  await once(server, 'close')
})

test('one slab serves all turns of a channel that keeps up, and holds the largest of them', async () => {
  const { channel, written } = channelLike(1, { isDrained: true })
  const writer = PublishWriter.of(channel) as PublishWriter
  const head = publishHead({ exchange: 'e', routingKey: 'r', mandatory: false, headers: {} }) as never
  const counts: number[] = []
  for (let turn = 0; turn < 6; turn++) {
    for (let index = 0; index < 500; index++) writer.publish(head, Buffer.alloc(1_000), () => {})
    await nextTurn()
    counts.push(written.splice(0).length)
  }
  // 540 KB a turn.
  expect(counts.slice(2)).toEqual([1, 1, 1, 1])
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
