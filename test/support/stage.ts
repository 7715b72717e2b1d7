import { randomUUID } from 'node:crypto'

import {
  type BatchListenerOptions,
  type BatchNotificationEndpoint,
  type ErrorSubject,
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  type ListenerOptions,
  type MessagingException,
  type NotificationEndpoint,
  type NotificationListener,
  silentLogger,
  Target,
  type Transport,
  type TransportOptions,
} from '../../src/index.js'
import { encodeNotification, wireTimestamp } from '../../src/notify/envelope.js'

export interface SendFields {
  readonly priority?: string
  /** Of the subscription; default as the priority. */
  readonly route?: string
  readonly topic?: string
  readonly exchange?: string
  readonly ctxt?: Readonly<Record<string, unknown>>
  readonly publisherId?: string | null
  readonly messageId?: string
}

export interface ToldError {
  readonly error: MessagingException
  readonly about: ErrorSubject
}

/** A memory broker of its own with a topic, and the listeners at it. Closes all with `await using`. */
export class Stage implements AsyncDisposable {
  readonly topic = 'notifications'
  readonly target: Target = new Target({ topic: this.topic })
  readonly transport: Transport
  /** What the `error` events of its listeners said. */
  readonly errors: ToldError[] = []
  readonly #listeners: NotificationListener[] = []

  /** `url`: of another driver. */
  constructor({
    url = `memory://${randomUUID()}`,
    ...options
  }: TransportOptions & { readonly url?: string } = {}) {
    this.transport = getTransport(url, { logger: silentLogger, ...options })
  }

  async send(eventType: string, payload: unknown = {}, fields: SendFields = {}): Promise<void> {
    const { priority = 'info', ctxt = {}, publisherId = 'compute.host1', messageId = randomUUID() } = fields
    const encoded = encodeNotification(
      {
        message_id: messageId,
        publisher_id: publisherId,
        event_type: eventType,
        priority: priority.toUpperCase(),
        payload,
        timestamp: wireTimestamp(),
      },
      ctxt,
    )
    await this.sendBytes(encoded.toBytes(2), { ...fields, route: fields.route ?? priority })
  }

  /** A body as it is, for what no notifier would send. */
  async sendBytes(body: Uint8Array | string, fields: SendFields = {}): Promise<void> {
    const { topic = this.topic, exchange = this.transport.controlExchange, route = 'info' } = fields
    await this.transport.driver.send(
      { exchange, topic: `${topic}.${route}`, mode: 'shared' },
      typeof body === 'string' ? Buffer.from(body) : body,
    )
  }

  /** A started listener at the stage's topic, or at `targets`. */
  async listen(
    endpoints: NotificationEndpoint | readonly NotificationEndpoint[],
    options: ListenerOptions = {},
    targets: readonly Target[] = [this.target],
  ): Promise<NotificationListener> {
    const list = Array.isArray(endpoints) ? endpoints : [endpoints as NotificationEndpoint]
    const listener = this.keep(getNotificationListener(this.transport, targets, list, options))
    await listener.start()
    return listener
  }

  async listenBatch(
    endpoints: BatchNotificationEndpoint | readonly BatchNotificationEndpoint[],
    options: BatchListenerOptions = {},
  ): Promise<NotificationListener> {
    const list = Array.isArray(endpoints) ? endpoints : [endpoints as BatchNotificationEndpoint]
    const listener = this.keep(getBatchNotificationListener(this.transport, [this.target], list, options))
    await listener.start()
    return listener
  }

  /** Has its errors told, and closes it at the end. */
  keep(listener: NotificationListener): NotificationListener {
    listener.on('error', (error, about) => this.errors.push({ error, about }))
    this.#listeners.push(listener)
    return listener
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const listener of this.#listeners) {
      await listener.stop()
      await listener.wait({ timeout: 200 })
    }
    await this.transport.cleanup()
  }
}

/** A promise and what settles it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
