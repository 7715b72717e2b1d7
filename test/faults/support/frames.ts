/** AMQP frames on their way through a proxy: a connection is reset in the middle of one, or one more is slipped in between two. */
import type { Pair, TcpProxy } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'

const types = { method: 1, header: 2, body: 3 } as const
const headerLength = 7
/** 'AMQP', 0, 0, 9, 1: what a client sends before its first frame. */
const greetingLength = 8

export type FrameKind = keyof typeof types

/** Follows the frames of all connections through a proxy; made before the first of them. */
export class Frames {
  readonly #lines = new Map<Pair, Record<'client' | 'broker', FrameLine>>()
  #wanted: { readonly from: 'client' | 'broker'; readonly type: number } | undefined
  /** Frames cut so far. */
  cuts = 0
  /** On which a body passed last. */
  bodyChannel = 0

  constructor(proxy: TcpProxy) {
    proxy.cutWithin = (bytes, from, pair) => {
      const lines = this.#lines.get(pair) ?? this.#follow(pair)
      const wanted = this.#wanted?.from === from ? this.#wanted.type : undefined
      const place = lines[from].feed(bytes, wanted)
      this.bodyChannel = lines[from].bodyChannel ?? this.bodyChannel
      if (place === undefined) return undefined
      this.cuts += 1
      this.#wanted = undefined
      return place
    }
  }

  /** Resets the connection by which the next such frame passes, halfway through it. */
  cutInside(kind: FrameKind, from: 'client' | 'broker'): void {
    this.#wanted = { from, type: types[kind] }
  }

  /** Hands the broker a frame of each client, at the next end of a frame of its own. */
  async asClient(frame: Buffer): Promise<void> {
    for (const [pair, { client }] of this.#lines) {
      await until(() => client.isBetweenFrames)
      pair.far.write(frame)
    }
  }

  #follow(pair: Pair): Record<'client' | 'broker', FrameLine> {
    const lines = { client: new FrameLine(greetingLength), broker: new FrameLine(0) }
    this.#lines.set(pair, lines)
    pair.near.once('close', () => this.#lines.delete(pair))
    return lines
  }
}

/** An acknowledgement of a message that was never delivered: the broker closes the channel (406), whatever it is used for. */
export function wrongAck(channel: number): Buffer {
  const payload = Buffer.alloc(13)
  payload.writeUInt16BE(60, 0)
  payload.writeUInt16BE(80, 2)
  payload.writeBigUInt64BE(999_999_999n, 4)
  const frame = Buffer.alloc(headerLength + payload.length + 1)
  frame.writeUInt8(types.method, 0)
  frame.writeUInt16BE(channel, 1)
  frame.writeUInt32BE(payload.length, 3)
  payload.copy(frame, headerLength)
  frame.writeUInt8(0xce, frame.length - 1)
  return frame
}

/** One direction of a connection. */
class FrameLine {
  /** Bytes until the next frame begins. */
  #left: number
  #header = Buffer.alloc(0)
  /** Bytes until the cut, once a frame is chosen. */
  #untilCut: number | undefined
  bodyChannel: number | undefined

  constructor(left: number) {
    this.#left = left
  }

  get isBetweenFrames(): boolean {
    return this.#left === 0 && this.#header.length === 0
  }

  /** How many of these bytes still pass, when a frame of the wanted type is to be cut in them. */
  feed(bytes: Buffer, wanted: number | undefined): number | undefined {
    let at = 0
    while (at < bytes.length) {
      if (this.#left > 0) {
        const passing = Math.min(this.#left, bytes.length - at)
        if (this.#untilCut !== undefined && this.#untilCut < passing) return at + this.#untilCut
        if (this.#untilCut !== undefined) this.#untilCut -= passing
        this.#left -= passing
        at += passing
        continue
      }
      const part = bytes.subarray(at, at + headerLength - this.#header.length)
      at += part.length
      this.#header = Buffer.concat([this.#header, part])
      if (this.#header.length === headerLength) this.#begin(wanted)
    }
    return undefined
  }

  #begin(wanted: number | undefined): void {
    const size = this.#header.readUInt32BE(3)
    if (this.#header[0] === types.body) this.bodyChannel = this.#header.readUInt16BE(1)
    if (this.#header[0] === wanted) this.#untilCut = Math.floor(size / 2)
    this.#header = Buffer.alloc(0)
    // The byte that ends each frame.
    this.#left = size + 1
  }
}
