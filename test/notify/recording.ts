import { randomUUID } from 'node:crypto'

import type {
  DeadLetters,
  Driver,
  DriverEvents,
  DriverListener,
  Features,
  Health,
  ListenOptions,
  Route,
  SendOptions,
  Subscription,
} from '../../src/core/driver.js'
import type { EventSource } from '../../src/core/events.js'
import { type Logger, silentLogger } from '../../src/core/logger.js'
import type { IncomingMessage } from '../../src/core/message.js'
import { TransportURL } from '../../src/core/url.js'
import { memoryDriverEntry } from '../../src/drivers/memory/driver.js'
import { type DecodedNotification, decodeNotification } from '../../src/notify/envelope.js'
import { Transport } from '../../src/transport.js'

export interface Sent {
  readonly route: Route
  readonly body: Uint8Array
  readonly options: SendOptions
}

/** A memory driver that remembers what was sent through it, and refuses the topics of `refuse`. */
class RecordingDriver implements Driver {
  readonly sent: Sent[] = []
  readonly #refuse: ReadonlyMap<string, Error>
  readonly #inner: Driver

  constructor(refuse: ReadonlyMap<string, Error> = new Map()) {
    this.#refuse = refuse
    this.#inner = memoryDriverEntry.create(TransportURL.parse(`memory://${randomUUID()}`), {
      logger: silentLogger,
      maxBodySize: 1024 * 1024,
    })
  }

  get events(): EventSource<DriverEvents> {
    return this.#inner.events
  }
  features(subscription?: Subscription): Features {
    return this.#inner.features(subscription)
  }
  send(route: Route, body: Uint8Array, options: SendOptions = {}): Promise<void> {
    this.sent.push({ route, body: Uint8Array.from(body), options })
    const error = this.#refuse.get(route.topic)
    return error === undefined ? this.#inner.send(route, body, options) : Promise.reject(error)
  }
  listen(
    subscriptions: readonly Subscription[],
    options: ListenOptions,
    onIncoming: (message: IncomingMessage) => void,
  ): Promise<DriverListener> {
    return this.#inner.listen(subscriptions, options, onIncoming)
  }
  flush(options?: { readonly timeout?: number }): Promise<void> {
    return this.#inner.flush(options)
  }
  health(): Health {
    return this.#inner.health()
  }
  deadLetters(subscription: Subscription): DeadLetters {
    return this.#inner.deadLetters(subscription)
  }
  cleanup(): Promise<void> {
    return this.#inner.cleanup()
  }
}

export interface RecordingTransport extends AsyncDisposable {
  readonly transport: Transport
  readonly sent: readonly Sent[]
}

/** Closes with `await using`. */
export function recordingTransport(
  options: { readonly refuse?: ReadonlyMap<string, Error>; readonly logger?: Logger } = {},
): RecordingTransport {
  const driver = new RecordingDriver(options.refuse)
  const transport = new Transport(TransportURL.parse('recording://'), driver, {
    logger: options.logger ?? silentLogger,
  })
  return { transport, sent: driver.sent, [Symbol.asyncDispose]: () => transport.cleanup() }
}

export function decode(sent: Sent): DecodedNotification {
  return decodeNotification(sent.body, undefined, { maxBodySize: 1024 * 1024, maxDepth: 100 })
}

/** What a notification says, without its context and what only peers look at. */
export function publicFields(message: DecodedNotification['message']): Record<string, unknown> {
  return Object.fromEntries(Object.entries(message).filter(([key]) => !/^_[a-z]/.test(key)))
}

/** 1 or 2, by what only envelope 2 has. */
export function versionOf(sent: Sent): 1 | 2 {
  return 'oslo.version' in (JSON.parse(Buffer.from(sent.body).toString()) as object) ? 2 : 1
}

export interface LoggedLine {
  readonly level: keyof Logger
  readonly message: string
}

/** A logger that keeps its lines. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = []
  const method = (level: keyof Logger) => (message: string) => {
    lines.push({ level, message })
  }
  return {
    lines,
    logger: { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') },
  }
}
