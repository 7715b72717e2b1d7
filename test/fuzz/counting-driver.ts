/**
 * A driver around another one, by the public contract alone, that keeps the ledger; around memory:// it is `counting://`, and carries
 * compression headers.
 */
import type {
  DeadLetters,
  Driver,
  DriverEntry,
  DriverEvents,
  DriverListener,
  Features,
  Health,
  ListenerStats,
  ListenOptions,
  Route,
  SendOptions,
  Subscription,
} from '../../src/core/driver.js'
import type { EventSource } from '../../src/core/events.js'
import type { IncomingMessage } from '../../src/core/message.js'
import {
  getTransport,
  MessagingException,
  registerDriver,
  silentLogger,
  type Transport,
} from '../../src/index.js'
import type { Case } from './bodies.js'
import { CountedMessage, Ledger } from './ledger.js'

/** More than a listener takes, so that what is too large gets to it. */
const LARGEST = 64 * 1024 * 1024

export class CountingDriver implements Driver {
  readonly events: EventSource<DriverEvents>
  readonly ledger: Ledger = new Ledger()
  readonly #inner: Driver

  constructor(inner: Driver) {
    this.#inner = inner
    this.events = inner.events
    inner.events.on('trouble', (error) => {
      // Of headers that amqplib reads and can't write: told, and no fault.
      if (!(error instanceof MessagingException && error.code === 'HEADERS_DROPPED'))
        this.ledger.broken(`trouble of the driver: ${error.message}`)
    })
  }

  /** Sends a case; the ledger waits for its end. */
  async sendCase({ index, body, compression, priority }: Case, exchange: string): Promise<void> {
    this.ledger.sent(index)
    const route: Route = { exchange, topic: `notifications.${priority}`, mode: 'shared' }
    await this.#inner.send(route, labelled(index, body, compression))
  }

  features(): Features {
    return this.#inner.features()
  }

  send(route: Route, body: Uint8Array, options?: SendOptions): Promise<void> {
    return this.#inner.send(route, body, options)
  }

  async listen(
    subscriptions: readonly Subscription[],
    options: ListenOptions,
    onIncoming: (message: IncomingMessage) => void,
  ): Promise<DriverListener> {
    const { ledger } = this
    const listener = await this.#inner.listen(subscriptions, options, (message) => {
      const { index, ...label } = readLabel(message.body)
      ledger.delivered(index, (delivery) => onIncoming(new CountedMessage(message, label, ledger, delivery)))
    })
    return new CountingListener(listener, ledger)
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

class CountingListener implements DriverListener {
  readonly #inner: DriverListener
  readonly #ledger: Ledger

  constructor(inner: DriverListener, ledger: Ledger) {
    this.#inner = inner
    this.#ledger = ledger
  }

  stop(): Promise<void> {
    return this.#inner.stop()
  }

  async close(deadline?: number): Promise<void> {
    if (this.#ledger.open > 0) this.#ledger.broken(`${this.#ledger.open} messages were in hand at the end`)
    await this.#inner.close(deadline)
  }

  stats(): ListenerStats {
    return this.#inner.stats()
  }
}

const entry: DriverEntry = {
  create: (url, { logger }) =>
    new CountingDriver(
      getTransport(`memory://${url.hosts[0]?.hostname ?? ''}`, { logger, maxBodySize: LARGEST }).driver,
    ),
}

registerDriver('counting', entry)

/** A transport whose driver counts; `name` is that of its memory broker. */
export function countingTransport(name: string, maxBodySize: number): [Transport, CountingDriver] {
  const transport = getTransport(`counting://${name}`, { logger: silentLogger, maxBodySize })
  return [transport, transport.driver as CountingDriver]
}

/** What a case is known by stands before its body, with the compression header where a driver carries bytes only. */
export function labelled(index: number, body: Buffer, compression?: string): Buffer {
  const header = Buffer.from(compression ?? '')
  const label = Buffer.alloc(7)
  label.writeUInt32LE(index)
  label.writeUInt16LE(header.length, 4)
  label.writeUInt8(compression === undefined ? 0 : 1, 6)
  return Buffer.concat([label, header, body])
}

function readLabel(bytes: Uint8Array): {
  readonly index: number
  readonly compression: string | undefined
  readonly body: Uint8Array
} {
  const label = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = 7 + label.readUInt16LE(4)
  return {
    index: label.readUInt32LE(),
    compression: label.readUInt8(6) === 0 ? undefined : label.toString('utf8', 7, end),
    body: bytes.subarray(end),
  }
}
