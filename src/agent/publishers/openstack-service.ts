/** A service of an OpenStack cloud: where it is, by the URL or by Keystone's catalogue, and requests that are let in. */
import type { HttpAnswer } from './http-answer.js'
import type { HttpClient } from './http-client.js'
import { type HttpTarget, type HttpTargetOptions, httpTarget } from './http-target.js'
import { jsonText } from './json-text.js'
import { loginRules, type OpenstackLogin, openstackLogin, type Session } from './openstack-login.js'
import type { PublisherURL } from './publisher-url.js'
import type { OptionValues } from './url-options.js'

export interface OpenstackServiceOptions extends HttpTargetOptions {
  /** In the catalogue: `metric`. */
  readonly service: string
  readonly defaultPort: number
  readonly environment: Readonly<Record<string, string | undefined>>
}

export class OpenstackService {
  readonly #client: HttpClient
  readonly #login: OpenstackLogin
  /** Of the URL; else the catalogue's. */
  readonly #base: string | undefined

  private constructor(client: HttpClient, login: OpenstackLogin, base: string | undefined) {
    this.#client = client
    this.#login = login
    this.#base = base
  }

  /** Adds to `problems` what is wrong with the URL; the service is of no use then. */
  static of(
    url: PublisherURL,
    values: Parameters<typeof httpTarget>[1] & OptionValues<typeof loginRules>,
    options: OpenstackServiceOptions,
    problems: string[],
  ): OpenstackService {
    const isNamed = url.hostname !== ''
    if (!isNamed && values.auth !== 'keystone')
      problems.push(`auth=${values.auth} wants a host, as in ${url.scheme}://host:${options.defaultPort}`)
    // Without a host the catalogue says where: the connections serve all the same.
    const place = isNamed ? url : { ...url, hostname: 'catalogue.invalid' }
    const target = httpTarget(place, values, options, problems)
    const client = target?.client as HttpTarget['client']
    const { service, environment } = options
    const login = openstackLogin(url, values, { client, service }, environment, problems)
    return new OpenstackService(
      client,
      login,
      isNamed && target !== undefined ? String(target.url) : undefined,
    )
  }

  /** Rejects with PublishFailure. */
  session(signal: AbortSignal): Promise<Session> {
    return this.#login.session(signal)
  }

  /** Resolves with any answer but the first 401: then it logs in anew. Rejects with PublishFailure when there is none. */
  async ask(
    method: string,
    path: string,
    value: unknown,
    signal: AbortSignal,
    more: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly url: URL; readonly answer: HttpAnswer }> {
    const body = jsonText(value)
    for (let attempt = 0; ; attempt++) {
      const { headers, endpoint } = await this.#login.session(signal)
      const url = new URL(`${(this.#base ?? endpoint ?? '').replace(/\/+$/, '')}${path}`)
      const sent = { ...more, ...headers, 'Content-Type': 'application/json', Accept: 'application/json' }
      const answer = await this.#client.ask(url, { method, headers: sent, body, signal })
      // A token may end before its time.
      if (answer.status !== 401 || attempt > 0 || !this.#login.renew()) return { url, answer }
    }
  }

  close(): void {
    this.#client.close()
  }
}
