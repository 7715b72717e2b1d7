import type { Sample } from '../sample.js'
import { httpRules, readHttpTarget, sslRule } from './http-target.js'
import { type Encode, mostTogether, Outbox } from './outbox.js'
import { outboxPublisher } from './outbox-publisher.js'
import {
  originalPrometheusText,
  prometheusContentType,
  prometheusText,
  type Series,
  seriesOf,
} from './prometheus-text.js'
import type { Publisher } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { flag } from './url-options.js'

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
 * for each resource, in a group of its own; with them, one for all. Throws ConfigurationError with everything that is wrong.
 * source: ceilometer/publisher/prometheus.py
 */
export function prometheusPushPublisher(url: PublisherURL, { logger }: PublisherSurroundings): Publisher {
  const group = /\/job(?:@base64)?\/[^/]+(\/.+)?$/.exec(url.path)
  const { values, target } = readHttpTarget(url, rules, ({ ssl, compat }) => ({
    isSecure: ssl,
    problems:
      group === null && !compat
        ? [`a path with a job is wanted, such as '/metrics/job/openstack'; found '${url.path}'`]
        : [],
  }))
  const { client, headers } = target
  const isGrouped = group?.[1] !== undefined
  const contentType = values.compat ? 'plain/text' : prometheusContentType
  const encode: Encode<Sample> = (samples) => {
    const split = values.compat ? originalPushes : ownPushes
    const { pushes, dropped } = split(target.url, isGrouped, samples)
    let next = 0
    return async (signal) => {
      for (; next < pushes.length; next++) {
        const { url: place, body } = pushes[next] as Push
        await client.post(place, { headers: { ...headers, 'Content-Type': contentType }, body, signal })
      }
      return dropped
    }
  }
  // In order: a gateway keeps what came last.
  const limits = { mergeItems: values.compat ? 1 : mostTogether, retries: values.max_retries }
  return outboxPublisher(url, new Outbox({ name: url.safe, logger, ...limits }), {
    samples: encode,
    free: () => client.close(),
  })
}

interface Pushes {
  readonly pushes: readonly Push[]
  readonly dropped: number
}

function ownPushes(target: URL, isGrouped: boolean, samples: readonly Sample[]): Pushes {
  const all = samples.flatMap((sample) => seriesOf(sample) ?? [])
  const dropped = samples.length - all.length
  if (all.length === 0) return { pushes: [], dropped }
  if (isGrouped) return { pushes: [{ url: target, body: prometheusText(all) }], dropped }
  const groups = new Map<string | null, Series[]>()
  for (const series of all) {
    const group = groups.get(series.resourceId)
    if (group === undefined) groups.set(series.resourceId, [series])
    else group.push(series)
  }
  const pushes = [...groups].map(([resourceId, group]) => ({
    url: resourceId === null ? target : below(target, resourceGroup(resourceId)),
    body: prometheusText(group),
  }))
  return { pushes, dropped }
}

function originalPushes(target: URL, isGrouped: boolean, samples: readonly Sample[]): Pushes {
  if (isGrouped) return { pushes: [{ url: target, body: originalPrometheusText(samples) }], dropped: 0 }
  const ids = [...new Set(samples.map(({ resource_id }) => resource_id))]
  const pushes = ids.map((id) => ({
    url: below(target, `resource_id/${encodeURIComponent(id ?? 'None')}`),
    body: originalPrometheusText(samples.filter(({ resource_id }) => resource_id === id)),
  }))
  return { pushes, dropped: 0 }
}

/** The target's path with more behind it; its query stays behind both. */
function below(target: URL, path: string): URL {
  const url = new URL(target)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`
  return url
}

/** Part of a path. A gateway's router decodes %2F too early, so a text with a slash goes in base64, as it does for an empty one. */
function resourceGroup(resourceId: string): string {
  if (resourceId === '') return 'resource_id@base64/='
  if (!resourceId.includes('/')) return `resource_id/${encodeURIComponent(resourceId)}`
  return `resource_id@base64/${Buffer.from(resourceId).toString('base64url')}`
}
