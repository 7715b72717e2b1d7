/** Cuts a connection in the middle of an AMQP frame of a given kind. */
import type { Pair, TcpProxy } from '../../support/tcp-proxy.js'

const types = { method: 1, header: 2, body: 3 } as const
const headerLength = 7
/** 'AMQP', 0, 0, 9, 1: what a client sends before its first frame. */
const greetingLength = 8

export type FrameKind = keyof typeof types

/** Follows the frames of all connections through a proxy; made before the first of them. */
export class FrameCutter {
  readonly #lines = new WeakMap<Pair, Record<'client' | 'broker', FrameLine>>()
  #wanted: { readonly from: 'client' | 'broker'; readonly type: number } | undefined
  /** Frames cut so far. */
  cuts = 0

  constructor(proxy: TcpProxy) {
    proxy.cutWithin = (bytes, from, pair) => {
      const lines = this.#lines.get(pair) ?? {
        client: new FrameLine(greetingLength),
        broker: new FrameLine(0),
      }
      this.#lines.set(pair, lines)
      const wanted = this.#wanted?.from === from ? this.#wanted.type : undefined
      const place = lines[from].feed(bytes, wanted)
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
}

/** One direction of a connection. */
class FrameLine {
  /** Bytes until the next frame begins. */
  #left: number
  #header = Buffer.alloc(0)
  /** Bytes until the cut, once a frame is chosen. */
  #untilCut: number | undefined

  constructor(left: number) {
    this.#left = left
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
    if (this.#header[0] === wanted) this.#untilCut = Math.floor(size / 2)
    this.#header = Buffer.alloc(0)
    // The byte that ends each frame.
    this.#left = size + 1
  }
}
