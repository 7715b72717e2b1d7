/** Tokens of Keystone v3 by name and password, and the address of a service from its catalogue. */

import { shownTarget } from './http-answer.js'
import type { HttpClient } from './http-client.js'
import { PublishFailure } from './publish-failure.js'

export interface KeystoneLogin {
  readonly authUrl: string
  readonly username: string
  readonly password: string
  readonly userDomain: string
  readonly projectName: string
  readonly projectDomain: string
  readonly region: string | undefined
  readonly interface: string
}

export interface KeystoneToken {
  readonly token: string
  /** Address of the service; undefined when the catalogue has none. */
  readonly endpoint: string | undefined
  readonly projectId: string | undefined
  readonly projectName: string | undefined
}

/** Holds one token until shortly before its end. */
export class Keystone {
  readonly #client: HttpClient
  readonly #login: KeystoneLogin
  readonly #service: string
  #token: Promise<KeystoneToken> | undefined
  #until = 0

  /** `service`: the type in the catalogue, such as `metric`. */
  constructor(client: HttpClient, login: KeystoneLogin, service: string) {
    this.#client = client
    this.#login = login
    this.#service = service
  }

  /** Rejects with PublishFailure; the next call tries again. */
  token(signal: AbortSignal): Promise<KeystoneToken> {
    if (this.#token === undefined || Date.now() > this.#until) {
      this.#until = Number.POSITIVE_INFINITY
      this.#token = this.#ask(signal).catch((error: unknown) => {
        this.forget()
        throw error
      })
    }
    return this.#token
  }

  /** The next call asks for another: this one was not taken. */
  forget(): void {
    this.#token = undefined
  }

  async #ask(signal: AbortSignal): Promise<KeystoneToken> {
    const { authUrl, username, password, userDomain, projectName, projectDomain } = this.#login
    const base = authUrl.replace(/\/+$/, '')
    const url = new URL(`${base.endsWith('/v3') ? base : `${base}/v3`}/auth/tokens`)
    const user = { name: username, password, domain: domain(userDomain) }
    const body = JSON.stringify({
      auth: {
        identity: { methods: ['password'], password: { user } },
        scope: { project: { name: projectName, domain: domain(projectDomain) } },
      },
    })
    const answer = await this.#client.post(url, {
      headers: { 'Content-Type': 'application/json' },
      body,
      signal,
    })
    const token = answer.headers['x-subject-token']
    if (typeof token !== 'string')
      throw new PublishFailure(
        'failed',
        'UNEXPECTED_ANSWER',
        `POST ${shownTarget(url)}: the answer has no X-Subject-Token`,
      )
    try {
      return { token, ...this.#read(answer.body) }
    } catch (cause) {
      const text = `POST ${shownTarget(url)}: the answer is no token in JSON`
      throw new PublishFailure('failed', 'UNEXPECTED_ANSWER', text, { cause })
    }
  }

  #read(body: string): Omit<KeystoneToken, 'token'> {
    const { token } = JSON.parse(body) as { token?: TokenBody }
    const expires = Date.parse(token?.expires_at ?? '')
    this.#until = Number.isNaN(expires) ? Date.now() + 300_000 : expires - 60_000
    const { region, interface: wanted } = this.#login
    const endpoint = token?.catalog
      ?.find(({ type }) => type === this.#service)
      ?.endpoints?.find((one) => one.interface === wanted && (region === undefined || one.region === region))
    return { endpoint: endpoint?.url, projectId: token?.project?.id, projectName: token?.project?.name }
  }
}

interface TokenBody {
  readonly expires_at?: string
  readonly project?: { readonly id?: string; readonly name?: string }
  readonly catalog?: readonly {
    readonly type: string
    readonly endpoints?: readonly {
      readonly interface: string
      readonly region?: string
      readonly url: string
    }[]
  }[]
}

/** The default domain is known by its id, which never changes; others by their names. */
function domain(name: string): { readonly id: string } | { readonly name: string } {
  return name.toLowerCase() === 'default' ? { id: 'default' } : { name }
}
