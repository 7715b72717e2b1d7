/** The dead letters of one subscription: what lies in its `.dead` queue. */
import { createHash } from 'node:crypto'

import type { Channel, GetMessage } from 'amqplib'

import type { DeadLetter, DeadLetters } from '../../core/driver.js'
import { MessageUndeliverable } from '../../core/errors.js'
import { closeChannel, openChannel } from './channels.js'
import { replyCode, withDeadline } from './deadline.js'
import { carriedProperties, header, readMarks, senderHeaders } from './headers.js'
import type { Link } from './link.js'
import type { Publisher } from './publisher.js'

/** Messages that are on their way back at once. */
const mostAtOnce = 100

export class RabbitDeadLetters implements DeadLetters {
  readonly #link: Link
  readonly #publisher: Publisher
  readonly #dead: string
  readonly #queue: string
  readonly #callTimeout: number

  /** `queue`: where those go back to that do not say where they came from, as they do that the broker put there. */
  constructor(
    link: Link,
    publisher: Publisher,
    {
      dead,
      queue,
      callTimeout,
    }: { readonly dead: string; readonly queue: string; readonly callTimeout: number },
  ) {
    this.#link = link
    this.#publisher = publisher
    this.#dead = dead
    this.#queue = queue
    this.#callTimeout = callTimeout
  }

  async list({ limit = 100 }: { readonly limit?: number } = {}): Promise<readonly DeadLetter[]> {
    const letters: DeadLetter[] = []
    await this.#each(limit, async (message) => {
      letters.push(readLetter(message))
      return 'keep'
    })
    return letters
  }

  replay({ ids }: { readonly ids?: readonly string[] } = {}): Promise<number> {
    return this.#takeOut(ids, (message) => this.#sendBack(message))
  }

  async purge({ ids }: { readonly ids?: readonly string[] } = {}): Promise<number> {
    if (ids !== undefined) return this.#takeOut(ids, async () => 'remove')
    return (await this.#with((channel) => channel.purgeQueue(this.#dead)))?.messageCount ?? 0
  }

  /** One whose queue is gone, as a fanout's goes with its listener, stays where it is. */
  async #sendBack(message: GetMessage): Promise<'keep' | 'remove'> {
    const from: unknown = message.properties.headers?.[header.queue]
    try {
      await this.#publisher.publish({
        exchange: '',
        routingKey: typeof from === 'string' ? from : this.#queue,
        body: message.content,
        properties: { ...carriedProperties(message), headers: senderHeaders(message), mandatory: true },
      })
      return 'remove'
    } catch (error) {
      if (error instanceof MessageUndeliverable) return 'keep'
      throw error
    }
  }

  async #takeOut(
    ids: readonly string[] | undefined,
    judge: (message: GetMessage) => Promise<'keep' | 'remove'>,
  ): Promise<number> {
    const wanted = ids === undefined ? undefined : new Set(ids)
    let taken = 0
    await this.#each(Number.POSITIVE_INFINITY, async (message) => {
      if (wanted !== undefined && !wanted.has(letterId(message))) return 'keep'
      const verdict = await judge(message)
      if (verdict === 'remove') taken += 1
      return verdict
    })
    return taken
  }

  /** Looks at each message that lies there now, once; what is kept goes back, in its place, at the end. */
  async #each(limit: number, judge: (message: GetMessage) => Promise<'keep' | 'remove'>): Promise<void> {
    await this.#with(async (channel) => {
      const { messageCount } = await this.#call(channel.checkQueue(this.#dead))
      const judging = new Set<Promise<void>>()
      const failures: unknown[] = []
      let kept = 0
      for (let left = Math.min(limit, messageCount); left > 0 && failures.length === 0; left--) {
        const message = await this.#call(channel.get(this.#dead))
        if (message === false) break
        const judged = judge(message)
          .then((verdict) => {
            if (verdict === 'remove') channel.ack(message)
            else kept += 1
          })
          .catch((error: unknown) => void failures.push(error))
        judging.add(judged)
        void judged.then(() => judging.delete(judged))
        if (judging.size >= mostAtOnce) await Promise.race(judging)
      }
      // Before the channel closes, which would give back what is acknowledged later.
      await Promise.all(judging)
      await this.#giveBack(channel, kept)
      if (failures.length > 0) throw failures[0]
    })
  }

  /** A broker takes a moment for it, a quorum queue above all; who asks next must find what was looked at. */
  async #giveBack(channel: Channel, count: number): Promise<void> {
    if (count === 0) return
    channel.nackAll(true)
    for (let looks = 0; looks < 20; looks++) {
      const { messageCount } = await this.#call(channel.checkQueue(this.#dead))
      if (messageCount >= count) return
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }

  /** Undefined = there is no such queue, since nothing was ever kept. */
  async #with<T>(work: (channel: Channel) => Promise<T>): Promise<T | undefined> {
    const model = await this.#link.ready({ timeout: this.#callTimeout })
    const channel = await openChannel(model.createChannel(), this.#callTimeout)
    try {
      return await work(channel)
    } catch (error) {
      if (replyCode(error) === 404) return undefined
      throw error
    } finally {
      await closeChannel(channel, this.#callTimeout)
    }
  }

  #call<T>(call: Promise<T>): Promise<T> {
    return withDeadline(call, this.#callTimeout, `the queue '${this.#dead}'`)
  }
}

function readLetter(message: GetMessage): DeadLetter {
  const headers = (message.properties.headers ?? {}) as Record<string, unknown>
  const { firstSeen, lastError } = readMarks(headers)
  const { compression } = headers
  const attempts = headers[header.attempts]
  const reason = headers[header.reason]
  return {
    id: letterId(message),
    body: Uint8Array.from(message.content),
    ...(typeof compression === 'string' ? { compression } : {}),
    reason: typeof reason === 'string' ? reason : brokerReason(headers),
    ...(lastError === undefined ? {} : { error: lastError }),
    attempts: typeof attempts === 'number' ? attempts : 0,
    ...(firstSeen === undefined ? {} : { firstSeen }),
  }
}

/** Of what the broker dead-lettered itself, e.g. at a delivery limit. */
function brokerReason(headers: Readonly<Record<string, unknown>>): string {
  const reason = headers['x-first-death-reason']
  return typeof reason === 'string' ? `broker-${reason}` : 'unknown'
}

/** Ours, or for what the broker put there a digest of the bytes. */
function letterId(message: GetMessage): string {
  const id: unknown = message.properties.headers?.[header.id]
  return typeof id === 'string' ? id : createHash('sha256').update(message.content).digest('hex').slice(0, 32)
}
