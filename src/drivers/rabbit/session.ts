/** One channel of a consumer, an epoch: a message settled after it is over is counted and does nothing, since its delivery tag means another later. */
import { randomUUID } from 'node:crypto'

import type { Channel, ConsumeMessage } from 'amqplib'

import { describeError, MessagingException } from '../../core/errors.js'
import type { IncomingMessage, RejectOptions, RequeueOptions } from '../../core/message.js'
import { AckLine, type Unsettled } from './acks.js'
import { closeChannel } from './channels.js'
import { type CarriedHeaders, deadCopy, retryCopy } from './copies.js'
import { withDeadline } from './deadline.js'
import type { Declarer } from './declarer.js'
import { RabbitMessage, type Settler } from './message.js'
import type { RabbitOptions } from './options.js'
import type { Publisher } from './publisher.js'
import type { Publication } from './send-line.js'
import type { StreamPosition } from './stream-position.js'
import type { QueuePlan, SubscriptionPlan } from './topology.js'

/** What all consumers of a listener share. */
export interface ConsumerParts {
  readonly options: RabbitOptions
  readonly publisher: Publisher
  readonly credit: number
  /** Where rejected messages go; undefined = the broker drops or dead-letters them by its own policy. */
  readonly deadQueue: ((name: string) => QueuePlan) | undefined
  readonly counts: Counts
  readonly onIncoming: (message: IncomingMessage) => void
  readonly onTrouble: (error: Error) => void
  /** The channel is gone though nobody closed it. */
  readonly onLost: () => void
  /** A consumer that the broker cancelled was made again. */
  readonly onRestored: () => void
}

/** Changed by consumers, read by `stats()`. */
export interface Counts {
  delivered: number
  acknowledged: number
  requeued: number
  rejected: number
  stale: number
  unsettled: number
}

/** Milliseconds: over a link that has gone dead, all steps of an orderly end together have to fit into the half minute that supervisors give. */
const cancelTimeout = 5_000

/** Given back at once, a message that can't be republished would be delivered, and fail, as fast as the broker can. */
const pauseAfterFailure = 1_000

/** Milliseconds between two frames, unless more acknowledgements come together than are worth a frame: each costs a system call. */
const gathering = 5

/** How long an acknowledgement waits for the slower message before it, so that many can leave as one: after a crash all of these come again. */
const longestHold = 1_000

/** One channel's life: what comes by it, and how that is settled. */
export class Session implements Settler {
  readonly #channel: Channel
  readonly #plan: SubscriptionPlan
  readonly #position: StreamPosition | undefined
  readonly #declarer: Declarer
  readonly #parts: ConsumerParts
  readonly #acks: AckLine<ConsumeMessage>
  /** So many acknowledgements are worth a frame. */
  readonly #enough: number
  readonly #republishes = new Set<Promise<void>>()
  #arrived: ConsumeMessage[] = []
  #unsettled = 0
  #tag = randomUUID()
  #isConsuming = false
  #isOver = false
  #isStopped = false
  #isFlushDue = false
  #flushedAt = 0
  #gatherTimer: NodeJS.Timeout | undefined
  #holdTimer: NodeJS.Timeout | undefined

