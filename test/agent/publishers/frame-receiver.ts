/** A real TCP server that reads frames of tcp:// with a MessagePack library, and breaks connections as it is told. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

import { decode } from '@msgpack/msgpack'

// biome-ignore lint: a test knows what it sent
export type Metering = any

export class FrameReceiver implements AsyncDisposable {
  readonly messages: Metering[] = []
  connections = 0
  /** Called for each piece of bytes: true = break the connection now, with a reset. */
  breaks: (received: number, connection: number) => boolean = () => false
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor() {
    this.#server = createServer((socket) => this.#read(socket))
  }

  static async start(port = 0): Promise<FrameReceiver> {
    const receiver = new FrameReceiver()
    receiver.#server.listen(port, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Ids, each once, in the order of their first arrival. */
  get ids(): readonly string[] {
    return [...new Set(this.messages.map(({ message_id: id }) => id as string))]
  }

  resetConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  endConnections(): void {
    for (const socket of this.#sockets) socket.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  #read(socket: Socket): void {
    const connection = this.connections
    this.connections += 1
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
    let rest: Buffer = Buffer.alloc(0)
    let received = 0
    socket.on('data', (chunk) => {
      received += chunk.length
      if (this.breaks(received, connection)) return void socket.resetAndDestroy()
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 8) {
        const length = Number(rest.readBigUInt64LE())
        if (rest.length < 8 + length) break
        this.messages.push(decode(rest.subarray(8, 8 + length), { useBigInt64: false }))
        rest = rest.subarray(8 + length)
      }
    })
  }
}
