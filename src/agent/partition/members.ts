import { setTimeout as pause } from 'node:timers/promises'

import {
  getNotificationListener,
  getTransport,
  type Logger,
  type NotificationListener,
  Notifier,
  Target,
  type Transport,
  TransportURL,
} from '../../index.js'

const ALIVE = 'tocsin.agent.alive'
const LEFT = 'tocsin.agent.left'
/** A member that was not heard for so many beats is gone. */
const BEATS_UNTIL_GONE = 5

export interface MemberOptions {
  /** Of the broker, as for any transport. The members have links of their own. */
  readonly url: TransportURL
  /** Members of one group share partitions. */
  readonly group: string
  /** Unique to this member. */
  readonly id: string
  /** How many partitions there are; members that say otherwise are complained of. */
  readonly partitions: number
  /** Milliseconds between two beats. */
  readonly interval: number
  readonly logger: Logger
  /** Told of the members, itself included, whenever they change. Never throws. */
  readonly changed: (members: readonly string[]) => void
}

/**
 * The agents that share partitions. Each says every `interval` that it is there, to all others: through a pool of its own, whose queue goes when it
 * does. Who leaves says so; who was not heard for five beats is taken for gone, unless one does not hear itself either. There is no leader and no lock, so for some beats two members may differ in
 * whom they know.
 */
export class Members {
  readonly #options: MemberOptions
  readonly #transport: Transport
  readonly #listener: NotificationListener
  readonly #notifier: Notifier
  /** When each was last heard, in milliseconds of performance.now(): clocks of machines play no part. */
  readonly #heard = new Map<string, number>()
  readonly #complained = new Set<string>()
  /** When this member last heard itself: if it does not, it is cut off, and the others may be well. */
  #echo = 0
  #isCutOff = false
  #isKnown = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: MemberOptions) {
    const { url, group, id, interval, logger } = options
    this.#options = options
    this.#transport = getTransport(passing(url), { logger })
    const topic = `tocsin-agents-${group}`
    this.#listener = getNotificationListener(
      this.#transport,
      [new Target({ topic, exchange: topic })],
      [{ info: (_ctxt, _publisherId, eventType, payload: unknown) => this.#hear(eventType, payload) }],
      { pool: id, context: false, deadLetter: false },
    )
    // A beat that is late is worth nothing: the next one follows.
    this.#notifier = new Notifier(this.#transport, {
      publisherId: id,
      topics: [topic],
      exchange: topic,
      retry: 0,
      timeout: interval * BEATS_UNTIL_GONE,
    })
  }

  get known(): readonly string[] {
    return [...this.#heard.keys()].sort()
  }

  /** Resolves when it has listened for two beats, and so knows who is there. Rejects when the signal aborts before. */
  async start(signal: AbortSignal): Promise<void> {
    const { id, interval } = this.#options
    this.#heard.set(id, performance.now())
    await this.#listener.start({ signal })
    this.#echo = performance.now()
    this.#timer = setInterval(() => this.#beat(), interval)
    this.#isKnown = true
    await this.#say(ALIVE)
    await pause(2 * interval, undefined, { signal })
  }

  /** Says that it leaves, where it was there. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    if (this.#isKnown) await this.#say(LEFT)
    await this.#transport.cleanup()
  }

  #beat(): void {
    // Never rejects.
    void this.#say(ALIVE)
    const gone = performance.now() - BEATS_UNTIL_GONE * this.#options.interval
    this.#isCutOff ||= this.#echo < gone
    if (this.#isCutOff) return
    this.#heard.set(this.#options.id, performance.now())
    const lost = [...this.#heard].filter(([, heard]) => heard < gone).map(([member]) => member)
    for (const member of lost) this.#heard.delete(member)
    if (lost.length > 0) this.#options.changed(this.known)
  }

  /** It hears again: nobody is judged by the time in which it did not. */
  #hearItself(): void {
    this.#echo = performance.now()
    if (!this.#isCutOff) return
    this.#isCutOff = false
    for (const member of this.#heard.keys()) this.#heard.set(member, this.#echo)
  }

  async #say(eventType: string): Promise<void> {
    const { id, partitions, logger } = this.#options
    try {
      await this.#notifier.info(null, eventType, { member: id, partitions })
    } catch (error) {
      logger.warn('the other agents could not be told that this one is there', { error })
    }
  }

  #hear(eventType: string, payload: unknown): void {
    const { id, changed } = this.#options
    const { member, partitions } = (payload ?? {}) as { member?: unknown; partitions?: unknown }
    if (typeof member !== 'string') return
    if (member === id) {
      this.#hearItself()
      return
    }
    const isNew = !this.#heard.has(member)
    if (eventType === LEFT) {
      if (this.#heard.delete(member)) changed(this.known)
      return
    }
    this.#heard.set(member, performance.now())
    if (!isNew) return
    this.#compare(member, partitions)
    changed(this.known)
    // So that it knows of this one before its next beat.
    void this.#say(ALIVE)
  }

  #compare(member: string, partitions: unknown): void {
    if (partitions === this.#options.partitions || this.#complained.has(member)) return
    this.#complained.add(member)
    this.#options.logger.error(
      `agent ${member} has ${String(partitions)} partitions and this one has ${this.#options.partitions}; give all of a group the same number`,
    )
  }
}

/** The same broker, with queues and exchanges that go with their last user. */
function passing(url: TransportURL): TransportURL {
  if (!/^(?:rabbits?|amqps?|kombu)\b/.test(url.scheme)) return url
  const query = Object.entries(url.query).filter(([key]) => !/quorum|quroum|queueType|preset/.test(key))
  return new TransportURL({
    scheme: url.scheme,
    hosts: url.hosts,
    virtualHost: url.virtualHost,
    query: { ...Object.fromEntries(query), amqp_auto_delete: 'true', declareQueues: 'false' },
  })
}
