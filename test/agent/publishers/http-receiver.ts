/** A real HTTP server that remembers what it gets and answers as it is told. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string
  /** Ends the connection instead. */
  readonly cut?: boolean
  /** Never answers. */
  readonly hang?: boolean
}

export class HttpReceiver implements AsyncDisposable {
  readonly requests: Received[] = []
  /** Connections that were made. */
  connections = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(answer: (request: Received, index: number) => Answer, tls: ServerOptions | undefined) {
    this.#server = tls === undefined ? createServer() : createSecureServer(tls)
    const onSocket = (socket: Socket): void => {
      this.connections += 1
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
    }
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', onSocket)
    this.#server.on('request', (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8')
        const { method = '', url: path = '', headers } = request
        const received = { method, path, headers, body }
        this.requests.push(received)
        const {
          status = 200,
          headers: more = {},
          body: said = '',
          cut,
          hang,
        } = answer(received, this.requests.length - 1)
        if (cut === true) request.socket.destroy()
        else if (hang !== true) response.writeHead(status, more).end(said)
      })
    })
  }

  static async start(
    answer: (request: Received, index: number) => Answer = () => ({}),
    options: { readonly tls?: ServerOptions; readonly port?: number } = {},
  ): Promise<HttpReceiver> {
    const receiver = new HttpReceiver(answer, options.tls)
    receiver.#server.listen(options.port ?? 0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** `127.0.0.1:port` */
  get place(): string {
    return `127.0.0.1:${this.port}`
  }

  /** The bodies as JSON. */
  // biome-ignore lint: a test knows what it sent
  get bodies(): any[] {
    return this.requests.map(({ body }) => JSON.parse(body))
  }

  /** Ends all connections that wait for a next request. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.dropConnections()
    await once(this.#server, 'close')
  }
}
