/** The table scheme -> publisher; the only mutable state of this module. */
import { ConfigurationError } from '../../index.js'
import { consolePublisher } from './console.js'
import { filePublisher } from './file.js'
import { gnocchiPublisher } from './gnocchi.js'
import { httpPublisher } from './http.js'
import { TestPublisher } from './memory.js'
import { notifierPublisher } from './notifier.js'
import { otlpPublisher } from './otlp.js'
import { prometheusPushPublisher } from './prometheus-push.js'
import { PrometheusScrapePublisher } from './prometheus-scrape.js'
import type { Publisher } from './publisher.js'
import { type PublisherContext, type PublisherSurroundings, surroundings } from './publisher-context.js'
import { type PublisherURL, parsePublisherURL } from './publisher-url.js'
import { unknownName } from './spelling.js'
import { tcpPublisher } from './tcp.js'
import { UdpPublisher } from './udp.js'
import { zaqarPublisher } from './zaqar.js'

/** Makes a publisher of a scheme. Does no I/O; throws ConfigurationError that lists everything wrong, without passwords. */
export type PublisherFactory = (url: PublisherURL, context: PublisherSurroundings) => Publisher

const factories = new Map<string, PublisherFactory>([
  ['console', consolePublisher],
  ['file', filePublisher],
  ['gnocchi', gnocchiPublisher],
  ['http', httpPublisher],
  ['https', httpPublisher],
  ['notifier', notifierPublisher],
  ['opentelemetryhttp', otlpPublisher],
  ['otlp', otlpPublisher],
  ['prometheus', prometheusPushPublisher],
  ['prometheus-scrape', (url, context) => new PrometheusScrapePublisher(url, context)],
  ['tcp', tcpPublisher],
  ['test', (url) => new TestPublisher(url)],
  ['udp', (url, context) => new UdpPublisher(url, context)],
  ['zaqar', zaqarPublisher],
])

/**
 * The publisher of a URL. Without I/O: it connects at its first use, or with `open()`. Throws ConfigurationError that lists everything wrong
 * with the URL, an unknown scheme with the nearest known one; its text has no password.
 */
export function makePublisher(url: string, context: PublisherContext = {}): Publisher {
  const parsed = parsePublisherURL(url)
  const factory = factories.get(parsed.scheme)
  if (factory === undefined) {
    throw new ConfigurationError(`publisher '${parsed.safe}'`, [
      `${unknownName('publisher', parsed.scheme, publisherSchemes())}. Others are added with registerPublisher(scheme, factory)`,
    ])
  }
  return factory(parsed, surroundings(context))
}

/** Adds a publisher for the URLs of `scheme`. Throws ConfigurationError when the scheme is taken or can't be one. */
export function registerPublisher(scheme: string, factory: PublisherFactory): void {
  const problems: string[] = []
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme))
    problems.push(
      `a scheme is lower-case letters, digits, '+', '.' and '-', and begins with a letter; found '${scheme}'`,
    )
  if (factories.has(scheme))
    problems.push(`the scheme '${scheme}' has a publisher already; choose another scheme`)
  if (typeof (factory as unknown) !== 'function')
    problems.push(`the factory of '${scheme}' is a function (url, context) that returns a publisher`)
  if (problems.length > 0) throw new ConfigurationError('registerPublisher', problems)
  factories.set(scheme, factory)
}

/** The known schemes, sorted. */
export function publisherSchemes(): readonly string[] {
  return [...factories.keys()].sort()
}
