/** A notifier and a listener of the front door, and the notifications that go from one to the other while something breaks. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  getNotificationListener,
  getTransport,
  type LinkState,
  type ListenerOptions,
  type Logger,
  MessageDeliveryFailure,
  MessagingException,
  type Metadata,
  type NotificationEndpoint,
  type NotificationListener,
  NotificationResult,
  Notifier,
  type NotifyOptions,
  Target,
  type Transport,
} from '../../../src/index.js'
import { until } from '../../support/until.js'
import { Ledger } from './ledger.js'

export interface LoadOptions {
  /** Where notifications are sent, as a rabbit:// URL. */
  readonly publish: string
  /** Whose transports it shares; it then has no need of URLs, but ends no later than that one. */
  readonly beside?: Load
  /** Where they are heard: a URL of its own, the same transport (default), or `nobody` here. */
  readonly listen?: string
  /** Notifications a second, or `full`: as fast as they are taken. Default 200. */
  readonly rate?: number | 'full'
  /** How many are offered in all. Default: until `stopOffering()`. */
  readonly count?: number
  /** Most that are unsettled at once. Default 2,000 at full rate, else 100,000. */
  readonly window?: number
  /** Bytes of padding in each payload. Default 100. */
  readonly bytes?: number
  /** Whose exchange and queues it uses, once that one has ended. Default: its own. */
  readonly queuesOf?: Load
  /** How many topics, each with three priorities. Default 2. */
  readonly topics?: number
  /** Of each notification; default: the library's (30 s, retries without end). */
  readonly notify?: NotifyOptions
  /** Beyond `allowRequeue` and a retry every 200 ms. */
  readonly listener?: ListenerOptions
  /** What the endpoint does with each; what it returns or throws decides as in any endpoint. Default: nothing, which is handled. */
  readonly work?: (number: number, metadata: Metadata) => Work | Promise<Work>
}

type Work = NotificationResult | void | undefined

export interface LinkChange {
  readonly link: string
  readonly state: LinkState
  readonly error?: Error
}

const priorities = ['info', 'error', 'sample'] as const
/** Milliseconds between two handfuls of a steady load. */
const beat = 20

export class Load {
  readonly ledger: Ledger = new Ledger()
  /** Its own, so that loads share no queue. */
  readonly topics: readonly string[]
  readonly exchange: string
  readonly publishing: Transport
  readonly listening: Transport
  /** Absent when nobody listens here. */
  readonly listener: NotificationListener | undefined
  /** Each text that the library logged. */
  readonly lines: string[] = []
  readonly troubles: Error[] = []
  readonly states: LinkChange[] = []
  /** Codes of rejections, counted. */
  readonly rejections: Map<string, number> = new Map()
  /** The last of them. */
  lastRejection: Error | undefined
  readonly #options: LoadOptions
  readonly #notifiers: readonly Notifier[]
  readonly #padding: string
  #isOffering = true
  #isResting = false
  #offered: Promise<unknown> = Promise.resolve()
  #closed: Promise<void> | undefined

  private constructor(options: LoadOptions) {
    const { publish, listen = publish, beside, topics = 2, bytes = 100 } = options
    this.#options = options
    this.topics =
      options.queuesOf?.topics ?? Array.from({ length: topics }, () => `faults-${randomUUID().slice(0, 13)}`)
    this.exchange = options.queuesOf?.exchange ?? `faults-${randomUUID().slice(0, 8)}`
    this.#padding = 'x'.repeat(bytes)
    this.publishing = beside?.publishing ?? this.#transport(publish)
    const isAlone = listen !== publish && listen !== 'nobody'
    this.listening = beside?.listening ?? (isAlone ? this.#transport(listen) : this.publishing)
    this.#notifiers = this.topics.map(
      (topic) =>
        new Notifier(this.publishing, { publisherId: 'faults', topics: [topic], exchange: this.exchange }),
    )
    if (listen !== 'nobody') this.listener = this.#listener()
  }

  /** Resolves when the listener listens and the first notifications are offered. */
  static async start(options: LoadOptions): Promise<Load> {
    const load = new Load(options)
    try {
      await load.listener?.start()
      load.#offered = options.rate === 'full' ? load.#offerFully() : load.#offerSteadily(options.rate ?? 200)
      return load
    } catch (error) {
      await load.close()
      throw error
    }
  }

  /** Resolves when so many more have been handled, all that the case needs to be in full swing. */
  async handles(more: number, within = 30_000): Promise<void> {
    const goal = this.ledger.handled + more
    await until(() => this.ledger.handled >= goal, within)
  }

