import { isIPv6 } from 'node:net'

import { ConfigurationError } from '../../index.js'
import { isSecret } from './url-options.js'

/** A publisher's URL in its parts, all decoded but the path. */
export interface PublisherURL {
  /** Lower case: `http`. */
  readonly scheme: string
  readonly username: string
  /** `''` = none. */
  readonly password: string
  /** Without the brackets of IPv6; `''` = none. Of several hosts, as the notifier's may be, the whole list without its logins. */
  readonly hostname: string
  readonly port: number | undefined
  /** As written, percent-encoded. */
  readonly path: string
  readonly query: URLSearchParams
  /** `user:password@host:port` as written. Not enumerable, so that no log shows it. */
  readonly authority: string
  /** The whole URL, `***` for each password, those of the query included. */
  readonly safe: string
}

/**
 * A text without `://` gets one, as in the original. Throws ConfigurationError, whose text has no password.
 * source: ceilometer/pipeline/base.py (Sink)
 */
export function parsePublisherURL(given: string): PublisherURL {
  const text = given.includes('://') ? given.trim() : `${given.trim()}://`
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]
  if (scheme === undefined) throw unreadable(text, `it begins with a scheme, such as 'udp://' or 'http://'`)
  const at = scheme.length + 3
  const end = text.slice(at).search(/[/?#]/)
  const authority = end === -1 ? text.slice(at) : text.slice(at, at + end)
  const login = authority.slice(0, Math.max(0, authority.lastIndexOf('@')))
  const place = authority.slice(login === '' ? 0 : login.length + 1).replace(/^@/, '')
  const rest = end === -1 ? '' : text.slice(at + end)
  if (authority.includes(',')) return severalHosts(scheme.toLowerCase(), authority, rest)
  // In place of the real scheme one for which the parser has no rules of its own: it would refuse http:// without a host as a whole.
  const url = readURL(`x-publisher://${place}${rest}`, text)
  const colon = login.indexOf(':')
  const parts = {
    scheme: scheme.toLowerCase(),
    username: decode(colon === -1 ? login : login.slice(0, colon), text),
    password: colon === -1 ? '' : decode(login.slice(colon + 1), text),
    hostname: decode(url.hostname.replace(/^\[|\]$/g, ''), text),
    port: url.port === '' ? undefined : Number(url.port),
    path: url.pathname,
    query: url.searchParams,
  }
  return finished(parts, authority)
}

function severalHosts(scheme: string, authority: string, rest: string): PublisherURL {
  const url = readURL(`x-publisher://host${rest}`, `${scheme}://${authority}${rest}`)
  const hostname = authority
    .split(',')
    .map((host) => host.slice(host.lastIndexOf('@') + 1))
    .join(',')
  const { pathname: path, searchParams: query } = url
  return finished({ scheme, username: '', password: '', hostname, port: undefined, path, query }, authority)
}

type Parts = Omit<PublisherURL, 'safe' | 'authority'>

function finished(parts: Parts, authority: string): PublisherURL {
  const url = { ...parts, safe: safeText(parts), authority }
  return Object.defineProperty(url, 'authority', { enumerable: false })
}

/** The URL as others may see it, whatever is wrong with it. */
export function hidePasswords(text: string): string {
  const slashes = text.indexOf('://')
  const at = text.lastIndexOf('@')
  const hidden =
    at === -1
      ? text
      : `${slashes === -1 || slashes > at ? '' : text.slice(0, slashes + 3)}***${text.slice(at)}`
  return hidden.replaceAll(/([?&])([^=&#]*)=([^&#]*)/g, (whole, mark: string, name: string) =>
    isSecret(name) ? `${mark}${name}=***` : whole,
  )
}

function readURL(text: string, whole: string): URL {
  try {
    return new URL(text)
  } catch {
    const port = /^x-publisher:\/\/[^/?#]*:([^\]/?#:]*)(?:[/?#]|$)/.exec(text)?.[1]
    throw unreadable(
      whole,
      port === undefined || /^\d{1,4}$/.test(port)
        ? 'its host can not be read'
        : `its port is a number from 0 to 65535; found '${port}'`,
    )
  }
}

function decode(part: string, whole: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw unreadable(whole, `a '%' in it is followed by two hexadecimal digits, and is itself written %25`)
  }
}

function unreadable(text: string, wanted: string): ConfigurationError {
  return new ConfigurationError(`publisher '${hidePasswords(text)}'`, [`the URL can't be read: ${wanted}`])
}

function safeText(parts: Parts): string {
  const { scheme, username, password, hostname, port, path, query } = parts
  const user = encodeURIComponent(username)
  const login = password !== '' ? `${user}:***@` : user === '' ? '' : `${user}@`
  const host = isIPv6(hostname) ? `[${hostname}]` : hostname
  const options = [...query].map(([name, value]) => {
    const open = value.includes('://') ? hidePasswords(value) : value
    const shown = isSecret(name) ? '***' : encodeURIComponent(open).replaceAll('%2F', '/')
    return `${encodeURIComponent(name)}${value === '' ? '' : `=${shown}`}`
  })
  const end = options.length === 0 ? '' : `?${options.join('&')}`
  return `${scheme}://${login}${host}${port === undefined ? '' : `:${port}`}${path}${end}`
}
