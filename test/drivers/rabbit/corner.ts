/** One test's corner of the shared broker: names of its own, drivers that end with it, and nothing left behind. */
import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'

import { type Channel, type ChannelModel, connect, type GetMessage } from 'amqplib'

import type {
  Driver,
  DriverListener,
  LinkState,
  ListenOptions,
  Route,
  Subscription,
} from '../../../src/core/driver.js'
import type { Logger } from '../../../src/core/logger.js'
import type { IncomingMessage } from '../../../src/core/message.js'
import { TransportURL } from '../../../src/core/url.js'
import { rabbitDriverEntry } from '../../../src/drivers/rabbit/driver.js'
import { brokerUrl, TcpProxy } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'

export interface OpenOptions {
  /** Of the URL, `a=b&c=d`. */
  readonly query?: string
  readonly proxy?: TcpProxy
  readonly password?: string
  readonly virtualHost?: string
  /** Replaces `host:port` as a whole. */
  readonly hosts?: string
  readonly scheme?: string
  readonly maxBodySize?: number
}

/** A driver and what it told. */
export interface Opened {
  readonly driver: Driver
  readonly troubles: Error[]
  /** Log lines with their details, as text. */
  readonly lines: string[]
  readonly states: { readonly link: string; readonly state: LinkState; readonly error?: Error }[]
}

/** What came in, and a listener that settles it. */
export interface Inbox {
  readonly listener: DriverListener
  readonly messages: readonly IncomingMessage[]
  readonly texts: readonly string[]
}

export class Corner {
  readonly admin: ChannelModel
  readonly #drivers: Driver[] = []
  readonly #proxies: TcpProxy[] = []
  readonly #queues = new Set<string>()
  readonly #exchanges = new Set<string>()

  private constructor(admin: ChannelModel) {
    this.admin = admin
    admin.on('error', () => {})
  }

  static async open(): Promise<Corner> {
    return new Corner(await connect(brokerUrl))
  }

  async close(): Promise<void> {
    await Promise.all(this.#drivers.map((driver) => driver.cleanup()))
    await Promise.all(this.#proxies.map((proxy) => proxy.close()))
    await this.with(async (channel) => {
      for (const queue of this.#queues) {
        await channel.deleteQueue(queue)
        await channel.deleteQueue(`${queue}.dead`)
      }
      for (const exchange of this.#exchanges) await channel.deleteExchange(exchange)
    })
    await this.admin.close()
  }

  /** Runs calls on a channel of their own, which a refusal may close. */
  async with<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.admin.createChannel()
    const state = { isClosed: false }
    channel.on('error', () => {})
    channel.on('close', () => {
      state.isClosed = true
    })
    try {
      return await work(channel)
    } finally {
      if (!state.isClosed) await channel.close()
    }
  }

  name(kind: 'exchange' | 'queue'): string {
    const name = `rabbit-test-${kind}-${randomUUID().slice(0, 13)}`
    const names = kind === 'exchange' ? this.#exchanges : this.#queues
    names.add(name)
    return name
  }

  /** Removes a queue, and its dead letters, at the end. */
  remove(queue: string): void {
    this.#queues.add(queue)
  }

  route(mode: Route['mode'] = 'shared'): Route {
    const topic = this.name('queue')
    this.#exchanges.add(`${topic}_fanout`)
    return { exchange: this.name('exchange'), topic, mode }
  }

  async proxy(): Promise<TcpProxy> {
    const proxy = await TcpProxy.start()
    this.#proxies.push(proxy)
    return proxy
  }

  url({ query, proxy, password, virtualHost, hosts, scheme = 'rabbit' }: OpenOptions = {}): string {
    const base = new URL(brokerUrl)
    const at = hosts ?? (proxy === undefined ? base.host : `127.0.0.1:${proxy.port}`)
    const path = virtualHost === undefined ? base.pathname : `/${encodeURIComponent(virtualHost)}`
    const login = `${base.username}:${password ?? base.password}`
    return `${scheme}://${login}@${at}${path}${query === undefined ? '' : `?${query}`}`
  }

  driver(options: OpenOptions = {}): Opened {
    const { maxBodySize = 16 * 1024 * 1024 } = options
    const lines: string[] = []
    const log = (message: string, details?: object): void => {
      lines.push(`${message} ${inspect(details)}`)
    }
    const logger: Logger = { debug: log, info: log, warn: log, error: log }
    const driver = rabbitDriverEntry.create(TransportURL.parse(this.url(options)), { logger, maxBodySize })
    const opened: Opened = { driver, troubles: [], states: [], lines }
    driver.events.on('trouble', (error) => opened.troubles.push(error))
    driver.events.on('link', (change) => opened.states.push(change))
    this.#drivers.push(driver)
    return opened
  }

  /** Listens; `settle` gets each message, default: acknowledges it. */
  async inbox(
    driver: Driver,
    subscriptions: Subscription | readonly Subscription[],
    options: Partial<ListenOptions> = {},
    settle: (message: IncomingMessage, index: number) => void = (message) => message.acknowledge(),
  ): Promise<Inbox> {
    const messages: IncomingMessage[] = []
    const texts: string[] = []
    const list = 'topic' in subscriptions ? [subscriptions] : subscriptions
    const listener = await driver.listen(list, { credit: 100, deadLetter: false, ...options }, (message) => {
      messages.push(message)
      texts.push(textOf(message.body))
      settle(message, messages.length - 1)
    })
    return { listener, messages, texts }
  }

  /** The next message of a queue, taken away; undefined = it is empty. */
  get(queue: string): Promise<GetMessage | undefined> {
    return this.with(async (channel) => (await channel.get(queue, { noAck: true })) || undefined)
  }

  /** Messages ready in a queue; undefined = there is none of that name. */
  count(queue: string): Promise<number | undefined> {
    return this.with((channel) => channel.checkQueue(queue)).then(
      ({ messageCount }) => messageCount,
      () => undefined,
    )
  }

  /** Waits until the queue holds so many. */
  async holds(queue: string, count: number): Promise<void> {
    await until(async () => (await this.count(queue)) === count)
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body)
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `message ${index}`)
}

/** What the promise rejected with; fails when it resolves. */
export function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    (value) => {
      throw new Error(`a rejection was expected; found ${String(value)}`)
    },
    // A DOMException of another realm is an error, too.
    (error: unknown) => error as Error,
  )
}
