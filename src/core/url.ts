import { inspect } from 'node:util'

import { InvalidTransportURL } from './errors.js'
import { inspectAs } from './inspect.js'
import { describeValue } from './options.js'

/** One broker of a URL. Null = not given. */
export interface TransportHost {
  readonly hostname: string | null
  readonly port: number | null
  readonly username: string | null
  readonly password: string | null
}

interface TransportURLParts {
  readonly scheme: string
  readonly hosts?: readonly Partial<TransportHost>[]
  readonly virtualHost?: string | null
  readonly query?: Readonly<Record<string, string>>
}

/**
 * `scheme://[user[:pass]@]host[:port][,[user[:pass]@]host[:port]].../[virtual_host][?query]`
 *
 * Credentials are not inherited from host to host. `String(url)` is the whole URL, password included; `inspect()`, `console.log` and
 * `toJSON` hide the passwords, those of `hosts` too. Immutable.
 * source: oslo_messaging/transport.py (TransportURL.parse, __str__)
 */
export class TransportURL {
  /** Lower case, e.g. `rabbit`. */
  readonly scheme: string
  readonly hosts: readonly TransportHost[]
  /** Null = no path at all, `''` = a path of `/` only: different URLs, but the same virtual host to a driver. */
  readonly virtualHost: string | null
  /** Decoded; a repeated key is joined with commas, blank values are dropped. */
  readonly query: Readonly<Record<string, string>>

  constructor(parts: TransportURLParts) {
    this.scheme = parts.scheme
    this.hosts = Object.freeze((parts.hosts ?? []).map(shownHost))
    this.virtualHost = parts.virtualHost ?? null
    this.query = Object.freeze(Object.assign(Object.create(null) as Record<string, string>, parts.query))
  }

