/** What the URLs of all publishers over HTTP have in common: where, with which certificates, how patiently. */
import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

import { ConfigurationError } from '../../index.js'
import { HttpClient } from './http-client.js'
import { describeError } from './publish-failure.js'
import type { PublisherURL } from './publisher-url.js'
import {
  flag,
  type OptionRule,
  type OptionValues,
  otherOptions,
  readOptions,
  seconds,
  wholeNumber,
  words,
} from './url-options.js'

interface HttpRules {
  readonly timeout: OptionRule<number>
  readonly max_retries: OptionRule<number>
  readonly verify_ssl: OptionRule<string | undefined>
  readonly clientcert: OptionRule<string | undefined>
  readonly clientkey: OptionRule<string | undefined>
  readonly [name: string]: OptionRule<unknown>
}

/** source: ceilometer/publisher/http.py */
export const httpRules: HttpRules = {
  /** Seconds from a request to the end of its answer. */
  timeout: seconds(5, { min: 0.001, max: 86_400 }),
  /** After the first attempt, with a growing pause. The original's are of connections only and have none. */
  max_retries: wholeNumber(2, { min: 0, max: 1_000 }),
  /** true, false, or the path of the authorities' certificates in PEM. */
  verify_ssl: words('true'),
  /** Paths in PEM. */
  clientcert: words(),
  clientkey: words(),
}

/** Of schemes that do not say themselves whether it is TLS. */
export const sslRule: OptionRule<boolean> = flag(false)

export interface HttpTarget {
  readonly url: URL
  readonly client: HttpClient
  /** `Authorization` when the URL names a user. */
  readonly headers: Readonly<Record<string, string>>
}

export interface HttpTargetOptions {
  readonly isSecure: boolean
  /** Options that are the publisher's; the others stay in the target's query. */
  readonly rules: Readonly<Record<string, OptionRule<unknown>>>
  readonly connections?: number
  readonly defaultPort?: number
}

/**
 * The options and the target of a publisher over HTTP. Options that are none of its rules stay in the target's query. `about`: what follows from
 * its own options. Throws ConfigurationError with everything that is wrong.
 */
export function readHttpTarget<R extends HttpRules>(
  url: PublisherURL,
  rules: R,
  about: (values: OptionValues<R>) => {
    readonly isSecure: boolean
    readonly defaultPort?: number
    /** In place of the URL's. */
    readonly path?: string
    readonly problems?: readonly string[]
  },
): { readonly values: OptionValues<R>; readonly target: HttpTarget } {
  const { values, problems: found } = readOptions(url.query, rules, { others: 'kept' })
  const { path = url.path, problems: own = [], ...more } = about(values)
  const problems = [...found, ...own]
  const target = httpTarget({ ...url, path }, values, { ...more, rules }, problems)
  refuseProblems(url, problems)
  return { values, target: target as HttpTarget }
}

/** The target of a URL. Adds to `problems` what is wrong, and is undefined then. */
export function httpTarget(
  url: PublisherURL,
  values: OptionValues<HttpRules>,
  { isSecure, rules, connections = 4, defaultPort }: HttpTargetOptions,
  problems: string[],
): HttpTarget | undefined {
  problems.push(...hostProblems(url))
  const tls = readTLS(values, problems)
  if (problems.length > 0) return undefined
  const rest = otherOptions(url.query, rules).toString()
  const host = url.hostname.includes(':') ? `[${url.hostname}]` : url.hostname
  const port = url.port ?? defaultPort
  const place = `${isSecure ? 'https' : 'http'}://${host}${port === undefined ? '' : `:${port}`}`
  return {
    url: new URL(`${place}${url.path === '' ? '/' : url.path}${rest === '' ? '' : `?${rest}`}`),
    client: new HttpClient({ connections, timeout: values.timeout * 1_000, tls }),
    headers: basicLogin(url.username, url.password),
  }
}

/** Sentences; none when the URL names exactly one host. */
export function hostProblems({ scheme, hostname }: PublisherURL): readonly string[] {
  if (hostname === '') return [`a host is wanted: '${scheme}://host:port'`]
  return hostname.includes(',') ? [`one host is wanted; found '${hostname}'`] : []
}

/** Throws ConfigurationError when there are problems. */
export function refuseProblems(url: PublisherURL, problems: readonly string[]): void {
  if (problems.length > 0) throw new ConfigurationError(`publisher '${url.safe}'`, problems)
}

export function basicLogin(username: string, password: string): Record<string, string> {
  if (username === '' && password === '') return {}
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

function readTLS(
  { verify_ssl = 'true', clientcert, clientkey }: OptionValues<HttpRules>,
  problems: string[],
): SecureContextOptions & { rejectUnauthorized?: boolean } {
  if (clientkey !== undefined && clientcert === undefined)
    problems.push(`'clientkey' wants 'clientcert' beside it: the certificate that the key belongs to`)
  const read = (option: string, path: string | undefined): { file?: string } => {
    try {
      return path === undefined ? {} : { file: readFileSync(path, 'utf8') }
    } catch (error) {
      problems.push(`'${option}' wants a file that can be read: ${describeError(error)}`)
      return {}
    }
  }
  const verify = /^(true|1|yes|on|false|0|no|off)$/i.test(verify_ssl) ? undefined : verify_ssl
  const { file: ca } = read('verify_ssl', verify)
  const { file: cert } = read('clientcert', clientcert)
  // A file may hold both, as the original allows.
  const { file: key } = read('clientkey', clientkey ?? clientcert)
  const material = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
  if (problems.length === 0) checkMaterial(material, problems)
  return { ...material, ...(/^(false|0|no|off)$/i.test(verify_ssl) ? { rejectUnauthorized: false } : {}) }
}

function checkMaterial(material: SecureContextOptions, problems: string[]): void {
  try {
    createSecureContext(material)
  } catch (error) {
    problems.push(`the certificates can't be used: ${describeError(error)}`)
  }
}
