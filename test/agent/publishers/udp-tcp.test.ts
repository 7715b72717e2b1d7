import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

import { describe, expect, test } from '@jest/globals'
import { decode } from '@msgpack/msgpack'

import { makePublisher, type Sample, verify } from '../../../src/agent/index.js'
import { loadPacker } from '../../../src/agent/publishers/message-pack.js'
import { WholeFloat } from '../../../src/agent/values/index.js'
import { until } from '../../support/until.js'
import { FrameReceiver, type Metering } from './frame-receiver.js'
import { RecordingLogger } from './recording-logger.js'
import { sample, samples } from './samples.js'

const context = { telemetrySecret: 'not-so-secret', host: 'host-1' }

/** The wire's words for a sample, written out on its own. */
function expectedMessage(one: Sample): Metering {
  return {
    source: one.source,
    counter_name: one.name,
    counter_type: one.type,
    counter_unit: one.unit,
    counter_volume: one.volume,
    user_id: one.user_id,
    user_name: one.user_name,
    project_id: one.project_id,
    project_name: one.project_name,
    resource_id: one.resource_id,
    timestamp: one.timestamp,
    resource_metadata: one.resource_metadata,
    message_id: one.id,
    monotonic_time: one.monotonic_time,
    message_signature: expect.stringMatching(/^[0-9a-f]{64}$/),
  }
}

test('MessagePack is as others write it', async () => {
  const pack = await loadPacker()
  const bytes = pack({ a: 'é', b: 1, c: 1.5, d: null, e: [true] })
  expect(Buffer.from(bytes).toString('hex')).toBe('85a161a2c3a9a16201a163cb3ff8000000000000a164c0a16591c3')
})

test.each([
  [{ a: 120_000_000_000 }, '81a161cf0000001bf08eb000'],
  [{ a: 120_000_000_000, b: 2n ** 63n }, '82a161cf0000001bf08eb000a162cf8000000000000000'],
  [{ a: -5_000_000_000, b: -1n }, '82a161d3fffffffed5fa0e00a162d3ffffffffffffffff'],
])('integers beyond 32 bits stay integers, with a BigInt beside them or not: %s', async (message, hex) => {
  const pack = await loadPacker()
  expect(Buffer.from(pack(message)).toString('hex')).toBe(hex)
})

test('MessagePack has the nearest number where 64 bits are too few, and a float that is whole is no object', async () => {
  const pack = await loadPacker()
  const bytes = pack({ huge: 2n ** 70n, one: new WholeFloat(1), list: [new WholeFloat(5e9)], name: 'é' })
  expect(decode(bytes, { useBigInt64: true })).toEqual({
    huge: 2 ** 70,
    one: 1,
    list: [5_000_000_000n],
    name: 'é',
  })
})

describe('udp://', () => {
  async function withSocket(
    use: (made: {
      readonly port: number
      readonly datagrams: Metering[]
      readonly socket: Socket
    }) => Promise<void>,
  ): Promise<void> {
    const socket = createSocket('udp4')
    const datagrams: Metering[] = []
    socket.on('message', (bytes) => datagrams.push(decode(bytes)))
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    try {
      await use({ port: socket.address().port, datagrams, socket })
    } finally {
      socket.close()
      await once(socket, 'close')
    }
  }

  test('sends a signed datagram for each sample', () =>
    withSocket(async ({ port, datagrams }) => {
      const publisher = makePublisher(`udp://127.0.0.1:${port}`, context)
      const sent = samples(5)
      await publisher.publishSamples?.(sent)
      await until(() => datagrams.length === 5)
      expect(datagrams).toEqual(sent.map(expectedMessage))
      for (const datagram of datagrams) expect(verify(datagram, 'not-so-secret')).toBe(true)
      expect(publisher.stats?.()).toMatchObject({ published: 5 })
      await publisher.close()
    }))

  test('signs as the peers of 2016 did when it is told so', () =>
    withSocket(async ({ port, datagrams }) => {
      const publisher = makePublisher(`udp://127.0.0.1:${port}`, { ...context, signatures: 'legacy2016' })
      await publisher.publishSamples?.([sample()])
      await until(() => datagrams.length === 1)
      expect(verify(datagrams[0], 'not-so-secret', { lists: 'legacy2016' })).toBe(true)
      expect(verify(datagrams[0], 'not-so-secret')).toBe(false)
      await publisher.close()
    }))

  test('drops and logs a sample that no datagram holds, and sends the others', () =>
    withSocket(async ({ port, datagrams }) => {
      const logger = new RecordingLogger()
      const publisher = makePublisher(`udp://127.0.0.1:${port}`, { ...context, logger })
      const long = sample({ name: 'long', resource_metadata: { text: 'x'.repeat(70_000) } })
      await publisher.publishSamples?.([sample({ name: 'a' }), long, sample({ name: 'b' })])
      await until(() => datagrams.length === 2)
      expect(publisher.stats?.()).toMatchObject({ published: 2, dropped: 1, failed: 0 })
      expect(logger.lines).toEqual([expect.stringMatching(/error: .*'long' of 9f9d01b9.* is too long/)])
      await publisher.close()
    }))

  test('rejects when its host has no address', async () => {
    const publisher = makePublisher('udp://no-such-host.invalid:1?max_retries=0', context)
    await expect(publisher.publishSamples?.([sample()])).rejects.toMatchObject({
      outcome: 'failed',
      code: 'NOT_SENT',
    })
    expect(publisher.stats?.()).toMatchObject({ failed: 1 })
    await publisher.close()
  })

  test('has no events', () => {
    expect('publishEvents' in makePublisher('udp://host')).toBe(false)
    expect('publishEvents' in makePublisher('tcp://host')).toBe(false)
  })
})

