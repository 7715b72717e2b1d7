/** One HTTP receiver with its connections, which are kept. */
import { Agent as PlainAgent, request as plainRequest } from 'node:http'
import { request as secureRequest, Agent as TLSAgent } from 'node:https'
import type { SecureContextOptions } from 'node:tls'

import { answerFailure, type HttpAnswer, isTaken, shownTarget } from './http-answer.js'
import { describeError, PublishFailure } from './publish-failure.js'

export interface HttpClientOptions {
  /** Connections at most. */
  readonly connections: number
  /** Milliseconds from the request to the end of its answer. */
  readonly timeout: number
  readonly tls?: SecureContextOptions & { readonly rejectUnauthorized?: boolean }
}

export interface HttpRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
  /** Statuses after which `post` may be tried again. Default: 408, 425, 429 and 5xx. */
  readonly isPassing?: (status: number) => boolean
}

const longestBody = 1024 * 1024

export class HttpClient {
  readonly #timeout: number
  readonly #plain: PlainAgent
  readonly #secure: TLSAgent

  constructor({ connections, timeout, tls = {} }: HttpClientOptions) {
    const shared = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections }
    this.#timeout = timeout
    this.#plain = new PlainAgent(shared)
    this.#secure = new TLSAgent({ ...shared, ...tls })
  }

  /** Resolves when the receiver has taken the request (2xx). Rejects with PublishFailure. */
  async post(url: URL, request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.ask(url, { method: 'POST', ...request })
    if (isTaken(answer)) return answer
    throw answerFailure(request.method ?? 'POST', url, answer, request.isPassing)
  }

  /** Resolves with any answer. Rejects with PublishFailure when there is none. */
  async ask(url: URL, request: HttpRequest): Promise<HttpAnswer> {
    try {
      return await this.#attempt(url, request)
    } catch (error) {
      // A kept connection may just have been closed by the other side: that says nothing about the receiver.
      if (!(error instanceof StaleConnection)) throw error
      return await this.#attempt(url, request)
    }
  }

  /** Frees the connections; what is on its way fails. */
  close(): void {
    this.#plain.destroy()
    this.#secure.destroy()
  }

  #attempt(url: URL, { method = 'POST', headers = {}, body = '', signal }: HttpRequest): Promise<HttpAnswer> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    const isSecure = url.protocol === 'https:'
    const what = `${method} ${shownTarget(url)}`
    return new Promise((resolve, reject) => {
      const options = {
        method,
        agent: isSecure ? this.#secure : this.#plain,
        headers: bytes.length === 0 ? headers : { ...headers, 'Content-Length': String(bytes.length) },
      }
      const request = (isSecure ? secureRequest : plainRequest)(url, options)
      const fail = (code: string, text: string, cause?: unknown): void => {
        end()
        reject(new PublishFailure('failed', code, `${what}: ${text}`, { cause }))
        request.destroy()
      }
      const abort = (): void => fail('CLOSED', 'given up')
      const timer = setTimeout(() => fail('TIMED_OUT', `no answer within ${this.#timeout} ms`), this.#timeout)
      const end = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
      }
      request.on('error', (error: NodeJS.ErrnoException) => {
        if (request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')) {
          end()
          reject(new StaleConnection(`${what}: ${describeError(error)}`, error))
        } else fail('UNREACHABLE', describeError(error), error)
      })
      request.on('response', (response) => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          if (length < longestBody) chunks.push(chunk)
          length += chunk.length
        })
        response.on('error', (error) => fail('UNREACHABLE', describeError(error), error))
        response.on('end', () => {
          end()
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          })
        })
      })
      signal?.addEventListener('abort', abort)
      if (signal?.aborted === true) abort()
      else request.end(bytes)
    })
  }
}

/** The connection ended before an answer, and it was not a new one. */
class StaleConnection extends PublishFailure {
  constructor(text: string, cause: unknown) {
    super('failed', 'UNREACHABLE', text, { cause })
  }
}
