import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Sample } from '../sample.js'
import { Counters } from './counters.js'
import { refuseProblems } from './http-target.js'
import { prometheusContentType, prometheusText, type Series, seriesOf } from './prometheus-text.js'
import { describeError, PublishFailure, publisherClosed } from './publish-failure.js'
import type { Publisher, PublisherStats } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { readOptions, seconds, wholeNumber } from './url-options.js'

const rules = {
  /** Series held at most; beyond it the one that was not renewed longest goes. */
  max_series: wholeNumber(10_000, { min: 1, max: 10_000_000 }),
  /** Seconds after which a series that was not renewed is no longer shown. 0 = never. */
  max_age: seconds(3_600, { min: 0, max: 31_536_000 }),
}

interface Kept extends Series {
  readonly at: number
}

/**
 * `prometheus-scrape://127.0.0.1:9101/metrics`: a server for Prometheus to scrape, with the latest value of each series. What it holds is
 * bounded in number and age.
 */
export class PrometheusScrapePublisher implements Publisher {
  readonly url: string
  readonly #hostname: string
  readonly #port: number
  readonly #path: string
  readonly #maxSeries: number
  readonly #maxAge: number
  readonly #counters = new Counters()
  /** By name and labels, the one renewed longest ago first. */
  readonly #series = new Map<string, Kept>()
  readonly #logger: PublisherSurroundings['logger']
  #opened: Promise<void> | undefined
  #server: Server | undefined
  #isClosed = false
  #isFull = false

  /** Throws ConfigurationError with everything that is wrong. */
  constructor(url: PublisherURL, { logger }: PublisherSurroundings) {
    const { values, problems: found } = readOptions(url.query, rules)
    const problems = [...found]
    if (url.hostname === '' || url.port === undefined)
      problems.push(`an address to listen at is wanted, such as '${url.scheme}://127.0.0.1:9101/metrics'`)
    refuseProblems(url, problems)
    this.url = url.safe
    this.#hostname = url.hostname
    this.#port = url.port ?? 0
    this.#path = url.path === '' || url.path === '/' ? '/metrics' : url.path
    this.#maxSeries = values.max_series
    this.#maxAge = values.max_age === 0 ? Number.POSITIVE_INFINITY : values.max_age * 1_000
    this.#logger = logger
  }

  /** Where it listens once it is open; undefined before. Of use with port 0. */
  get address(): string | undefined {
    const address = this.#server?.address() as AddressInfo | null | undefined
    if (address === null || address === undefined) return undefined
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
    return `http://${host}:${address.port}${this.#path}`
  }

  /** Rejects with PublishFailure when it can't listen there; the next call tries again. */
  open(): Promise<void> {
    if (this.#isClosed) return Promise.reject(publisherClosed(this.url))
    this.#opened ??= this.#listen().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  async publishSamples(samples: readonly Sample[]): Promise<void> {
    try {
      await this.open()
    } catch (error) {
      this.#counters.failed += samples.length
      throw error
    }
    for (const sample of samples) this.#keep(sample)
  }

  async flush(): Promise<void> {
    // Nothing is held back: what was published is served.
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#opened?.catch(() => {})
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    this.#series.clear()
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }

  stats(): PublisherStats {
    return this.#counters.stats()
  }

  #keep(sample: Sample): void {
    const series = seriesOf(sample)
    if (series === undefined) {
      this.#counters.dropped += 1
      return
    }
    const key = `${series.name}${series.labels}`
    this.#series.delete(key)
    this.#series.set(key, { ...series, at: performance.now() })
    this.#counters.published += 1
    if (this.#series.size <= this.#maxSeries) return
    for (const oldest of this.#series.keys()) {
      this.#series.delete(oldest)
      break
    }
    this.#counters.dropped += 1
    if (!this.#isFull)
      this.#logger.warn(
        `${this.url}: more than ${this.#maxSeries} series; those renewed longest ago are dropped (max_series)`,
      )
    this.#isFull = true
  }

  async #listen(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response))
    try {
      server.listen(this.#port, this.#hostname)
      await once(server, 'listening')
    } catch (error) {
      throw new PublishFailure(
        'failed',
        'UNREACHABLE',
        `${this.url}: it can't listen: ${describeError(error)}`,
        {
          cause: error,
        },
      )
    }
    this.#server = server
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [path] = (request.url ?? '').split('?')
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (path !== this.#path || !isRead) {
      response.writeHead(isRead ? 404 : 405).end()
      return
    }
    response.writeHead(200, { 'Content-Type': prometheusContentType }).end(prometheusText(this.#fresh()))
  }

  #fresh(): Iterable<Series> {
    const oldest = performance.now() - this.#maxAge
    for (const [key, { at }] of this.#series) {
      if (at >= oldest) break
      this.#series.delete(key)
    }
    return this.#series.values()
  }
}