describe('tcp://', () => {
  test('sends signed frames that say who sends them', async () => {
    await using receiver = await FrameReceiver.start()
    const publisher = makePublisher(`tcp://127.0.0.1:${receiver.port}`, context)
    const sent = samples(100, { volume: 0.1, monotonic_time: 1.5 })
    await publisher.publishSamples?.(sent)
    await publisher.close()
    await until(() => receiver.messages.length === 100)
    expect(receiver.messages).toEqual(
      sent.map((one) => ({ ...expectedMessage(one), publisher_id: 'host-1' })),
    )
    for (const message of receiver.messages) expect(verify(message, 'not-so-secret')).toBe(true)
    expect(receiver.connections).toBe(1)
  })

  test('has the signature of the original for a message with publisher_id', async () => {
    await using receiver = await FrameReceiver.start()
    const publisher = makePublisher(`tcp://127.0.0.1:${receiver.port}`, context)
    const metadata = { host: 'compute.vagrant-precise', vcpus: 1, tags: ['a', 'b'], nested: { x: null } }
    await publisher.publishSamples?.([
      sample({ id: '8f1c9e4a-0000-11e6-8000-000000000001', resource_metadata: metadata }),
    ])
    await publisher.close()
    await until(() => receiver.messages.length === 1)
    expect(receiver.messages[0].message_signature).toBe(
      'dcd65de39525421a3272214f68f9d2064fedd76656ee0583cb0d23825c46f3da',
    )
  })

  test('a batch that breaks in its middle arrives whole all the same', async () => {
    await using receiver = await FrameReceiver.start()
    receiver.breaks = (received, connection) => connection < 3 && received > 200_000
    const publisher = makePublisher(`tcp://127.0.0.1:${receiver.port}`, context)
    const sent = samples(3_000, { resource_metadata: { text: 'x'.repeat(500) } })
    await publisher.publishSamples?.(sent)
    await until(() => receiver.ids.length === sent.length)
    expect(receiver.ids).toEqual(sent.map(({ id }) => id))
    expect(receiver.connections).toBeGreaterThan(1)
    expect(publisher.stats?.()).toMatchObject({ published: sent.length, failed: 0, dropped: 0 })
    await publisher.close()
  })

  test('loses nothing over many breaks between and within batches', async () => {
    await using receiver = await FrameReceiver.start()
    let pieces = 0
    receiver.breaks = () => ++pieces % 7 === 0
    const publisher = makePublisher(`tcp://127.0.0.1:${receiver.port}?max_retries=100`, context)
    const batches = Array.from({ length: 60 }, () => samples(20))
    for (const batch of batches) await publisher.publishSamples?.(batch)
    receiver.breaks = () => false
    await until(() => receiver.ids.length === 1_200)
    expect(publisher.stats?.()).toMatchObject({ published: 1_200, failed: 0 })
    await publisher.close()
  })

  test('writes again what was written just before the line broke, though nothing more is published', async () => {
    await using receiver = await FrameReceiver.start()
    const publisher = makePublisher(`tcp://127.0.0.1:${receiver.port}`, context)
    // It reads these bytes and is gone before it has made a message of them: the publisher has no way to know.
    receiver.breaks = (_, connection) => connection === 0
    await publisher.publishSamples?.(samples(3))
    await until(() => receiver.ids.length === 3)
    await publisher.close()
  })

  test('does not write again and again to a receiver that ends its connections', async () => {
    await using receiver = await FrameReceiver.start()
    const publisher = makePublisher(`tcp://127.0.0.1:${receiver.port}`, context)
    await publisher.publishSamples?.(samples(1))
    for (let round = 1; round <= 3; round++) {
      await until(
        () => receiver.connections >= Math.min(round, 2) && receiver.messages.length >= Math.min(round, 2),
      )
      receiver.endConnections()
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(receiver.messages).toHaveLength(2)
    await publisher.close()
  })

  test('waits for a receiver that comes later, and rejects when it does not come', async () => {
    const first = await FrameReceiver.start()
    const { port } = first
    await first[Symbol.asyncDispose]()
    const publisher = makePublisher(`tcp://127.0.0.1:${port}?max_retries=50`, context)
    const published = publisher.publishSamples?.(samples(2))
    await until(() => publisher.stats?.().retried === 2)
    await using second = await FrameReceiver.start(port)
    await published
    await until(() => second.messages.length === 2)
    await publisher.close()

    const impatient = makePublisher(`tcp://127.0.0.1:1?max_retries=0`, context)
    await expect(impatient.publishSamples?.(samples(2))).rejects.toMatchObject({ code: 'UNREACHABLE' })
    expect(impatient.stats?.()).toMatchObject({ failed: 2 })
    await impatient.close()
  })

  test('gives up a receiver that does not read', async () => {
    const sockets: { destroy(): void }[] = []
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('error', () => {})
      sockets.push(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const publisher = makePublisher(`tcp://127.0.0.1:${port}?timeout=0.2&max_retries=0`, context)
    const long = samples(200, { resource_metadata: { text: 'x'.repeat(100_000) } })
    await expect(publisher.publishSamples?.(long)).rejects.toMatchObject({ code: 'TIMED_OUT' })
    await publisher.close()
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
})
