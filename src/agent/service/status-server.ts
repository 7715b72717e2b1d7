/** What operators look at: `/metrics` for Prometheus, `/health` for probes, `/status` for `tocsin agent status`. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Asked at each request. */
export interface StatusSource {
  metrics(): string
  /** Healthy when every listener listens. */
  health(): { readonly isHealthy: boolean; readonly detail: unknown }
  status(): unknown
}

export interface StatusOptions {
  /** Default 127.0.0.1: it tells what the cloud does, and asks nobody for a password. */
  readonly host?: string
  /** 0 = any free port. Default 9754. */
  readonly port?: number
}

export class StatusServer {
  readonly #server: Server
  readonly #source: StatusSource

  private constructor(source: StatusSource) {
    this.#source = source
    this.#server = createServer((request, response) =>
      this.#answer(request.method, request.url ?? '/', response),
    )
  }

  /** Rejects when the port is taken. */
  static async start(
    source: StatusSource,
    { host = '127.0.0.1', port = 9754 }: StatusOptions,
  ): Promise<StatusServer> {
    const status = new StatusServer(source)
    await new Promise<void>((resolve, reject) => {
      status.#server.once('error', reject)
      status.#server.listen(port, host, () => {
        status.#server.off('error', reject)
        resolve()
      })
    })
    return status
  }

  /** `http://127.0.0.1:9754` */
  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** Resolves when the port is free. Idempotent. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  #answer(method: string | undefined, url: string, response: ServerResponse): void {
    if (method !== 'GET' && method !== 'HEAD') {
      send(response, 405, 'text/plain', 'only GET\n')
      return
    }
    switch (url.split('?')[0]) {
      case '/metrics':
        send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', this.#source.metrics())
        return
      case '/health': {
        const { isHealthy, detail } = this.#source.health()
        send(response, isHealthy ? 200 : 503, 'application/json', `${JSON.stringify(detail)}\n`)
        return
      }
      case '/status':
        send(response, 200, 'application/json', `${JSON.stringify(this.#source.status())}\n`)
        return
      default:
        send(response, 404, 'text/plain', 'there are /metrics, /health and /status\n')
    }
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
  response.end(body)
}
