/** One test's own corner of the broker: names nobody else has, transports and listeners that end with it, and nothing left behind. */
import { randomUUID } from 'node:crypto'

import amqplib, { type Channel, type ChannelModel, type GetMessage, type Options } from 'amqplib'

import type { EventMap, Metadata, NotificationEndpoint } from '../../src/index.js'
import {
  type BatchListenerOptions,
  type BatchNotificationEndpoint,
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  type ListenerOptions,
  type NotificationListener,
  type NotificationResult,
  Notifier,
  type NotifierOptions,
  PRIORITIES,
  type Priority,
  silentLogger,
  Target,
  type Transport,
} from '../../src/index.js'
import { eventually } from './eventually.js'
import type { PyListen, PyMessage, PyNotify, PythonListener, PythonPeer } from './peer.js'

/** The broker of the tests, as amqplib wants it. */
export const brokerUrl: string = process.env['TOCSIN_TEST_RABBIT_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672/'

/** One call of a tocsin endpoint. */
export interface Call {
  readonly endpoint: string
  readonly priority: Priority
  readonly ctxt: Readonly<Record<string, unknown>>
  readonly publisherId: string
  readonly eventType: string
  // biome-ignore lint: a test knows what it sent
  readonly payload: any
  readonly metadata: Metadata
}

export interface EndpointOptions {
  readonly name?: string
  readonly priorities?: readonly Priority[]
  readonly filterRule?: NotificationEndpoint['filterRule']
  /** What the endpoint answers; default: nothing, which is handled. */
  readonly answer?: (call: Call, earlier: number) => NotificationResult | undefined
}

export interface OurListen extends ListenerOptions {
  /** Of the URL, `a=b&c=d`. */
  readonly query?: string
  readonly transport?: Transport
  readonly targets?: readonly Target[]
  readonly endpoints?: readonly EndpointOptions[]
}

/** A listener of ours that remembers what it was called with. */
export class OurListener {
  readonly calls: Call[] = []
  readonly errors: Error[] = []
  listener!: NotificationListener

  async heard(count: number): Promise<readonly Call[]> {
    await eventually(() => this.calls.length >= count, {
      what: () =>
        `${count} calls of our endpoint; had ${this.calls.length}, errors: ${this.errors.join('; ')}`,
    })
    return this.calls
  }

  /** Resolves when everything is settled with the broker. */
  async stop(): Promise<void> {
    await this.listener.stop()
    await this.listener.wait()
  }
}

export class Bus {
  readonly exchange: string
  readonly topic: string
  readonly peer: PythonPeer
  /** Texts of the `trouble` events of all transports of this bus. */
  readonly troubles: string[] = []
  readonly #base: string
  readonly #connection: ChannelModel
  readonly #transports: Transport[] = []
  readonly #listeners: { stop(): Promise<void> }[] = []
  readonly #queues = new Set<string>()
  readonly #exchanges = new Set<string>()

  private constructor(peer: PythonPeer, connection: ChannelModel, base: string) {
    this.peer = peer
    this.#connection = connection
    this.#base = base
    this.exchange = this.ownExchange('exchange')
    this.topic = this.ownTopic('topic')
  }

  /** `virtualHost`: of a broker that has it; default: the URL's own. */
  static async open(peer: PythonPeer, options: { readonly virtualHost?: string } = {}): Promise<Bus> {
    const base = new URL(brokerUrl)
    if (options.virtualHost !== undefined) base.pathname = `/${encodeURIComponent(options.virtualHost)}`
    return new Bus(peer, await amqplib.connect(String(base), { noDelay: true }), String(base))
  }

  /** Ends listeners and transports, then removes exchanges and queues, dead-letter queues included. */
  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.stop()))
    await Promise.all(this.#transports.map((transport) => transport.cleanup()))
    const channel = await this.#connection.createChannel()
    for (const queue of this.#queues) {
      await channel.deleteQueue(queue)
      await channel.deleteQueue(`${queue}.dead`)
    }
    for (const exchange of this.#exchanges) await channel.deleteExchange(exchange)
    await this.#connection.close()
  }

  // --- names ---

  ownExchange(kind: string): string {
    const name = `interop-${kind}-${randomUUID().slice(0, 13)}`
    this.#exchanges.add(name)
    return name
  }

  ownTopic(kind: string): string {
    const name = `interop-${kind}-${randomUUID().slice(0, 13)}`
    for (const priority of PRIORITIES) this.#queues.add(`${name}.${priority}`)
    return name
  }

  ownPool(kind: string): string {
    const name = `interop-${kind}-${randomUUID().slice(0, 13)}`
    this.#queues.add(name)
    return name
  }

  /** Of the broker for either side; `query` as `a=b&c=d`. Python knows no scheme but rabbit. */
  url(query = ''): string {
    const url = this.#base.replace(/^amqp/, 'rabbit')
    return query === '' ? url : `${url}?${query}`
  }

  // --- our side ---

  transport(query = ''): Transport {
    const transport = getTransport(this.url(query), {
      controlExchange: this.exchange,
      logger: silentLogger,
    })
    transport.events.on('trouble', (error) => this.troubles.push(error.message))
    this.#transports.push(transport)
    return transport
  }

  notifier(
    options: NotifierOptions & { readonly query?: string; readonly transport?: Transport } = {},
  ): Notifier {
    const { query = 'preset=oslo', transport = this.transport(query), ...rest } = options
    return new Notifier(transport, { publisherId: 'tocsin.host1', topics: [this.topic], ...rest })
  }

  /** Started when it resolves. */
  async ourListener(options: OurListen = {}): Promise<OurListener> {
    const { query = 'preset=oslo', transport = this.transport(query), targets, endpoints, ...rest } = options
    const ours = new OurListener()
    const listener = getNotificationListener(
      transport,
      targets ?? [new Target({ topic: this.topic })],
      (endpoints ?? [{}]).map((endpoint) => recordingEndpoint(endpoint, ours.calls)),
      rest,
    )
    return this.#started(ours, listener)
  }

  /** As given, for batches. Started when it resolves. */
  async ourBatchListener(
    endpoints: readonly BatchNotificationEndpoint[],
    options: BatchListenerOptions & Pick<OurListen, 'query' | 'transport' | 'targets'> = {},
  ): Promise<OurListener> {
    const { query = 'preset=oslo', transport = this.transport(query), targets, ...rest } = options
    const listener = getBatchNotificationListener(
      transport,
      targets ?? [new Target({ topic: this.topic })],
      endpoints,
      rest,
    )
    return this.#started(new OurListener(), listener)
  }

  async #started(ours: OurListener, listener: NotificationListener): Promise<OurListener> {
    ours.listener = listener
    listener.on('error', (error) => ours.errors.push(error))
    this.#listeners.push(ours)
    await listener.start()
    return ours
  }

  // --- their side ---

  /** The Python notifier on this bus. */
  theirNotify(
    messages: readonly PyMessage[],
    options: Partial<PyNotify> & { readonly query?: string } = {},
  ): Promise<void> {
    const { query = '', ...rest } = options
    return this.peer.notify({
      url: this.url(query),
      exchange: this.exchange,
      topics: [this.topic],
      publisher_id: 'python.host1',
      messages,
      ...rest,
    })
  }

  /** A Python listener on this bus. */
  async theirListener(
    options: Partial<PyListen> & { readonly query?: string } = {},
  ): Promise<PythonListener> {
    const { query = '', ...rest } = options
    const listener = await this.peer.listen({
      url: this.url(query),
      exchange: this.exchange,
      targets: [{ topic: this.topic }],
      ...rest,
    })
    this.#listeners.push(listener)
    return listener
  }

  // --- the broker itself ---

  /** Takes the next message out of a queue, as a stranger would; undefined = empty. */
  async take(queue: string): Promise<GetMessage | undefined> {
    const channel = await this.#connection.createChannel()
    try {
      return (await channel.get(queue, { noAck: true })) || undefined
    } finally {
      await channel.close()
    }
  }

  /** Publishes as a stranger would. */
  async publish(
    exchange: string,
    routingKey: string,
    body: string | Buffer,
    options: Options.Publish = {},
  ): Promise<void> {
    await this.asking(async (channel) => {
      channel.publish(exchange, routingKey, Buffer.from(body), {
        contentType: 'application/json',
        contentEncoding: 'utf-8',
        ...options,
      })
    })
  }

  /** How many messages are ready in a queue. */
  async depth(queue: string): Promise<number> {
    return (await this.asking((channel) => channel.checkQueue(queue))).messageCount
  }

  /** Resolves when a queue has that many consumers: a Python listener consumes from its first poll on, a moment after its start. */
  async consumers(queue: string, count: number): Promise<void> {
    await eventually(
      async () => (await this.asking((channel) => channel.checkQueue(queue))).consumerCount === count,
      { what: () => `${count} consumers of ${queue}` },
    )
  }

  /** Whether a queue by this name exists. */
  async has(queue: string): Promise<boolean> {
    return this.accepts((channel) => channel.checkQueue(queue))
  }

  /** Whether the broker takes this declaration of a queue; a queue that is otherwise says 406. */
  acceptsQueue(queue: string, options: Options.AssertQueue): Promise<boolean> {
    return this.accepts((channel) => channel.assertQueue(queue, options))
  }

  acceptsExchange(exchange: string, options: Options.AssertExchange): Promise<boolean> {
    return this.accepts((channel) => channel.assertExchange(exchange, 'topic', options))
  }

  async accepts(declare: (channel: Channel) => Promise<unknown>): Promise<boolean> {
    try {
      await this.asking(declare)
      return true
    } catch (error) {
      if ([404, 405, 406].includes((error as { code?: number }).code ?? 0)) return false
      throw error
    }
  }

  /** On a channel of its own, which the broker may close. */
  async asking<T>(ask: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.#connection.createChannel()
    channel.on('error', () => {
      // The rejected promise says it.
    })
    const answer = await ask(channel)
    await channel.close()
    return answer
  }
}

/** An endpoint that remembers its calls and answers as told. */
function recordingEndpoint(options: EndpointOptions, calls: Call[]): NotificationEndpoint {
  const { name = 'endpoint', priorities = PRIORITIES, filterRule, answer } = options
  const method =
    (priority: Priority) =>
    (
      ctxt: Call['ctxt'],
      publisherId: string,
      eventType: string,
      payload: EventMap[string],
      metadata: Metadata,
    ): NotificationResult | undefined => {
      const call: Call = { endpoint: name, priority, ctxt, publisherId, eventType, payload, metadata }
      const earlier = calls.filter(
        (one) => one.endpoint === name && one.metadata.messageId === metadata.messageId,
      ).length
      calls.push(call)
      return answer?.(call, earlier)
    }
  return {
    name,
    ...(filterRule === undefined ? {} : { filterRule }),
    ...Object.fromEntries(priorities.map((priority) => [priority, method(priority)])),
  } as NotificationEndpoint
}