  /** Offers one, of its own options; resolves when it is settled, with why it was rejected. */
  async offerOne(options: NotifyOptions | undefined = this.#options.notify): Promise<Error | undefined> {
    const number = this.ledger.offer()
    const notifier = this.#notifiers[number % this.#notifiers.length] as Notifier
    const priority = priorities[number % priorities.length] as (typeof priorities)[number]
    try {
      await notifier[priority]({}, 'faults.load', { number, padding: this.#padding }, options)
      this.ledger.confirm(number)
      return undefined
    } catch (error) {
      this.lastRejection = error as Error
      const code = error instanceof MessagingException ? error.code : String(error)
      this.rejections.set(code, (this.rejections.get(code) ?? 0) + 1)
      this.ledger.reject(number, error instanceof MessageDeliveryFailure ? error.outcome : 'not-sent')
      return error as Error
    }
  }

  /** Offers nothing until `goOn()`; resolves when all that was offered is confirmed or rejected, and handled. */
  async rest(within = 30_000): Promise<void> {
    this.#isResting = true
    await until(() => this.ledger.pending === 0 && this.ledger.missing === 0 && this.isIdle, within)
  }

  goOn(): void {
    this.#isResting = false
  }

  get isOffering(): boolean {
    const { count = Number.POSITIVE_INFINITY } = this.#options
    return this.#isOffering && this.ledger.count().offered < count
  }

  /** No more is offered from here on. */
  stopOffering(): void {
    this.#isOffering = false
  }

  /**
   * Stops offering; resolves when each promise has settled, each confirmed notification is handled or a dead letter, and the listener is
   * idle. Rejects after `within` milliseconds for each of the three, and says what is missing.
   */
  async finish(within = 60_000): Promise<void> {
    this.stopOffering()
    await this.#offered
    await until(() => this.ledger.pending === 0, within).catch(() => {
      throw new Error(`${this.ledger.pending} promises of notify did not settle within ${within} ms`)
    })
    const end = Date.now() + within
    while (this.ledger.missing > 0 && Date.now() < end) {
      await sleep(50)
      if (this.listener?.stats().rejected ?? 0) await this.#lookAtDeadLetters()
    }
    if (this.ledger.missing > 0) {
      const some = this.ledger.missingNumbers().join(', ')
      throw new Error(
        `${this.ledger.missing} confirmed ones were not handled within ${within} ms: ${some}, ...`,
      )
    }
    await until(() => this.isIdle, within).catch(() => {
      throw new Error(`not idle within ${within} ms: ${JSON.stringify(this.listener?.stats())}`)
    })
  }

  /** Whether the listener has nothing in hand. */
  get isIdle(): boolean {
    const stats = this.listener?.stats()
    if (stats === undefined) return true
    return stats.inHand === 0 && stats.backlog === 0 && stats.driver.unsettled === 0
  }

  /** Where it stands, for the eyes of who looks into a failure. */
  describe(): string {
    return [
      `count ${JSON.stringify(this.ledger.count())}`,
      `rejections ${JSON.stringify([...this.rejections])}, the last: ${String(this.lastRejection)}`,
      `publishing ${JSON.stringify(this.publishing.health())}`,
      `listening ${JSON.stringify(this.listening.health())}`,
      `listener ${JSON.stringify(this.listener?.stats())}`,
      'logged last:',
      ...this.lines.slice(-20),
    ].join('\n  ')
  }

  /** Stops, waits, frees. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.stopOffering()
    await this.listener?.stop()
    await this.listener?.wait({ timeout: 5_000 })
    await this.publishing.cleanup()
    await this.listening.cleanup()
    await this.#offered
  }

  async #offerSteadily(rate: number): Promise<void> {
    const { count = Number.POSITIVE_INFINITY, window = 100_000 } = this.#options
    let due = 0
    let last = Date.now() - beat
    for (let offered = 0; this.#isOffering && offered < count; await sleep(beat)) {
      const passed = Date.now() - last
      last += passed
      if (this.#isResting) continue
      due = Math.min(count, due + (passed * rate) / 1_000)
      for (; offered < due && this.ledger.pending < window; offered += 1) void this.offerOne() // Never rejects.
      // What the window held up is not made up for in one burst.
      due = Math.min(due, offered + rate)
    }
  }

  async #offerFully(): Promise<void> {
    const { count = Number.POSITIVE_INFINITY, window = 2_000 } = this.#options
    let left = count
    const line = async (): Promise<void> => {
      while (this.#isOffering && left > 0) {
        left -= 1
        // What is refused at once must not become a loop that lets nothing else run.
        if ((await this.offerOne()) !== undefined) await sleep(1)
      }
    }
    await Promise.all(Array.from({ length: Math.min(window, count) }, line))
  }

  #listener(): NotificationListener {
    const { work, listener = {} } = this.#options
    const method = (
      _ctxt: unknown,
      _publisher: unknown,
      _type: unknown,
      payload: unknown,
      metadata: Metadata,
    ): Work | Promise<Work> => {
      const { number } = payload as { readonly number: number }
      const done = (result?: Work): Work => {
        if (result === undefined || result === NotificationResult.HANDLED) this.ledger.handle(number)
        return result
      }
      // Not every promise is one of this realm's.
      return work === undefined ? done() : Promise.resolve(work(number, metadata)).then(done)
    }
    const endpoint: NotificationEndpoint = { info: method, error: method, sample: method }
    return getNotificationListener(
      this.listening,
      this.topics.map((topic) => new Target({ topic, exchange: this.exchange })),
      [endpoint],
      { allowRequeue: true, retry: { limit: 100, delay: 200, backoff: 1 }, ...listener },
    )
  }

  async #lookAtDeadLetters(): Promise<void> {
    const letters = (await this.listener?.deadLetters().list({ limit: 100_000 })) ?? []
    for (const { body } of letters) this.ledger.bury(numberOf(body))
  }

  #transport(url: string): Transport {
    const log = (text: string): void => {
      this.lines.push(`${new Date().toISOString().slice(11, 23)} ${text}`)
    }
    const logger: Logger = { debug: () => {}, info: log, warn: log, error: log }
    const transport = getTransport(url, { logger })
    transport.events.on('link', (change) => this.states.push(change))
    transport.events.on('trouble', (error) => {
      this.troubles.push(error)
      log(String(error))
    })
    return transport
  }
}

/** Of the notification in a wire body. */
export function numberOf(body: Uint8Array): number {
  const envelope = JSON.parse(new TextDecoder().decode(body)) as { readonly 'oslo.message': string }
  const message = JSON.parse(envelope['oslo.message']) as { readonly payload: { readonly number: number } }
  return message.payload.number
}
