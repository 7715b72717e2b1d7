import type { Sample } from '../sample.js'
import type { HttpTarget } from './http-target.js'
import { httpRules, httpTarget, refuseProblems, sslRule } from './http-target.js'
import { type Encode, mostTogether, Outbox } from './outbox.js'
import {
  originalPrometheusText,
  prometheusContentType,
  prometheusText,
  type Series,
  seriesOf,
} from './prometheus-text.js'
import type { Publisher, PublisherStats } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { flag, readOptions } from './url-options.js'

const rules = {
  ...httpRules,
  ssl: sslRule,
  /** The original's text: content type `plain/text`, nothing escaped, `None` for null. */
  compat: flag(false),
}

/** One request of a batch. */
interface Push {
  readonly url: URL
  readonly body: string
}

/**
 * `prometheus://gateway:9091/metrics/job/<job>[/<label>/<value>...]`: to a Pushgateway. Without grouping labels behind the job, one request
 * for each resource, in a group of its own; with them, one for all.
 * source: ceilometer/publisher/prometheus.py
 */
export class PrometheusPushPublisher implements Publisher {
  readonly url: string
  readonly #target: HttpTarget
  readonly #isCompat: boolean
  readonly #isGrouped: boolean
  readonly #outbox: Outbox

  /** Throws ConfigurationError with everything that is wrong. */
  constructor(url: PublisherURL, { logger }: PublisherSurroundings) {
    const { values, problems: found } = readOptions(url.query, rules, { others: 'kept' })
    const problems = [...found]
    const target = httpTarget(url, values, { isSecure: values.ssl, rules }, problems)
    const group = /\/job(?:@base64)?\/[^/]+(\/.+)?$/.exec(url.path)
    if (group === null && !values.compat)
      problems.push(`a path with a job is wanted, such as '/metrics/job/openstack'; found '${url.path}'`)
    refuseProblems(url, problems)
    this.url = url.safe
    this.#target = target as HttpTarget
    this.#isCompat = values.compat
    this.#isGrouped = group?.[1] !== undefined
    // In order: a gateway keeps what came last.
    this.#outbox = new Outbox({
      name: url.safe,
      logger,
      mergeItems: values.compat ? 1 : mostTogether,
      retries: values.max_retries,
    })
  }

  publishSamples(samples: readonly Sample[]): Promise<void> {
    if (samples.length === 0) return Promise.resolve()
    return this.#outbox.put(samples, this.#encode)
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
    const { client, headers } = this.#target
    const contentType = this.#isCompat ? 'plain/text' : prometheusContentType
    const { pushes, dropped } = this.#isCompat ? this.#originalPushes(samples) : this.#pushes(samples)
    let next = 0
    return async (signal) => {
      for (; next < pushes.length; next++) {
        const { url, body } = pushes[next] as Push
        await client.post(url, { headers: { ...headers, 'Content-Type': contentType }, body, signal })
      }
      return dropped
    }
  }

  #pushes(samples: readonly Sample[]): { pushes: readonly Push[]; dropped: number } {
    const all = samples.flatMap((sample) => seriesOf(sample) ?? [])
    const dropped = samples.length - all.length
    if (all.length === 0) return { pushes: [], dropped }
    if (this.#isGrouped) return { pushes: [{ url: this.#target.url, body: prometheusText(all) }], dropped }
    const groups = new Map<string | null, Series[]>()
    for (const series of all) {
      const group = groups.get(series.resourceId)
      if (group === undefined) groups.set(series.resourceId, [series])
      else group.push(series)
    }
    const pushes = [...groups].map(([resourceId, group]) => ({
      url: resourceId === null ? this.#target.url : this.#below(resourceGroup(resourceId)),
      body: prometheusText(group),
    }))
    return { pushes, dropped }
  }

  #originalPushes(samples: readonly Sample[]): { pushes: readonly Push[]; dropped: number } {
    if (this.#isGrouped)
      return { pushes: [{ url: this.#target.url, body: originalPrometheusText(samples) }], dropped: 0 }
    const ids = [...new Set(samples.map(({ resource_id }) => resource_id))]
    const pushes = ids.map((id) => ({
      url: this.#below(`resource_id/${encodeURIComponent(id ?? 'None')}`),
      body: originalPrometheusText(samples.filter(({ resource_id }) => resource_id === id)),
    }))
    return { pushes, dropped: 0 }
  }

  /** The target's path with more behind it; its query stays behind both. */
  #below(path: string): URL {
    const url = new URL(this.#target.url)
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`
    return url
  }
}

/** Part of a path. A gateway's router decodes %2F too early, so a text with a slash goes in base64, as it does for an empty one. */
function resourceGroup(resourceId: string): string {
  if (resourceId === '') return 'resource_id@base64/='
  if (!resourceId.includes('/')) return `resource_id/${encodeURIComponent(resourceId)}`
  return `resource_id@base64/${Buffer.from(resourceId).toString('base64url')}`
}
