import type { Logger } from '../../index.js'
import type { Event } from '../event.js'
import type { Sample } from '../sample.js'
import { GnocchiApi, type MeasureBatch, type MetricMeasures } from './gnocchi-api.js'
import { attributesOf, endedResource, type ResourceType, resourceTypeOf } from './gnocchi-resources.js'
import { httpRules, refuseProblems, sslRule } from './http-target.js'
import { loginRules, type Session } from './openstack-login.js'
import { OpenstackService } from './openstack-service.js'
import { mostTogether, Outbox } from './outbox.js'
import { outboxPublisher } from './outbox-publisher.js'
import { PublishFailure, reasonWithout } from './publish-failure.js'
import type { Publisher } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { flag, readOptions, seconds, words } from './url-options.js'

const rules = {
  ...httpRules,
  ...loginRules,
  timeout: seconds(6.05, { min: 0.001, max: 86_400 }),
  ssl: sslRule,
  /** Of all metrics. Default: `ceilometer-low-rate` for cumulative ones, else `ceilometer-low`. */
  archive_policy: words(),
  /** Samples of Gnocchi's own project are dropped, for storing them would make more of them. */
  enable_filter_project: flag(true),
  filter_project: words('service'),
}

/** Attributes that were sent, of that many resources: the oldest are sent again. */
const knownResources = 10_000

interface Resource {
  readonly type: ResourceType
  readonly fields: Readonly<Record<string, unknown>>
  readonly attributes: Readonly<Record<string, string>>
  readonly metrics: Record<string, MetricMeasures>
}

/**
 * `gnocchi://[user:password@host:8041][?auth=keystone|basic|noauth]`: measures in batches; resources and metrics that are missing are made.
 * Events that end a resource set its `ended_at`. Throws ConfigurationError with everything that is wrong.
 * source: ceilometer/publisher/gnocchi.py
 */
export function gnocchiPublisher(
  url: PublisherURL,
  { logger, environment }: PublisherSurroundings,
): Publisher {
  const { values, problems: found } = readOptions(url.query, rules)
  const problems = [...found]
  const about = { service: 'metric', defaultPort: 8041, isSecure: values.ssl, rules, environment }
  const service = OpenstackService.of(url, values, about, problems)
  refuseProblems(url, problems)
  const archive = new Archive(new GnocchiApi(service), {
    url: url.safe,
    logger,
    archivePolicy: values.archive_policy,
    filterProject: values.enable_filter_project ? values.filter_project : undefined,
  })
  const limits = { concurrency: 2, mergeItems: mostTogether, retries: values.max_retries }
  return outboxPublisher(url, new Outbox({ name: url.safe, logger, ...limits }), {
    samples: (samples) => (signal) => archive.send(samples, signal),
    events: (events) => (signal) => archive.end(events, signal),
    free: () => service.close(),
  })
}

interface ArchiveOptions {
  readonly url: string
  readonly logger: Logger
  readonly archivePolicy: string | undefined
  /** Name of the project whose samples are dropped. */
  readonly filterProject: string | undefined
}

/** A Gnocchi, and what it was told already. */
class Archive {
  readonly #api: GnocchiApi
  readonly #options: ArchiveOptions
  /** Resource id -> its attributes as they were last sent. */
  readonly #sent = new Map<string, string>()
  readonly #missingTypes = new Set<string>()

  constructor(api: GnocchiApi, options: ArchiveOptions) {
    this.#api = api
    this.#options = options
  }

  async send(samples: readonly Sample[], signal: AbortSignal): Promise<number> {
    const { resources, dropped } = this.#resources(samples, await this.#api.session(signal))
    if (resources.size === 0) return dropped
    const batch: MeasureBatch = Object.fromEntries([...resources].map(([id, { metrics }]) => [id, metrics]))
    const unknown = await this.#api.sendMeasures(batch, signal)
    for (const id of unknown) await this.#create(id, resources.get(id), signal)
    if (unknown.length > 0) {
      const still = await this.#api.sendMeasures(batch, signal)
      if (still.length > 0)
        throw new PublishFailure(
          'failed',
          'UNEXPECTED_ANSWER',
          `${this.#options.url}: resources were made and are still unknown`,
        )
    }
    for (const [id, resource] of resources) await this.#update(id, resource, signal)
    return dropped
  }

