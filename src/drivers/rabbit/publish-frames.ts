/**
 * The frames of a publish, made here where amqplib's own way costs most: it encodes the same method and properties for each message anew, in
 * five buffers, and hands each message by itself to its mux. Here they are encoded once per route, and what a turn publishes goes to the
 * mux as one piece. The mux, the channel and its count of confirms stay amqplib's. Where its internals have another shape, or a
 * message does not fit, its own way is taken. Format: AMQP 0-9-1, 4.2.
 */
import type { ConfirmChannel } from 'amqplib'

/** What all messages of a route have in common: the method frame and the header frame, for channel 0 and an empty body. */
export interface PublishHead {
  readonly bytes: Buffer
  /** Where the header frame begins. */
  readonly header: number
}

export interface HeadParts {
  readonly exchange: string
  readonly routingKey: string
  readonly mandatory: boolean
  /** Texts only. */
  readonly headers: Readonly<Record<string, string>>
}

const frameEnd = 0xce
const frameHeader = 7
const [methodFrame, headerFrame, bodyFrame] = [1, 2, 3] as const
const basicClass = 60
const publishMethod = 40
/** content-type, content-encoding, headers, delivery-mode, priority. */
const propertyFlags = 0xf800

/** Persistent JSON, with priority 0 as oslo.messaging's. Undefined where a name is longer than AMQP has room for. */
export function publishHead({
  exchange,
  routingKey,
  mandatory,
  headers,
}: HeadParts): PublishHead | undefined {
  if ([exchange, routingKey].some((name) => Buffer.byteLength(name) > 255)) return undefined
  const method = frame(methodFrame, [
    uint16(basicClass),
    uint16(publishMethod),
    uint16(0),
    shortText(exchange),
    shortText(routingKey),
    Buffer.of(mandatory ? 1 : 0),
  ])
  const table = Buffer.concat(
    Object.entries(headers).flatMap(([name, text]) => [
      shortText(name),
      Buffer.from('S'),
      uint32(Buffer.byteLength(text)),
      Buffer.from(text),
    ]),
  )
  const header = frame(headerFrame, [
    uint16(basicClass),
    uint16(0),
    uint32(0),
    uint32(0),
    uint16(propertyFlags),
    shortText('application/json'),
    shortText('utf-8'),
    uint32(table.length),
    table,
    Buffer.of(2, 0),
  ])
  return { bytes: Buffer.concat([method, header]), header: method.length }
}

function frame(type: number, parts: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(type, 0, 0), uint32(payload.length), payload, Buffer.of(frameEnd)])
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff)
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function shortText(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

type OnConfirm = (error: unknown) => void

/** What is used of amqplib's channel beyond its types. */
interface Internals {
  readonly ch?: unknown
  readonly pushConfirmCallback?: (onConfirm: OnConfirm) => void
  readonly connection?: {
    sentSinceLastCheck?: unknown
    readonly stream?: { readonly writableLength: number }
    readonly channels?: readonly ({ readonly buffer?: Partial<ChannelBuffer> } | null)[]
  }
}

/** What a channel's frames wait in for the mux. */
interface ChannelBuffer {
  readonly writableLength: number
  readonly readableLength: number
  write(bytes: Buffer): boolean
}

/** Longer ones are left to amqplib. */
const longestMessage = 32_768
/** Bytes that are gathered before they go to the mux: where a turn has more, twice as many the next time. */
const [firstSlab, largestSlab] = [2 * longestMessage, 2 ** 20] as const

/** Writes to one channel. */
export class PublishWriter {
  readonly #channel: ConfirmChannel
  readonly #number: number
  readonly #push: (onConfirm: OnConfirm) => void
  readonly #connection: NonNullable<Internals['connection']>
  readonly #buffer: ChannelBuffer
  #slab = Buffer.allocUnsafeSlow(firstSlab)
  #start = 0
  #end = 0
  #isFlushDue = false

  /** Undefined where the internals are others. */
  static of(channel: ConfirmChannel): PublishWriter | undefined {
    const { ch, pushConfirmCallback, connection } = channel as unknown as Internals
    const buffer = typeof ch === 'number' ? connection?.channels?.[ch]?.buffer : undefined
    if (connection === undefined || typeof buffer?.write !== 'function') return undefined
    if (typeof pushConfirmCallback !== 'function' || typeof connection.sentSinceLastCheck !== 'boolean')
      return undefined
    const push = pushConfirmCallback.bind(channel)
    return new PublishWriter(channel, ch as number, push, connection, buffer as ChannelBuffer)
  }

  private constructor(
    channel: ConfirmChannel,
    number: number,
    push: (onConfirm: OnConfirm) => void,
    connection: NonNullable<Internals['connection']>,
    buffer: ChannelBuffer,
  ) {
    this.#channel = channel
    this.#number = number
    this.#push = push
    this.#connection = connection
    this.#buffer = buffer
  }

  /** False = not written, and amqplib has to say why, or write it: the channel is closing, or the message is long. */
  publish(head: PublishHead, body: Buffer, onConfirm: OnConfirm): boolean {
    const { bytes, header } = head
    const length = bytes.length + body.length + (body.length === 0 ? 0 : frameHeader + 1)
    if (length > longestMessage || this.#isBarred) return false
    if (this.#start === this.#end && this.#isDrained) this.#start = this.#end = 0
    if (this.#end + length > this.#slab.length) this.#newSlab()
    const slab = this.#slab
    const start = this.#end
    slab.set(bytes, start)
    this.#setChannel(start)
    this.#setChannel(start + header)
    // The low half of the 64 bits that follow class and weight.
    slab.writeUInt32BE(body.length, start + header + frameHeader + 8)
    if (body.length > 0) {
      const at = start + bytes.length
      slab[at] = bodyFrame
      this.#setChannel(at)
      slab.writeUInt32BE(body.length, at + 3)
      slab.set(body, at + frameHeader)
      slab[at + frameHeader + body.length] = frameEnd
    }
    this.#end = start + length
    this.#push(onConfirm)
    if (!this.#isFlushDue) {
      this.#isFlushDue = true
      // After the microtasks of this turn, in which most publishes come, and before the mux runs.
      process.nextTick(this.#flushDue)
    }
    return true
  }

  /** What was gathered goes to the mux: before amqplib writes to the same channel. Of a channel that closed meanwhile it is dropped. */
  flush(): void {
    if (this.#start === this.#end) return
    if (this.#isBarred) {
      this.#start = this.#end
      return
    }
    const gathered = this.#slab.subarray(this.#start, this.#end)
    this.#start = this.#end
    this.#connection.sentSinceLastCheck = true
    this.#buffer.write(gathered)
  }

  /** amqplib bars a channel that closes, or is closed, by a method of its own on it. */
  get #isBarred(): boolean {
    return Object.hasOwn(this.#channel, 'sendMessage')
  }

  readonly #flushDue = (): void => {
    this.#isFlushDue = false
    this.flush()
  }

  #setChannel(start: number): void {
    this.#slab[start + 1] = this.#number >> 8
    this.#slab[start + 2] = this.#number & 0xff
  }

  /** All that was written went out: its bytes may be written over. */
  get #isDrained(): boolean {
    const { writableLength, readableLength } = this.#buffer
    return writableLength === 0 && readableLength === 0 && this.#connection.stream?.writableLength === 0
  }

  #newSlab(): void {
    const size = this.#start === 0 ? Math.min(this.#slab.length * 2, largestSlab) : this.#slab.length
    this.flush()
    this.#slab = Buffer.allocUnsafeSlow(size)
    this.#start = 0
    this.#end = 0
  }
}
