import type { Sample } from '../sample.js'
import type { HttpAnswer } from './http-answer.js'
import { httpRules, readHttpTarget, sslRule } from './http-target.js'
import { jsonText } from './json-text.js'
import { originalOtlpRequest, otlpRequest } from './otlp-request.js'
import { type Encode, mostTogether, Outbox } from './outbox.js'
import { outboxPublisher } from './outbox-publisher.js'
import type { Publisher } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { flag } from './url-options.js'

const rules = {
  ...httpRules,
  ssl: sslRule,
  /** The original's form, which no collector of today takes as it was meant. */
  compat: flag(false),
}

/**
 * `otlp://collector[:4318][/v1/metrics]` and `opentelemetryhttp://...`: OTLP over HTTP in its JSON encoding, all samples of a batch in one
 * request. A cumulative sample is a monotonic Sum, a delta one a Sum of delta temporality, others are Gauges. Throws ConfigurationError with
 * everything that is wrong.
 * source: ceilometer/publisher/opentelemetry_http.py
 */
export function otlpPublisher(url: PublisherURL, { logger, host }: PublisherSurroundings): Publisher {
  const isBare = url.path === '' || url.path === '/'
  const { values, target } = readHttpTarget(url, rules, ({ ssl, compat }) => ({
    isSecure: ssl,
    ...(isBare && !compat ? { path: '/v1/metrics' } : {}),
    ...(url.scheme === 'otlp' ? { defaultPort: 4318 } : {}),
  }))
  const headers = { ...target.headers, 'Content-Type': 'application/json' }
  const post = (body: string, signal: AbortSignal): Promise<HttpAnswer> =>
    target.client.post(target.url, { headers, body, signal, isPassing: mayBeRetried })
  const warn = (text: string): void => logger.warn(`${url.safe}: ${text}`)
  const encode: Encode<Sample> = (samples) => {
    const { body, dropped } = otlpRequest(samples, host)
    const text = jsonText(body)
    if (dropped > 0) warn(`${dropped} samples dropped: no number as volume, or no time as timestamp`)
    return async (signal) =>
      dropped === samples.length ? dropped : dropped + rejected(await post(text, signal), warn)
  }
  const encodeOriginal: Encode<Sample> = (samples) => {
    const texts = samples.map((sample) => jsonText(originalOtlpRequest(sample)))
    let next = 0
    return async (signal) => {
      for (; next < texts.length; next++) await post(texts[next] ?? '', signal)
    }
  }
  const mergeItems = values.compat ? 1 : mostTogether
  const limits = { concurrency: 4, mergeItems, retries: values.max_retries }
  return outboxPublisher(url, new Outbox({ name: url.safe, logger, ...limits }), {
    samples: values.compat ? encodeOriginal : encode,
    free: () => target.client.close(),
  })
}

/** A collector may take a part, and says so with a 200. Sending the rest again is forbidden. */
function rejected({ body }: HttpAnswer, warn: (text: string) => void): number {
  const part = partialSuccess(body)
  const count = Number(part?.['rejectedDataPoints'] ?? 0)
  const said = part?.['errorMessage']
  if (count > 0 || (typeof said === 'string' && said !== ''))
    warn(`${count} data points not taken: ${typeof said === 'string' ? said : 'no reason given'}`)
  return Number.isSafeInteger(count) && count > 0 ? count : 0
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