  #resources(
    samples: readonly Sample[],
    { projectId, projectName }: Session,
  ): { readonly resources: ReadonlyMap<string, Resource>; readonly dropped: number } {
    const own =
      projectName !== undefined && projectName === this.#options.filterProject ? projectId : undefined
    const resources = new Map<string, Resource>()
    let dropped = 0
    for (const sample of samples) {
      const value =
        typeof sample.volume === 'string' ? Number.parseFloat(sample.volume) : Number(sample.volume)
      const id = sample.resource_id?.replaceAll('/', '_')
      if (!id || !Number.isFinite(value) || (own !== undefined && sample.project_id === own)) {
        dropped += 1
        continue
      }
      const resource = resources.get(id) ?? newResource(id, sample)
      resources.set(id, resource)
      Object.assign(resource.attributes, attributesOf(sample, resource.type))
      const metric = (resource.metrics[sample.name] ??= this.#metric(sample))
      metric.measures.push({ timestamp: sample.timestamp, value })
    }
    return { resources, dropped }
  }

  #metric({ type, unit }: Sample): MetricMeasures {
    const policy =
      this.#options.archivePolicy ?? (type === 'cumulative' ? 'ceilometer-low-rate' : 'ceilometer-low')
    return { archive_policy_name: policy, unit, measures: [] }
  }

  async #create(id: string, resource: Resource | undefined, signal: AbortSignal): Promise<void> {
    if (resource === undefined) return
    const { type, fields, attributes, metrics } = resource
    const defined = Object.entries(metrics).map(([name, { archive_policy_name, unit }]) => [
      name,
      { archive_policy_name, unit },
    ])
    const common = { ...fields, metrics: Object.fromEntries(defined) }
    const made = await this.#api.createResource(type.type, { ...common, ...attributes }, signal)
    if (made === 'created') return this.#remember(id, attributes)
    if (!this.#missingTypes.has(type.type))
      this.#options.logger.warn(
        `${this.#options.url}: there is no resource type '${type.type}'; its resources are made as 'generic'`,
      )
    this.#missingTypes.add(type.type)
    await this.#api.createResource('generic', common, signal)
    this.#remember(id, attributes)
  }

  /** The measures are taken: trouble here is told, and nothing is sent again for it. */
  async #update(id: string, { type, attributes }: Resource, signal: AbortSignal): Promise<void> {
    if (Object.keys(attributes).length === 0 || this.#missingTypes.has(type.type)) return
    if (this.#sent.get(id) === JSON.stringify(attributes)) return
    try {
      await this.#api.updateResource(type.type, id, attributes, signal)
      this.#remember(id, attributes)
    } catch (error) {
      this.#options.logger.warn(
        `${this.#options.url}: the attributes of a resource were not taken: ${reasonWithout(this.#options.url, error)}`,
      )
    }
  }

  async end(events: readonly Event[], signal: AbortSignal): Promise<number> {
    let dropped = 0
    for (const event of events) {
      const ended = endedResource(event)
      if (ended === undefined) dropped += 1
      else await this.#api.updateResource(ended.type, ended.id, { ended_at: `${event.generated}Z` }, signal)
    }
    return dropped
  }

  #remember(id: string, attributes: Readonly<Record<string, string>>): void {
    this.#sent.delete(id)
    this.#sent.set(id, JSON.stringify(attributes))
    if (this.#sent.size <= knownResources) return
    for (const oldest of this.#sent.keys()) {
      this.#sent.delete(oldest)
      break
    }
  }
}

function newResource(id: string, sample: Sample): Resource {
  const { user_id, project_id } = sample
  const fields = {
    id,
    ...(user_id === null ? {} : { user_id }),
    ...(project_id === null ? {} : { project_id }),
  }
  const metrics = Object.create(null) as Record<string, MetricMeasures>
  return { type: resourceTypeOf(sample.name), fields, attributes: {}, metrics }
}
