/**
 * Deliveries, read here where amqplib's own way costs most: it takes each for three frames, with a dozen views of the bytes, and decodes the
 * same names and properties for each message anew. Here what says the same as an earlier delivery, but for tag and body, is taken by
 * the pattern of that one. All else goes amqplib's own way: other frames, headers not seen before, a body in several frames or not
 * there as a whole, a channel that closes. Where its internals have another shape nothing is done. Format: AMQP 0-9-1, 4.2.
 */
import type { Readable } from 'node:stream'

import type { ChannelModel, ConsumeMessage } from 'amqplib'

type Fields = ConsumeMessage['fields']
type Properties = ConsumeMessage['properties']

interface Frame {
  readonly fields?: unknown
}

interface Channel {
  readonly handleMessage?: unknown
  readonly consumers?: ReadonlyMap<string, (message: ConsumeMessage) => void>
}

/** What is used of amqplib's connection beyond its types. */
interface Connection {
  rest: Buffer
  recvSinceLastCheck: boolean
  readonly maxFrameSize: number
  readonly stream: Readable
  readonly channels: readonly ({ readonly channel: Channel } | null | undefined)[]
  readonly accept: unknown
  recvFrame: (this: Connection) => Frame | false
}

/** A delivery as amqplib read it, and the bytes of its method and header frames, with two gaps. */
interface Pattern {
  readonly bytes: Buffer
  /** Where the delivery tag begins; whether it is redelivered is said right behind. */
  readonly tag: number
  /** Where the size of the body begins. */
  readonly size: number
  readonly channel: number
  /** The state of a channel that waits for a delivery. */
  readonly idle: unknown
  readonly fields: Fields
  readonly properties: Properties
}

const frameEnd = 0xce
const frameHeader = 7
const [methodFrame, headerFrame, bodyFrame] = [1, 2, 3] as const
/** Class and method. */
const deliver = (60 << 16) | 60
/** Tag and flag. */
const tagGap = 9
const sizeGap = 8
/** From the beginning of the header frame: behind class and weight. */
const sizeInHeader = frameHeader + 4

/** One for each sender's way to fill in exchange, routing key and properties; most queues have few. */
const mostPatterns = 8
/** Once there are so many, only one in so many unknown deliveries becomes one: where each is unlike the others, it is of no use. */
const missesPerPattern = 64

/** Bytes that are joined to a delivery of which no more came before: most end in them, and to copy all that came costs as much as reading it. */
const jointSize = 4_096
const nothing = Buffer.alloc(0)

/** Of an open connection, once. */
export function readDeliveries(model: ChannelModel): void {
  const { connection } = model as unknown as { connection?: Partial<Connection> }
  if (connection === undefined || !Array.isArray(connection.channels)) return
  if (!Buffer.isBuffer(connection.rest) || typeof connection.maxFrameSize !== 'number') return
  if (typeof connection.recvFrame !== 'function' || typeof connection.stream?.read !== 'function') return
  const reader = new DeliveryReader(connection as Connection)
  connection.recvFrame = () => reader.next()
  const [accept, ...more] = connection.stream.listeners('readable') as (() => void)[]
  if (accept !== undefined && more.length === 0) reader.flow(accept)
}

class DeliveryReader {
  readonly #connection: Connection
  readonly #recvFrame: Connection['recvFrame']
  readonly #accept: unknown
  readonly #patterns: Pattern[] = []
  #misses = 0
  #read = (): Buffer | null => this.#connection.stream.read() as Buffer | null
  /** The method frame that amqplib took last, if it was a delivery's: what follows tells the rest of a pattern. */
  #begun: { readonly bytes: Buffer; readonly idle: unknown; readonly fields: Fields } | undefined

  constructor(connection: Connection) {
    this.#connection = connection
    this.#recvFrame = connection.recvFrame
    this.#accept = connection.accept
  }

