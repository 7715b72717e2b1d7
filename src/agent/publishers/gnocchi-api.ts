/** The few requests to Gnocchi's REST API that a publisher makes, with its answers put into words. */
import { answerFailure, isTaken } from './http-answer.js'
import type { Session } from './openstack-login.js'
import type { OpenstackService } from './openstack-service.js'

export interface Measure {
  readonly timestamp: string
  readonly value: number
}

export interface MetricMeasures {
  readonly archive_policy_name?: string
  readonly unit?: string
  readonly measures: Measure[]
}

/** Resource id -> name of the metric -> its measures. */
export type MeasureBatch = Readonly<Record<string, Readonly<Record<string, MetricMeasures>>>>

export class GnocchiApi {
  readonly #service: OpenstackService

  constructor(service: OpenstackService) {
    this.#service = service
  }

  session(signal: AbortSignal): Promise<Session> {
    return this.#service.session(signal)
  }

  /** Resolves with the ids, as they were given, of the resources that there are not: then nothing was taken. */
  async sendMeasures(batch: MeasureBatch, signal: AbortSignal): Promise<readonly string[]> {
    const path = '/v1/batch/resources/metrics/measures?create_metrics=true'
    const { url, answer } = await this.#service.ask('POST', path, batch, signal)
    if (isTaken(answer)) return []
    const unknown = answer.status === 400 ? unknownResources(answer.body) : []
    if (unknown.length === 0) throw answerFailure('POST', url, answer)
    return unknown
  }

  /** Resolves with `no-such-type` when this Gnocchi does not know the type. One that is there already is fine. */
  async createResource(
    type: string,
    resource: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<'created' | 'no-such-type'> {
    const { url, answer } = await this.#service.ask('POST', `/v1/resource/${type}`, resource, signal)
    if (isTaken(answer) || answer.status === 409) return 'created'
    if (answer.status === 404) return 'no-such-type'
    throw answerFailure('POST', url, answer)
  }

  /** False = there is no such resource. */
  async updateResource(
    type: string,
    id: string,
    attributes: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const path = `/v1/resource/${type}/${encodeURIComponent(id)}`
    const { url, answer } = await this.#service.ask('PATCH', path, attributes, signal)
    if (isTaken(answer)) return true
    if (answer.status === 404) return false
    throw answerFailure('PATCH', url, answer)
  }
}

function unknownResources(body: string): readonly string[] {
  try {
    const { description } = JSON.parse(body) as {
      description?: { cause?: string; detail?: readonly { original_resource_id?: string }[] }
    }
    if (description?.cause !== 'Unknown resources' || !Array.isArray(description.detail)) return []
    return description.detail.flatMap(({ original_resource_id: id }) => (typeof id === 'string' ? [id] : []))
  } catch {
    // No JSON: an error of another kind, which its caller tells.
    return []
  }
}
