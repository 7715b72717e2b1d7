/** Against amqplib itself: its own connection reads the same bytes with our reader and without. */
import { createRequire } from 'node:module'
import { PassThrough } from 'node:stream'

import { expect, test } from '@jest/globals'
import type { ChannelModel } from 'amqplib'
import fc from 'fast-check'

import { readDeliveries } from '../../../src/drivers/rabbit/delivery-frames.js'

interface Channel {
  readonly consumers: Map<string, (message: unknown) => void>
  toClosing(stack: string): void
}

/** What a closed channel is not. */
interface Acceptor {
  readonly channel: { accept(frame: unknown): void }
}

interface Connection {
  channels: ({ channel: Channel } | null)[]
  accept: (frame: { channel: number }) => void
  maxFrameSize: number
  recvFrame: () => unknown
  acceptLoop(): void
  on(event: 'frameError', listener: (error: Error) => void): void
}

const require = createRequire(import.meta.url)
/** Its package exports them to nobody. */
const internals = new URL('../../../node_modules/amqplib/lib/', import.meta.url).pathname
const defs = require(`${internals}defs.js`) as {
  encodeMethod(id: number, channel: number, fields: object): Buffer
  encodeProperties(id: number, channel: number, size: number, fields: object): Buffer
  BasicDeliver: number
  BasicProperties: number
  BasicAck: number
}
const { makeBodyFrame, HEARTBEAT_BUF } = require(`${internals}frame.js`) as {
  makeBodyFrame: (channel: number, body: Buffer) => Buffer
  HEARTBEAT_BUF: Buffer
}
const { Connection } = require(`${internals}connection.js`) as {
  Connection: new (stream: PassThrough) => Connection
}
const { Channel } = require(`${internals}channel_model.js`) as {
  Channel: new (connection: Connection) => Channel
}

const channels = [1, 2, 258]
const consumerTags = ['one', 'tag-ü']

interface Delivery {
  readonly channel: number
  readonly consumerTag: string
  readonly deliveryTag: number
  readonly redelivered: boolean
  readonly exchange: string
  readonly routingKey: string
  readonly properties: object
  readonly body: Buffer
  /** Bodies longer than this come in several frames. */
  readonly frame: number
}

function bytesOf({ channel, body, frame, properties, ...fields }: Delivery): Buffer {
  const parts = []
  for (let at = 0; at < body.length; at += frame)
    parts.push(makeBodyFrame(channel, body.subarray(at, at + frame)))
  return Buffer.concat([
    defs.encodeMethod(defs.BasicDeliver, channel, fields),
    defs.encodeProperties(defs.BasicProperties, channel, body.length, properties),
    ...parts,
  ])
}

const ack = (channel: number): Buffer =>
  defs.encodeMethod(defs.BasicAck, channel, { deliveryTag: 7, multiple: true })

const delivery = fc.record({
  channel: fc.constantFrom(...channels),
  consumerTag: fc.constantFrom(...consumerTags),
  deliveryTag: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.constant(2 ** 40 + 3)),
  redelivered: fc.boolean(),
  exchange: fc.constantFrom('', 'nova', 'neutron'),
  routingKey: fc.constantFrom('notifications.info', 'notifications.ü'),
  properties: fc.constantFrom(
    { contentType: 'application/json', contentEncoding: 'utf-8', headers: {}, deliveryMode: 2, priority: 0 },
    { contentType: 'application/json', headers: { compression: 'application/x-gzip' } },
    {},
  ),
  body: fc.oneof(
    { weight: 9, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 3_000, max: 6_000 }).map((size) => Buffer.alloc(size, 'long ')),
    },
  ),
  frame: fc.constantFrom(100, 100_000, 100_000, 100_000),
})
const piece = fc.oneof(
  { weight: 8, arbitrary: delivery.map(bytesOf) },
  { weight: 1, arbitrary: fc.constantFrom(HEARTBEAT_BUF, ...channels.map(ack)) },
)
const cutting = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 })

