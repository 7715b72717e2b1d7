/** As much of Gnocchi's REST API as a publisher meets, by its documentation, and a Keystone; both over real HTTP. */
import type { Answer, Received } from './http-receiver.js'
import { HttpReceiver } from './http-receiver.js'

interface Resource {
  readonly type: string
  readonly attributes: Record<string, unknown>
  readonly metrics: Record<string, Record<string, unknown>>
}

type Batch = Record<string, Record<string, { measures: { timestamp: string; value: number }[] }>>

export class GnocchiServer implements AsyncDisposable {
  readonly resources: Map<string, Resource> = new Map()
  /** `resource/metric` -> values. */
  readonly measures: Map<string, number[]> = new Map()
  readonly types: Set<string>
  /** Whether a request is let in. */
  letsIn: (request: Received) => boolean = () => true
  readonly http: HttpReceiver

  private constructor(http: HttpReceiver, types: readonly string[]) {
    this.http = http
    this.types = new Set(types)
  }

  static async start(
    types: readonly string[] = ['generic', 'instance', 'volume', 'network'],
  ): Promise<GnocchiServer> {
    const box: { server?: GnocchiServer } = {}
    const http = await HttpReceiver.start((request) => box.server?.answer(request) ?? { status: 500 })
    box.server = new GnocchiServer(http, types)
    return box.server
  }

  answer(request: Received): Answer {
    if (!this.letsIn(request)) return { status: 401, body: 'who are you?' }
    const [, version, kind, type = '', id = ''] = request.path.split('?')[0]?.split('/') ?? []
    const body = request.body === '' ? undefined : JSON.parse(request.body)
    if (version !== 'v1') return { status: 404 }
    if (kind === 'batch') return this.#takeMeasures(body)
    if (!this.types.has(type)) return { status: 404, body: 'no such type' }
    return request.method === 'POST'
      ? this.#create(type, body)
      : this.#update(type, decodeURIComponent(id), body)
  }

  /** `METHOD /path` of all requests. */
  get log(): readonly string[] {
    return this.http.requests.map(({ method, path }) => `${method} ${path}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.http[Symbol.asyncDispose]()
  }

  #takeMeasures(batch: Batch): Answer {
    const detail = Object.keys(batch)
      .filter((id) => !this.resources.has(id))
      .map((id) => ({ resource_id: `uuid-of-${id}`, original_resource_id: id }))
    if (detail.length > 0) {
      const description = { cause: 'Unknown resources', detail }
      return { status: 400, body: JSON.stringify({ code: 400, title: 'Bad Request', description }) }
    }
    for (const [id, metrics] of Object.entries(batch)) {
      for (const [name, { measures, ...metric }] of Object.entries(metrics)) {
        const known = this.resources.get(id)?.metrics
        if (known !== undefined) known[name] ??= metric
        const key = `${id}/${name}`
        this.measures.set(key, [...(this.measures.get(key) ?? []), ...measures.map(({ value }) => value)])
      }
    }
    return { status: 202 }
  }

  #create(
    type: string,
    { id, metrics, ...attributes }: { id: string; metrics: Resource['metrics'] },
  ): Answer {
    if (this.resources.has(id)) return { status: 409, body: 'there already' }
    this.resources.set(id, { type, attributes, metrics: { ...metrics } })
    return { status: 201 }
  }

  #update(type: string, id: string, attributes: Record<string, unknown>): Answer {
    const resource = this.resources.get(id)
    if (resource?.type !== type) return { status: 404 }
    Object.assign(resource.attributes, attributes)
    return { status: 200 }
  }
}

export interface KeystoneServer extends AsyncDisposable {
  readonly http: HttpReceiver
  readonly url: string
}

/** Gives `token-1`, `token-2`, ... to `ceilometer` with the password `pa$s`. */
export async function startKeystone(metricUrl: string): Promise<KeystoneServer> {
  let count = 0
  const http = await HttpReceiver.start((request) => {
    if (request.path !== '/identity/v3/auth/tokens') return { status: 404 }
    const { auth } = JSON.parse(request.body)
    const { user } = auth.identity.password
    if (user.name !== 'ceilometer' || user.password !== 'pa$s' || user.domain.id !== 'default')
      return { status: 401 }
    count += 1
    const endpoints = [
      { interface: 'internal', region: 'one', url: 'http://127.0.0.1:1' },
      { interface: 'public', region: 'two', url: 'http://127.0.0.1:1' },
      { interface: 'public', region: 'one', url: metricUrl },
    ]
    const token = {
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      project: { id: 'own-project', name: auth.scope.project.name },
      catalog: [
        { type: 'image', endpoints: [] },
        { type: 'metric', endpoints },
      ],
    }
    return { status: 201, headers: { 'X-Subject-Token': `token-${count}` }, body: JSON.stringify({ token }) }
  })
  return {
    http,
    url: `http://${http.place}/identity`,
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  }
}
