/** A TCP proxy in front of a broker: counts, cuts, holds back, slows down and rewrites what goes through it. */
import { connect, createServer, type Server, type Socket } from 'node:net'

/** The shared broker of the tests. */
export const brokerUrl: string = process.env['TOCSIN_TEST_RABBIT_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672/'

/** A connection through the proxy: the client's end, and the broker's. */
export interface Pair {
  readonly near: Socket
  readonly far: Socket
}

export class TcpProxy {
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #port = 0
  #isHeld = false
  /** Connections accepted so far. */
  accepted = 0
  /** Changes what the client sends, keeping its length. */
  rewrite: ((bytes: Buffer) => Buffer) | undefined
  /** Looks at what passes. A number: so many bytes of it still pass, then the connection is reset. */
  cutWithin: ((bytes: Buffer, from: 'client' | 'broker', pair: Pair) => number | undefined) | undefined
  /** Bytes a second that pass in each direction of each connection; the sender feels it as back pressure. */
  bytesPerSecond: number | undefined

  private constructor(target: URL) {
    this.#server = createServer((near) => this.#accept(near, target))
  }

  static async start(target: string = brokerUrl): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(target))
    await proxy.listen()
    return proxy
  }

  get port(): number {
    return this.#port
  }

  /** The broker's URL with this proxy's address. */
  url(options = '', target: string = brokerUrl): string {
    const url = new URL(target)
    url.hostname = '127.0.0.1'
    url.port = String(this.#port)
    return `${url.href}${options}`
  }

  /** Accepts again, on the same port. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as { port: number }).port
  }

  /** Refuses connections from now on, and cuts those that are open. */
  async refuse(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.cut()
    await closed
  }

  /** Cuts all connections; new ones are accepted. */
  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.destroy()
      far.destroy()
    }
  }

  /** Lets nothing through in either direction until `release`, as a network that has gone away does. */
  hold(): void {
    this.#isHeld = true
    this.holdAnswers()
    for (const { near } of this.#pairs) near.pause()
  }

  /** Lets nothing of the broker's through until `release`. */
  holdAnswers(): void {
    for (const { far } of this.#pairs) far.pause()
  }

  release(): void {
    this.#isHeld = false
    for (const { near, far } of this.#pairs) {
      near.resume()
      far.resume()
    }
  }

  /** Puts bytes before the client of every connection, as if the broker had sent them. */
  inject(bytes: Buffer): void {
    for (const { near } of this.#pairs) near.write(bytes)
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.refuse()
  }

  #accept(near: Socket, target: URL): void {
    this.accepted += 1
    const far = connect(Number(target.port === '' ? 5672 : target.port), target.hostname)
    const pair = { near, far }
    this.#pairs.add(pair)
    near.on('data', (bytes: Buffer) => this.#pass(this.rewrite?.(bytes) ?? bytes, 'client', pair))
    far.on('data', (bytes: Buffer) => this.#pass(bytes, 'broker', pair))
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('end', () => other.end())
      // A cut is the point of this proxy: the error is the other end's.
      one.on('error', () => other.destroy())
      one.on('close', () => {
        this.#pairs.delete(pair)
        other.destroy()
      })
      if (this.#isHeld) one.pause()
    }
  }

  #pass(bytes: Buffer, from: 'client' | 'broker', pair: Pair): void {
    const [source, sink] = from === 'client' ? [pair.near, pair.far] : [pair.far, pair.near]
    const passing = this.cutWithin?.(bytes, from, pair)
    if (passing !== undefined) {
      sink.write(bytes.subarray(0, passing), () => {
        pair.near.resetAndDestroy()
        pair.far.resetAndDestroy()
      })
      return
    }
    sink.write(bytes)
    if (this.bytesPerSecond === undefined) return
    source.pause()
    const forget = (): void => clearTimeout(pause)
    const goOn = (): void => {
      source.off('close', forget)
      if (!this.#isHeld) source.resume()
    }
    const pause = setTimeout(goOn, (bytes.length / this.bytesPerSecond) * 1_000)
    source.once('close', forget)
  }
}

/** A `basic.deliver` of the broker's, as bytes, without the message that follows it. */
export function deliver(channel: number, consumerTag: string): Buffer {
  const tag = Buffer.from(consumerTag)
  const end = Buffer.alloc(8 + 1 + 2)
  end.writeBigUInt64BE(1n, 0)
  return methodFrame(channel, 60, 60, Buffer.concat([Buffer.from([tag.length]), tag, end]))
}

/** A `channel.close` of the broker's, as bytes. */
export function channelClose(channel: number, code: number, text: string): Buffer {
  const reason = Buffer.from(text)
  const start = Buffer.alloc(3)
  start.writeUInt16BE(code, 0)
  start.writeUInt8(reason.length, 2)
  return methodFrame(channel, 20, 40, Buffer.concat([start, reason, Buffer.alloc(4)]))
}

function methodFrame(channel: number, kind: number, method: number, fields: Buffer): Buffer {
  const start = Buffer.alloc(11)
  start.writeUInt8(1, 0)
  start.writeUInt16BE(channel, 1)
  start.writeUInt32BE(4 + fields.length, 3)
  start.writeUInt16BE(kind, 7)
  start.writeUInt16BE(method, 9)
  return Buffer.concat([start, fields, Buffer.from([0xce])])
}