  /** Takes bytes as they come: `readable`, with its listener `accept`, costs three callbacks and two reads each time the socket has some. */
  flow(accept: () => void): void {
    const { stream } = this.#connection
    let incoming: Buffer | null = null
    this.#read = () => {
      const bytes = incoming
      incoming = null
      return bytes
    }
    stream.off('readable', accept)
    stream.on('data', (bytes: Buffer) => {
      incoming = bytes
      accept()
    })
  }

  /** As amqplib's `recvFrame`: a frame, or false when there is no whole one. Deliveries on the way to it are handed up. */
  next(): Frame | false {
    const connection = this.#connection
    let bytes = connection.rest
    let at = 0
    for (;;) {
      at = this.#takeDeliveries(bytes, at)
      if (this.#isForAmqplib(bytes, at)) {
        connection.rest = bytes.subarray(at)
        return this.#byAmqplib(connection.rest)
      }
      const incoming = this.#read()
      if (incoming === null) {
        connection.rest = bytes.subarray(at)
        return false
      }
      connection.recvSinceLastCheck = true
      const begun = bytes.subarray(at)
      const isShort = begun.length > 0 && begun.length <= jointSize
      const joint = isShort ? Buffer.concat([begun, incoming.subarray(0, jointSize)]) : nothing
      const taken = this.#takeDeliveries(joint, 0)
      const isOver = taken >= begun.length
      bytes = isOver ? incoming : Buffer.concat([begun, incoming])
      at = isOver ? taken - begun.length : taken
    }
  }

  /** A whole frame, or one too large, which it says. */
  #isForAmqplib(bytes: Buffer, at: number): boolean {
    const length = bytes.length - at
    if (length < frameHeader) return false
    const size = bytes.readUInt32BE(at + 3)
    return size > this.#connection.maxFrameSize || length > frameHeader + size
  }

  #byAmqplib(bytes: Buffer): Frame | false {
    const channel = bytes.readUInt16BE(1)
    const idle = this.#connection.channels[channel]?.channel.handleMessage
    const frame = this.#recvFrame.call(this.#connection)
    const taken = bytes.subarray(0, bytes.length - this.#connection.rest.length)
    const begun = this.#begun
    this.#begun = undefined
    if (taken[0] === methodFrame && taken.readUInt32BE(frameHeader) === deliver) {
      this.#misses += 1
      if (frame !== false && (this.#patterns.length < mostPatterns || this.#misses % missesPerPattern === 0))
        this.#begun = { bytes: Buffer.from(taken), idle, fields: frame.fields as Fields }
    } else if (taken[0] === headerFrame && begun?.bytes.readUInt16BE(1) === channel && frame !== false) {
      const { idle: ofChannel, fields } = begun
      this.#learn({
        bytes: Buffer.concat([begun.bytes, taken]),
        tag: frameHeader + 5 + Number(begun.bytes[frameHeader + 4]),
        size: begun.bytes.length + sizeInHeader,
        channel,
        idle: ofChannel,
        fields,
        properties: frame.fields as Properties,
      })
    }
    return frame
  }

  /** A delivery whose body was not there as a whole may have one already. */
  #learn(pattern: Pattern): void {
    if (this.#patterns.some((known) => isLike(pattern.bytes, 0, known))) return
    if (this.#patterns.length === mostPatterns) this.#patterns.shift()
    this.#patterns.push(pattern)
  }

  /** Hands up what is known and whole; returns where something else begins. */
  #takeDeliveries(bytes: Buffer, from: number): number {
    let at = from
    for (;;) {
      const pattern = this.#patterns.find((known) => isLike(bytes, at, known))
      if (pattern === undefined) return at
      const consumer = this.#consumerOf(pattern)
      const body = wholeBody(bytes, at, pattern)
      if (consumer === undefined || body === undefined) return at
      const { fields, properties, tag, bytes: head } = pattern
      const { consumerTag, exchange, routingKey } = fields
      const tagAt = at + tag
      at += head.length + (body.length === 0 ? 0 : frameHeader + body.length + 1)
      consumer({
        fields: {
          consumerTag,
          deliveryTag: bytes.readUInt32BE(tagAt) * 2 ** 32 + bytes.readUInt32BE(tagAt + 4),
          redelivered: (Number(bytes[tagAt + 8]) & 1) === 1,
          exchange,
          routingKey,
        },
        properties,
        content: body,
      })
    }
  }

  /** Undefined while the channel or its connection closes, or is amid another message. */
  #consumerOf({ channel: number, idle, fields }: Pattern): ((message: ConsumeMessage) => void) | undefined {
    const channel = this.#connection.channels[number]?.channel
    if (channel === undefined || this.#connection.accept !== this.#accept) return undefined
    if (channel.handleMessage !== idle || Object.hasOwn(channel, 'accept')) return undefined
    return channel.consumers?.get(fields.consumerTag)
  }
}

function isLike(bytes: Buffer, at: number, { bytes: known, tag, size }: Pattern): boolean {
  return (
    at + known.length <= bytes.length &&
    isSame(bytes, at, known, 0, tag) &&
    isSame(bytes, at, known, tag + tagGap, size) &&
    isSame(bytes, at, known, size + sizeGap, known.length)
  )
}

function isSame(bytes: Buffer, at: number, known: Buffer, from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (bytes[at + index] !== known[index]) return false
  return true
}

/** Undefined = not there as a whole, or not in one frame. */
function wholeBody(bytes: Buffer, at: number, { bytes: head, size: sizeAt }: Pattern): Buffer | undefined {
  if (bytes.readUInt32BE(at + sizeAt) !== 0) return undefined
  const size = bytes.readUInt32BE(at + sizeAt + 4)
  const frame = at + head.length
  const start = frame + frameHeader
  const end = start + size
  if (size === 0) return bytes.subarray(frame, frame)
  if (bytes[frame] !== bodyFrame || bytes[end] !== frameEnd) return undefined
  if (bytes[frame + 1] !== head[1] || bytes[frame + 2] !== head[2]) return undefined
  return bytes.readUInt32BE(frame + 3) === size ? bytes.subarray(start, end) : undefined
}
