import type { Logger } from '../../index.js'
import type { Sample } from '../sample.js'
import type { HttpAnswer } from './http-answer.js'
import type { HttpTarget } from './http-target.js'
import { httpRules, httpTarget, refuseProblems, sslRule } from './http-target.js'
import { jsonText } from './json-text.js'
import { originalOtlpRequest, otlpRequest } from './otlp-request.js'
import { type Encode, mostTogether, Outbox } from './outbox.js'
import type { Publisher, PublisherStats } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { flag, readOptions } from './url-options.js'

const rules = {
  ...httpRules,
  ssl: sslRule,
  /** The original's form, which no collector of today takes as it was meant. */
  compat: flag(false),
}

/**
 * `otlp://collector[:4318][/v1/metrics]` and `opentelemetryhttp://...`: OTLP over HTTP in its JSON encoding, all samples of a batch in one
 * request. A cumulative sample is a monotonic Sum, a delta one a Sum of delta temporality, others are Gauges.
 * source: ceilometer/publisher/opentelemetry_http.py
 */
export class OtlpPublisher implements Publisher {
  readonly url: string
  readonly #target: HttpTarget
  readonly #isCompat: boolean
  readonly #host: string
  readonly #logger: Logger
  readonly #outbox: Outbox

  /** Throws ConfigurationError with everything that is wrong. */
  constructor(url: PublisherURL, { logger, host }: PublisherSurroundings) {
    const { values, problems: found } = readOptions(url.query, rules, { others: 'kept' })
    const problems = [...found]
    const isBare = url.path === '' || url.path === '/'
    const place = isBare && !values.compat ? { ...url, path: '/v1/metrics' } : url
    const defaults = url.scheme === 'otlp' ? { defaultPort: 4318 } : {}
    const target = httpTarget(place, values, { isSecure: values.ssl, rules, ...defaults }, problems)
    refuseProblems(url, problems)
    this.url = url.safe
    this.#target = target as HttpTarget
    this.#isCompat = values.compat
    this.#host = host
    this.#logger = logger
    this.#outbox = new Outbox({
      name: url.safe,
      logger,
      concurrency: 4,
      mergeItems: values.compat ? 1 : mostTogether,
      retries: values.max_retries,
    })
  }

  publishSamples(samples: readonly Sample[]): Promise<void> {
    if (samples.length === 0) return Promise.resolve()
    return this.#outbox.put(samples, this.#isCompat ? this.#encodeOriginal : this.#encode)
  }

  flush(): Promise<void> {
    return this.#outbox.flush()
  }

  async close(deadline?: number): Promise<void> {
    await this.#outbox.close(deadline)
    this.#target.client.close()
  }

  stats(): PublisherStats {
    return this.#outbox.stats()
  }

  readonly #encode: Encode<Sample> = (samples) => {
    const { body, dropped } = otlpRequest(samples, this.#host)
    const text = jsonText(body)
    if (dropped > 0)
      this.#logger.warn(
        `${this.url}: ${dropped} samples dropped: no number as volume, or no time as timestamp`,
      )
    return async (signal) =>
      dropped === samples.length ? dropped : dropped + this.#rejected(await this.#post(text, signal))
  }

  readonly #encodeOriginal: Encode<Sample> = (samples) => {
    const texts = samples.map((sample) => jsonText(originalOtlpRequest(sample)))
    let next = 0
    return async (signal) => {
      for (; next < texts.length; next++) await this.#post(texts[next] ?? '', signal)
    }
  }

  #post(body: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { url, client, headers } = this.#target
    const sent = { ...headers, 'Content-Type': 'application/json' }
    return client.post(url, { headers: sent, body, signal, isPassing: mayBeRetried })
  }

  /** A collector may take a part, and says so with a 200. Sending the rest again is forbidden. */
  #rejected({ body }: HttpAnswer): number {
    const part = partialSuccess(body)
    const rejected = Number(part?.['rejectedDataPoints'] ?? 0)
    const said = part?.['errorMessage']
    if (rejected > 0 || (typeof said === 'string' && said !== ''))
      this.#logger.warn(
        `${this.url}: ${rejected} data points not taken: ${typeof said === 'string' ? said : 'no reason given'}`,
      )
    return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0
  }
}

/** OTLP/HTTP names them; all others must not be tried again. */
function mayBeRetried(status: number): boolean {
  return [429, 502, 503, 504].includes(status)
}

function partialSuccess(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const answer: unknown = JSON.parse(body)
    const part = (answer as { partialSuccess?: unknown } | null)?.partialSuccess
    return typeof part === 'object' && part !== null ? (part as Record<string, unknown>) : undefined
  } catch {
    // An empty answer, or that of a proxy: 2xx is all that counts.
    return undefined
  }
}
