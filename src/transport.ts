/**
 * The transport: a URL, and the driver behind it. The alias table scheme -> driver is the only mutable state of this module.
 */
import type { Driver, DriverEntry, DriverEvents, Health } from './core/driver.js'
import { ConfigurationError, DriverLoadFailure, MessagingException } from './core/errors.js'
import type { EventSource } from './core/events.js'
import { isInstance } from './core/instance.js'
import { type Logger, unfailing, wantedLogger, warningLogger } from './core/logger.js'
import { checkOptions, describeValue, type OptionRules, unknownName } from './core/options.js'
import { TransportURL } from './core/url.js'
import { memoryDriverEntry } from './drivers/memory/driver.js'
import { rabbitDriverEntry } from './drivers/rabbit/driver.js'

export interface TransportOptions {
  /** Exchange of targets that name none. Default `openstack`, as in the original. */
  readonly controlExchange?: string
  /** Bytes; longer bodies are neither sent nor decoded. Default 16 MiB. */
  readonly maxBodySize?: number
  /**
   * Levels of objects and arrays in a notification, itself and its payload being the first two; deeper ones are neither sent nor decoded. 2 to
   * 1,000, which code that calls itself from level to level still stands, Python's included. Default 500; the deepest we know of OpenStack's
   * services has 11.
   */
  readonly maxDepth?: number
  /** Default: warnings and errors on standard error. */
  readonly logger?: Logger
}

const optionRules: OptionRules = {
  controlExchange: { type: 'string' },
  maxBodySize: { type: 'integer', min: 1, max: 512 * 1024 * 1024 },
  maxDepth: { type: 'integer', min: 2, max: 1_000 },
  logger: { type: 'object', check: wantedLogger },
}

const drivers = new Map<string, DriverEntry>([
  ['memory', memoryDriverEntry],
  ['rabbit', rabbitDriverEntry],
  ['rabbits', rabbitDriverEntry],
  ['amqp', rabbitDriverEntry],
  ['amqps', rabbitDriverEntry],
  ['kombu', rabbitDriverEntry],
])

/**
 * Adds a driver for the URLs of `scheme`. Throws ConfigurationError when the scheme is taken or can't be one.
 */
export function registerDriver(scheme: string, entry: DriverEntry): void {
  if (!/^[a-z][a-z0-9.-]*$/.test(scheme)) {
    throw new ConfigurationError('registerDriver', [
      `a scheme is lower-case letters, digits, '.' and '-', and begins with a letter; found '${scheme}'`,
    ])
  }
  if (drivers.has(scheme)) {
    throw new ConfigurationError('registerDriver', [
      `the scheme '${scheme}' has a driver already; choose another scheme`,
    ])
  }
  if (typeof (entry as Partial<DriverEntry> | null | undefined)?.create !== 'function') {
    throw new ConfigurationError('registerDriver', [
      `the entry of '${scheme}' has a method create(url, dependencies) that makes the driver; found ${describeValue(entry)}`,
    ])
  }
  drivers.set(scheme, entry)
}

/**
 * A broker by URL: what notifiers and listeners are made with. Connects at first use; free it with `cleanup()` or `await using`. One
 * transport serves any number of notifiers and listeners.
 */
export class Transport implements AsyncDisposable {
  readonly url: TransportURL
  readonly controlExchange: string
  readonly maxBodySize: number
  readonly maxDepth: number
  readonly logger: Logger
  /** The contract below; for listeners and notifiers of your own making. */
  readonly driver: Driver
  readonly #ends = new Set<() => Promise<void>>()
  #cleanedUp: Promise<void> | undefined

  constructor(url: TransportURL, driver: Driver, options: TransportOptions = {}) {
    this.url = url
    this.driver = driver
    this.controlExchange = options.controlExchange ?? 'openstack'
    this.maxBodySize = options.maxBodySize ?? defaultMaxBodySize
    this.maxDepth = options.maxDepth ?? defaultMaxDepth
    this.logger = unfailing(options.logger ?? warningLogger)
  }

  /** Link states and trouble of the driver. */
  get events(): EventSource<DriverEvents> {
    return this.driver.events
  }

  /** The truth at this moment; never asks the broker. */
  health(): Health {
    return this.driver.health()
  }

  /** Resolves when every send made before it has settled; rejects with MessagingTimeout after `timeout` ms (default 30,000). */
  flush(options: { readonly timeout?: number } = {}): Promise<void> {
    return this.driver.flush(options)
  }

  /**
   * Stops the listeners that still listen and waits for their endpoints, 5 seconds at most; then flushes, settles and frees the links.
   * Idempotent. The transport can't be used afterwards.
   */
  cleanup(): Promise<void> {
    this.#cleanedUp ??= this.#ends.size === 0 ? this.driver.cleanup() : this.#endAll()
    return this.#cleanedUp
  }

  async #endAll(): Promise<void> {
    // What one of them could not end in order ends with the driver.
    await Promise.allSettled([...this.#ends].map((end) => end()))
    await this.driver.cleanup()
  }

  /**
   * For what works on a transport and has an orderly end of its own, as listeners have: `cleanup()` calls `end` and waits for it, while the
   * driver still works. `end` is bounded in time. Returns how to take it back; the same function is called once.
   */
  beforeCleanup(end: () => Promise<void>): () => void {
    this.#ends.add(end)
    return () => void this.#ends.delete(end)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cleanup()
  }
}

const defaultMaxBodySize = 16 * 1024 * 1024
const defaultMaxDepth = 500

/**
 * The transport of a URL: `memory://` (in this process), `memory://name`, `rabbit://user:password@host:5672/vhost?option=value`,
 * `rabbits://` (TLS), or a scheme of `registerDriver`. Synchronous: connects at first use.
 *
 * Throws InvalidTransportURL, DriverLoadFailure (unknown scheme, with the nearest known one) or ConfigurationError (every wrong option at
 * once).
 * source: oslo_messaging/transport.py (_get_transport)
 */
export function getTransport(
  url: string | TransportURL = 'memory://',
  options: TransportOptions = {},
): Transport {
  checkOptions('getTransport', options, optionRules)
  const parsed = isInstance(url, TransportURL) ? url : TransportURL.parse(url)
  const name = parsed.scheme.split('+', 1)[0] ?? ''
  const entry = drivers.get(name)
  if (entry === undefined) {
    throw new DriverLoadFailure(
      name,
      `${unknownName('driver for the scheme', name, [...drivers.keys()])}. Others are added with registerDriver(scheme, entry)`,
    )
  }
  const logger = unfailing(options.logger ?? warningLogger)
  try {
    const driver = entry.create(parsed, { logger, maxBodySize: options.maxBodySize ?? defaultMaxBodySize })
    return new Transport(parsed, driver, options)
  } catch (error) {
    if (error instanceof MessagingException) throw error
    throw new DriverLoadFailure(name, `the driver of '${name}' could not be made from this URL`, {
      cause: error,
    })
  }
}