  /** Throws InvalidTransportURL, whose text says which part is wrong. */
  static parse(text: string): TransportURL {
    const given: unknown = text
    if (typeof given !== 'string') {
      throw new InvalidTransportURL(
        `a transport URL is a text such as 'rabbit://user:password@host:5672/'; found ${describeValue(given)}`,
        describeValue(given),
      )
    }
    const trimmed = text.trimStart()
    const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(trimmed)?.[1]
    if (scheme === undefined) {
      throw new InvalidTransportURL(
        `no scheme in the transport URL '${hidePasswords(text)}'; it begins with one, such as 'rabbit://' or 'memory://'`,
        hidePasswords(text),
      )
    }
    const rest = trimmed.slice(scheme.length + 1).replace(/#.*$/s, '')
    const queryAt = rest.indexOf('?')
    const beforeQuery = queryAt === -1 ? rest : rest.slice(0, queryAt)
    let netloc = ''
    let path = beforeQuery
    if (beforeQuery.startsWith('//')) {
      const slash = beforeQuery.indexOf('/', 2)
      netloc = slash === -1 ? beforeQuery.slice(2) : beforeQuery.slice(2, slash)
      path = slash === -1 ? '' : beforeQuery.slice(slash)
    }
    checkBehindHosts(netloc, trimmed.slice(scheme.length + 1 + beforeQuery.length - path.length), text)
    return new TransportURL({
      scheme: scheme.toLowerCase(),
      hosts: netloc
        .split(',')
        .filter((item) => item !== '')
        .map((item) => parseHost(item, text)),
      virtualHost: path.startsWith('/') ? decode(path.slice(1), text) : null,
      query: parseQuery(queryAt === -1 ? '' : rest.slice(queryAt + 1)),
    })
  }

  /** Whether scheme, virtual host and hosts are the same. The query does not count, as in the original. */
  equals(other: unknown): boolean {
    return (
      other instanceof TransportURL &&
      this.scheme === other.scheme &&
      this.virtualHost === other.virtualHost &&
      this.hosts.length === other.hosts.length &&
      this.hosts.every((host, index) => sameHost(host, other.hosts[index]))
    )
  }

  /** The whole URL, passwords included. */
  toString(): string {
    return this.#print((password) => quote(password))
  }

  /** The URL with `***` for each password, those of the query included: for log lines and errors. */
  toSafeString(): string {
    return hideQuery(this.#print(() => '***'))
  }

  toJSON(): string {
    return this.toSafeString()
  }

  #print(printPassword: (password: string) => string): string {
    const hosts = this.hosts.map(({ hostname, port, username, password }) => {
      const user = username === null ? '' : quote(username)
      const login =
        password !== null ? `${user}:${printPassword(password)}@` : username !== null ? `${user}@` : ''
      const name = hostname?.includes(':') === true ? `[${hostname}]` : (hostname ?? '')
      return `${login}${name}${port === null ? '' : `:${port}`}`
    })
    const path = quote(this.virtualHost ?? '').replaceAll('%2F', '/')
    const query = Object.entries(this.query).map(([key, value]) => `${quotePlus(key)}=${quotePlus(value)}`)
    return `${this.scheme}://${hosts.join(',')}/${path}${query.length > 0 ? `?${query.join('&')}` : ''}`
  }
}

/** A plain object that does not show its password unless it is asked for it. */
function shownHost(host: Partial<TransportHost>): TransportHost {
  const { hostname = null, port = null, username = null, password = null } = host
  const made = { hostname, port, username, password }
  const shown = { ...made, password: password === null ? null : '***' }
  Object.defineProperty(made, 'toJSON', { value: () => shown })
  Object.defineProperty(made, inspect.custom, { value: () => shown })
  return Object.freeze(made)
}

inspectAs(TransportURL, (url) => `<TransportURL ${url.toSafeString()}>`)

/**
 * `***` for whatever looks like a password in a text that may not even be a URL. Where it can't tell (a password with a raw `/`, `?`, `#`
 * or `,`), everything before the last `@` is hidden.
 */
export function hidePasswords(text: string): string {
  const at = text.lastIndexOf('@')
  const slashes = text.indexOf('//')
  const start = slashes === -1 || slashes > at ? 0 : slashes + 2
  if (at < start) return hideQuery(text)
  const hosts = text.slice(start, at + 1).split(',')
  const hidden = hosts.every(isReadable) ? hosts.map(hideLogin).join(',') : '***@'
  return hideQuery(text.slice(0, start) + hidden + text.slice(at + 1))
}

/** Whether it is plain which part of `user:password@host:port` is the password, if any. */
function isReadable(host: string): boolean {
  const address = host.slice(host.lastIndexOf('@') + 1)
  return !/[/?#\s]/.test(host) && /^[^:]*(:\d+)?$|^\[[^\]]*\](:\d+)?$/.test(address)
}

function hideLogin(host: string): string {
  const at = host.lastIndexOf('@')
  const colon = host.indexOf(':')
  return colon === -1 || colon > at ? host : `${host.slice(0, colon)}:***${host.slice(at)}`
}

const secretKey = /password|passwd|passphrase|secret|token/i

function hideQuery(text: string): string {
  return text.replace(/([?&])([^?&=#\s]+)=([^&#\s]*)/g, (pair, sign: string, key: string) =>
    secretKey.test(key) ? `${sign}${key}=***` : pair,
  )
}

function sameHost(one: TransportHost, other: TransportHost | undefined): boolean {
  return (
    one.hostname === other?.hostname &&
    one.port === other.port &&
    one.username === other.username &&
    one.password === other.password
  )
}

function parseHost(item: string, url: string): TransportHost {
  const at = item.lastIndexOf('@')
  const login = at === -1 ? null : item.slice(0, at)
  const colon = login?.indexOf(':') ?? -1
  const username = login === null ? null : decode(colon === -1 ? login : login.slice(0, colon), url)
  const password = login === null || colon === -1 ? null : decode(login.slice(colon + 1), url)
  const address = item.slice(at + 1)

  let hostname = address
  let port: string | null = null
  if (address.startsWith('[')) {
    const bracket = address.indexOf(']')
    const after = address.slice(bracket + 1)
    if (bracket < 2 || (after !== '' && !after.startsWith(':'))) throw badHost(url)
    hostname = address.slice(1, bracket)
    if (after !== '') port = after.slice(1)
  } else if (address.split(':').length === 2) {
    const parts = address.split(':')
    hostname = parts[0] ?? ''
    port = parts[1] ?? ''
  }
  if (!isHostname(hostname)) throw badHost(url)
  if (port !== null && !(/^\d+$/.test(port) && Number(port) <= 65_535)) {
    throw new InvalidTransportURL(
      `a port is a whole number from 0 to 65535; found another text in the transport URL '${hidePasswords(url)}' ` +
        "(a '/', '?', '#' or ',' in a password is written %2F, %3F, %23 or %2C)",
      hidePasswords(url),
    )
  }
  return {
    hostname: hostname === '' ? null : hostname,
    port: port === null ? null : Number(port),
    username,
    password,
  }
}

/** What has several colons and is no address is a piece of a password with a raw ','. */
function isHostname(text: string): boolean {
  return text.includes(':') ? process.getBuiltinModule('node:net').isIPv6(text) : !/[[\]]/.test(text)
}

function badHost(url: string): InvalidTransportURL {
  return new InvalidTransportURL(
    `an IPv6 host is written '[address]' or '[address]:port'; found another text in the transport URL '${hidePasswords(url)}'`,
    hidePasswords(url),
  )
}

/**
 * A password with a raw '/', '?' or '#' ends the hosts early: its rest, up to the '@', would be shown as virtual host or as an option. A value of
 * the query may have an '@' where the last host has its own.
 */
function checkBehindHosts(hosts: string, rest: string, url: string): void {
  const isPlain = hosts.slice(hosts.lastIndexOf(',') + 1).includes('@')
  if (!(isPlain ? /^[^?#]*@|[?&][^=&#]*@|#.*@/s : /@/).test(rest)) return
  throw new InvalidTransportURL(
    `an '@' stands behind user and password only, and is written '%40' elsewhere (and a '/', '?' or '#' of a password %2F, %3F, %23); ` +
      `found one behind the hosts in the transport URL '${hidePasswords(url)}'`,
    hidePasswords(url),
  )
}

function parseQuery(text: string): Record<string, string> {
  const query: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [key, value] of new URLSearchParams(text)) {
    if (value === '') continue
    query[key] = key in query ? `${query[key]},${value}` : value
  }
  return query
}

function decode(text: string, url: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new InvalidTransportURL(
      `a '%' in user, password or virtual host stands before two hexadecimal digits (write '%25' for the sign itself); found something else in the transport URL '${hidePasswords(url)}'`,
      hidePasswords(url),
      { cause },
    )
  }
}

/** Percent-encodes all but letters, digits and `_.-~`, as Python's `quote(text, safe='')` does. */
function quote(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function quotePlus(text: string): string {
  return quote(text).replaceAll('%20', '+')
}