  /** `position`: of a stream. */
  constructor(
    channel: Channel,
    plan: SubscriptionPlan,
    declarer: Declarer,
    parts: ConsumerParts,
    position: StreamPosition | undefined,
  ) {
    this.#position = position
    this.#channel = channel
    this.#plan = plan
    this.#declarer = declarer
    this.#parts = parts
    this.#enough = Math.min(64, Math.floor(parts.credit / 4))
    this.#acks = new AckLine(Math.ceil(parts.credit / 4), (message, reach) =>
      channel.ack(message, reach === 'upTo'),
    )
  }

  /** Resolves when messages may come, or at once after a stop. */
  async consume(): Promise<void> {
    if (this.#isStopped) return
    const { options } = this.#parts
    this.#tag = randomUUID()
    const consuming = this.#channel.consume(this.#plan.queue.name, (raw) => this.#onDelivery(raw), {
      consumerTag: this.#tag,
      arguments:
        this.#position === undefined
          ? options.consumerArguments
          : { 'x-stream-offset': this.#position.offset },
    })
    await withDeadline(consuming, options.callTimeout, 'starting a consumer')
    this.#isConsuming = true
  }

  /** Whether messages may come. */
  get isConsuming(): boolean {
    return this.#isConsuming && !this.#isOver && !this.#isStopped
  }

  /** In amqplib's stack, for each frame of one socket read: only collects. User code runs in the microtask after it. */
  #onDelivery(raw: ConsumeMessage | null): void {
    if (raw === null) {
      void this.#cancelled()
      return
    }
    this.#arrived.push(raw)
    if (this.#arrived.length === 1) queueMicrotask(() => this.#handUp())
  }

  #handUp(): void {
    const arrived = this.#arrived
    this.#arrived = []
    for (const raw of arrived) {
      // A settle of the ones before may have found the channel closed.
      if (this.#isOver) return
      const message = new RabbitMessage(this.#acks.add(raw), this)
      this.#position?.received(raw)
      this.#unsettled += 1
      this.#parts.counts.delivered += 1
      this.#parts.counts.unsettled += 1
      if (this.#isStopped) {
        message.requeue()
        continue
      }
      try {
        this.#parts.onIncoming(message)
      } catch (error) {
        this.#parts.onTrouble(
          new MessagingException('RECEIVER_THREW', `what receives messages threw: ${describeError(error)}`, {
            cause: error,
          }),
        )
      }
    }
  }

  /** The broker cancelled the consumer: the queue was deleted, or its node is gone. Made again on this channel, so that acks in hand still count. */
  async #cancelled(): Promise<void> {
    const { onTrouble } = this.#parts
    this.#isConsuming = false
    onTrouble(
      new MessagingException(
        'CONSUMER_CANCELLED',
        `the broker cancelled the consumer of queue '${this.#plan.queue.name}'; it is made again`,
      ),
    )
    for (let pause = 50; !this.#isOver && !this.#isStopped; pause = Math.min(5_000, pause * 2)) {
      try {
        const { queue } = this.#plan
        this.#position?.found(await this.#declarer.messages(queue.name), 'cancelled')
        await this.#declarer.subscription(this.#plan)
        await this.consume()
        this.#parts.onRestored()
        return
      } catch (error) {
        onTrouble(
          new MessagingException(
            'CONSUMER_CANCELLED',
            `the consumer of queue '${this.#plan.queue.name}' can't be made again yet: ${describeError(error)}`,
            { cause: error },
          ),
        )
        await new Promise((resolve) => setTimeout(resolve, pause).unref())
      }
    }
  }

  /** When it resolves, nothing more comes up. */
  async stop(): Promise<void> {
    this.#isStopped = true
    if (this.#isOver) return
    // After a lost channel there is nothing left to cancel; after a late answer the closing of the channel does it.
    await withDeadline(
      this.#channel.cancel(this.#tag),
      Math.min(cancelTimeout, this.#parts.options.callTimeout),
      'cancelling a consumer',
    ).catch(() => {})
    this.#handUp()
  }

  /** Waits for republishes until `end` (milliseconds since the epoch), writes what is acknowledged, closes the channel: what is unsettled goes back. */
  async close(end: number): Promise<void> {
    this.#isStopped = true
    if (this.#isOver) return
    await withDeadline(
      Promise.allSettled(this.#republishes),
      Math.max(0, end - Date.now()),
      'republishing',
    ).catch(() => {})
    if (this.#hasEnded()) return
    this.#write(() => this.#acks.flush('all'))
    this.end()
    // After the deadline too: the channel's end is what gives back the rest.
    await closeChannel(this.#channel, Math.max(1_000, end - Date.now()))
  }

  #hasEnded(): boolean {
    return this.#isOver
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#holdTimer)
    clearTimeout(this.#gatherTimer)
    const oldest = this.#acks.end()
    if (oldest !== undefined) this.#position?.goBackTo(oldest)
    this.#parts.counts.unsettled -= this.#unsettled
  }

  acknowledge(message: RabbitMessage): boolean {
    const entry = this.#take(message)
    if (entry === undefined) return false
    this.#parts.counts.acknowledged += 1
    this.#acks.acknowledge(entry)
    this.#flushSoon()
    return true
  }

  requeue(message: RabbitMessage, options: RequeueOptions): boolean {
    if (!this.#isKnown(message)) return false
    if (this.#position !== undefined) return this.#leaveOnStream(message)
    this.#parts.counts.requeued += 1
    const { delay = 0, finished = [] } = options
    // A classic queue says that a message was delivered before, not how often: the next attempt has to be counted by a copy. Not so for
    // one that is given back unhandled, which says nothing of a delay.
    const isCounted = options.delay === undefined || !message.redelivered
    if (delay <= 0 && isCounted && finished.every((name) => message.marks.finished.includes(name)))
      this.#giveBack(message)
    else this.#republish(message, (headers) => retryCopy(message, this.#plan.queue.name, options, headers))
    return true
  }

  reject(message: RabbitMessage, options: RejectOptions): boolean {
    const { counts, deadQueue } = this.#parts
    if (!this.#isKnown(message)) return false
    counts.rejected += 1
    const { queue, dead } = this.#plan
    if (deadQueue === undefined) this.#drop(message, (raw) => this.#channel.reject(raw, false))
    else
      this.#republish(message, (headers) => deadCopy(message, queue.name, deadQueue(dead), options, headers))
    return true
  }

  /** The original is acknowledged only when the broker has the copy; it is unfinished until then. */
  #republish(message: RabbitMessage, copy: (headers: CarriedHeaders) => Publication): void {
    const published = this.#publish(copy).then(
      () => {
        const entry = this.#take(message)
        if (entry === undefined) return
        this.#acks.acknowledge(entry)
        this.#flushSoon()
      },
      async (error: unknown) => {
        const again = this.#position === undefined ? 'given back' : 'tried again'
        const text = `a message of queue '${this.#plan.queue.name}' could not be republished and is ${again} in ${pauseAfterFailure} ms: ${describeError(error)}`
        this.#parts.onTrouble(new MessagingException('REPUBLISH_FAILED', text, { cause: error }))
        await new Promise((resolve) => setTimeout(resolve, pauseAfterFailure).unref())
        if (this.#isOver) return
        if (this.#position === undefined) this.#giveBack(message)
        else this.#republish(message, copy)
      },
    )
    this.#republishes.add(published)
    // Both handlers above return, so this never rejects.
    void published.then(() => this.#republishes.delete(published))
  }

  /** Headers that came by the wire need not be ones that amqplib can write, and given back the message would come again for ever. */
  async #publish(copy: (headers: CarriedHeaders) => Publication): Promise<void> {
    const { publisher, onTrouble } = this.#parts
    try {
      await publisher.publish(copy('all'))
    } catch (error) {
      if (!(error instanceof MessagingException && error.code === 'UNSENDABLE')) throw error
      const text = `a message of queue '${this.#plan.queue.name}' is republished without its sender's headers: ${error.message}`
      onTrouble(new MessagingException('HEADERS_DROPPED', text, { cause: error }))
      await publisher.publish(copy('own'))
    }
  }

  /** It can't be put back. After a stop that is no trouble: a listener that starts again hears only what comes from then on. */
  #leaveOnStream(message: RabbitMessage): boolean {
    if (!this.#isStopped) {
      const text = `a message of the stream '${this.#plan.queue.name}' was to be requeued, which no stream can; it is left`
      this.#parts.onTrouble(new MessagingException('CANNOT_REQUEUE', text))
    }
    this.#drop(message, (raw) => this.#channel.nack(raw, false, false))
    return false
  }

  #giveBack(message: RabbitMessage): void {
    this.#drop(message, (raw) => this.#channel.nack(raw, false, true))
  }

  #drop(message: RabbitMessage, write: (raw: ConsumeMessage) => void): void {
    const entry = this.#take(message)
    if (entry === undefined) return
    this.#acks.leave(entry)
    this.#write(() => write(message.raw))
    this.#flushSoon()
  }

  #isKnown(message: RabbitMessage): boolean {
    if (!this.#isOver && message.entry !== undefined) return true
    this.#parts.counts.stale += 1
    return false
  }

  #take(message: RabbitMessage): Unsettled<ConsumeMessage> | undefined {
    if (!this.#isKnown(message)) return undefined
    const { entry } = message
    message.entry = undefined
    this.#unsettled -= 1
    this.#parts.counts.unsettled -= 1
    return entry
  }

  /** At the end of the turn, when enough came together, or soon: each frame costs the broker as much as its message. */
  #flushSoon(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    process.nextTick(this.#flushDue)
  }

  readonly #flushDue = (): void => {
    if (performance.now() - this.#flushedAt >= gathering) this.#flush()
    // The socket is read several times in a turn where there is much to read.
    else if (this.#acks.held >= this.#enough) setImmediate(this.#flush)
    else {
      this.#isFlushDue = false
      this.#gatherTimer ??= setTimeout(this.#flushGathered, gathering)
    }
  }

  readonly #flushGathered = (): void => {
    this.#gatherTimer = undefined
    this.#flush()
  }

  readonly #flush = (): void => {
    this.#isFlushDue = false
    if (this.#isOver) return
    this.#flushedAt = performance.now()
    this.#write(() => this.#acks.flush())
    if (this.#acks.held > 0 && !this.#hasEnded()) this.#holdTimer ??= setTimeout(this.#endHold, longestHold)
  }

  readonly #endHold = (): void => {
    this.#holdTimer = undefined
    this.#write(() => this.#acks.flush('all'))
  }

  /** A channel that is closing throws; its session is over in a moment, and the broker delivers again. */
  #write(write: () => void): void {
    try {
      write()
    } catch (error) {
      if (!(error instanceof Error && error.name === 'IllegalOperationError')) throw error
      this.end()
    }
  }
}