/** What comes of the bytes, in this order, in chunks that end at `cuts` (parts of the whole). */
async function told(
  bytes: Buffer,
  cuts: readonly number[],
  read: (model: ChannelModel) => void,
  onMessage: (connection: Connection, count: number) => void = () => {},
): Promise<unknown[]> {
  const events: unknown[] = []
  const socket = new PassThrough()
  const connection = new Connection(socket)
  connection.maxFrameSize = 131_072
  let count = 0
  for (const number of channels) {
    const channel = new Channel(connection)
    for (const tag of consumerTags)
      channel.consumers.set(tag, (message) => {
        // The bytes are the socket's.
        events.push([number, structuredClone(message)])
        onMessage(connection, ++count)
      })
    connection.channels[number] = { channel }
    ;(channel as unknown as { on(event: string, listener: (fields: unknown) => void): void }).on(
      'ack',
      (fields) => events.push([number, 'ack', fields]),
    )
  }
  connection.accept = (frame) => {
    if (frame.channel === 0) events.push('heartbeat')
    else (connection.channels[frame.channel] as unknown as Acceptor).channel.accept(frame)
  }
  connection.on('frameError', (error) => events.push(error.message))
  connection.acceptLoop()
  read({ connection } as unknown as ChannelModel)
  let from = 0
  for (const cut of [...cuts.map((part) => Math.floor(part * bytes.length)), bytes.length].sort(
    (one, other) => one - other,
  )) {
    if (cut === from) continue
    socket.write(bytes.subarray(from, cut))
    await new Promise((resolve) => setImmediate(resolve))
    from = cut
  }
  return events
}

const byAmqplib = (): void => {}

test('whatever comes, in whatever pieces, is what amqplib makes of it, in its order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 80 }), cutting, async (pieces, cuts) => {
      const bytes = Buffer.concat(pieces)
      expect(await told(bytes, cuts, readDeliveries)).toEqual(await told(bytes, cuts, byAmqplib))
    }),
    { numRuns: 300 },
  )
})

test('bytes that are damaged are the error that amqplib makes of them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { minLength: 3, maxLength: 12 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 0, max: 255 }),
      cutting,
      async (pieces, part, value, cuts) => {
        const bytes = Buffer.concat(pieces)
        bytes[Math.floor(part * bytes.length)] = value
        const wanted = await told(bytes, cuts, byAmqplib)
        expect(await told(bytes, cuts, readDeliveries)).toEqual(wanted)
      },
    ),
    { numRuns: 500 },
  )
})

const same: Omit<Delivery, 'deliveryTag'> = {
  channel: 1,
  consumerTag: 'one',
  redelivered: false,
  exchange: 'nova',
  routingKey: 'notifications.info',
  properties: { headers: {} },
  body: Buffer.from('{}'),
  frame: 1_000,
}
const many = (count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => bytesOf({ ...same, deliveryTag: index + 1 })))

test('a delivery like one before does not reach amqplib', async () => {
  let frames = 0
  const events = await told(many(10), [], (model) => {
    readDeliveries(model)
    const { connection } = model as unknown as { connection: Connection }
    const next = connection.recvFrame
    connection.recvFrame = (): unknown => {
      const frame: unknown = next()
      if (frame !== false) frames += 1
      return frame
    }
  })
  expect(events.length).toBe(10)
  expect(frames).toBe(3)
})

test.each<[string, (connection: Connection) => void]>([
  ['a channel that closes', ({ channels: [, one] }) => one?.channel.toClosing('')],
  [
    'a channel that is closed',
    (connection) => {
      connection.channels[1] = null
    },
  ],
  ['a consumer that is gone', ({ channels: [, one] }) => one?.channel.consumers.delete('one')],
  [
    'a connection that closes',
    (connection) => {
      connection.accept = () => {}
    },
  ],
])('%s takes no more', async (_what, end) => {
  const events = await told(many(10), [], readDeliveries, (connection, count) => {
    if (count === 5) end(connection)
  })
  expect(events.filter((event) => Array.isArray(event)).length).toBe(5)
})

test('deliveries none of which is like another are read all the same', async () => {
  const bytes = Buffer.concat(
    Array.from({ length: 300 }, (_, index) =>
      bytesOf({ ...same, deliveryTag: index + 1, properties: { messageId: `m-${index}` } }),
    ),
  )
  expect(await told(bytes, [0.3, 0.31], readDeliveries)).toEqual(await told(bytes, [0.3, 0.31], byAmqplib))
})

const noFrame = (): boolean => false

test.each([
  ['no connection', {}],
  ['no channels', { connection: { rest: Buffer.alloc(0), maxFrameSize: 1, recvFrame: noFrame } }],
  [
    'no bytes that are left',
    { connection: { channels: [], maxFrameSize: 1, recvFrame: noFrame, stream: { read: () => null } } },
  ],
])('a connection with other internals (%s) is left as it is', (_what, model) => {
  const before = { ...(model as { connection?: object }).connection }
  readDeliveries(model as unknown as ChannelModel)
  expect({ ...(model as { connection?: object }).connection }).toEqual(before)
})
