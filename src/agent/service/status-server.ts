/** What operators look at: `/metrics` for Prometheus, `/health` for probes, `/status` for `tocsin agent status`, and a live page. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'

import { LIVE_PAGE, LIVE_SCRIPT, LIVE_STYLE } from './live-page.js'

/** Asked at each request. */
export interface StatusSource {
  metrics(): string
  /** Healthy when every listener listens. */
  health(): { readonly isHealthy: boolean; readonly detail: unknown }
  status(): unknown
  /** What the live page shows. Never rejects. */
  live(): Promise<unknown>
}

export interface StatusOptions {
  /** Default 127.0.0.1: it tells what the cloud does, and asks nobody for a password. */
  readonly host?: string
  /** 0 = any free port. Default 9754. */
  readonly port?: number
}

interface Answer {
  readonly status?: number
  readonly type: string
  readonly body: string
}

const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain; charset=utf-8'

const SAFETY = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
}

export class StatusServer {
  readonly #server: Server
  readonly #isLoopback: boolean
  readonly #routes: ReadonlyMap<string, () => Answer | Promise<Answer>>

  private constructor(source: StatusSource, host: string) {
    this.#isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.')
    this.#routes = routesOf(source)
    this.#server = createServer((request, response) => {
      // Never rejects: what a source throws is an answer.
      void this.#answer(request).then((answer) => send(response, answer))
    })
  }

  /** Rejects when the port is taken. */
  static async start(
    source: StatusSource,
    { host = '127.0.0.1', port = 9754 }: StatusOptions,
  ): Promise<StatusServer> {
    const status = new StatusServer(source, host)
    await new Promise<void>((resolve, reject) => {
      status.#server.once('error', (error) => {
        const text = `the status can't be served at ${host}:${port}: ${error.message}; free it, or give 'status' another host or port`
        reject(new Error(text, { cause: error }))
      })
      status.#server.listen(port, host, () => {
        status.#server.removeAllListeners('error')
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

  async #answer({ method, url = '/', headers: { host = '' } }: IncomingMessage): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, type: TEXT_TYPE, body: 'only GET\n' }
    if (this.#isLoopback && !isDirect(host))
      return { status: 403, type: TEXT_TYPE, body: 'ask by address or as localhost\n' }
    const route = this.#routes.get(url.split('?')[0] ?? '/')
    if (route === undefined)
      return { status: 404, type: TEXT_TYPE, body: 'there are /, /metrics, /health and /status\n' }
    try {
      return await route()
    } catch (error) {
      return {
        status: 500,
        type: TEXT_TYPE,
        body: `${error instanceof Error ? error.message : String(error)}\n`,
      }
    }
  }
}

function routesOf(source: StatusSource): ReadonlyMap<string, () => Answer | Promise<Answer>> {
  return new Map<string, () => Answer | Promise<Answer>>([
    ['/', () => ({ type: 'text/html; charset=utf-8', body: LIVE_PAGE })],
    ['/live.js', () => ({ type: 'text/javascript; charset=utf-8', body: LIVE_SCRIPT })],
    ['/live.css', () => ({ type: 'text/css; charset=utf-8', body: LIVE_STYLE })],
    ['/live', async () => ({ type: JSON_TYPE, body: json(await source.live()) })],
    ['/metrics', () => ({ type: 'text/plain; version=0.0.4; charset=utf-8', body: source.metrics() })],
    ['/status', () => ({ type: JSON_TYPE, body: json(source.status()) })],
    [
      '/health',
      () => {
        const { isHealthy, detail } = source.health()
        return { status: isHealthy ? 200 : 503, type: JSON_TYPE, body: json(detail) }
      },
    ],
  ])
}

/** A page elsewhere whose name is made to resolve to this machine must not read along: only names without dots, and addresses. */
function isDirect(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return isIP(name) !== 0 || !name.includes('.')
}

function json(value: unknown): string {
  return `${JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? String(member) : member))}\n`
}

function send(response: ServerResponse, { status = 200, type, body }: Answer): void {
  response.writeHead(status, { ...SAFETY, 'content-type': type })
  response.end(body)
}
