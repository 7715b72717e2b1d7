/**
 * Publishing with confirms, pipelined: a bounded window is on its way, the rest waits in order, first in a bounded buffer, then with its caller's own
 * bytes. Every publish settles: confirmed, returned, nacked or lost too often, timed out, aborted. After a lost channel or link the window
 * is sent again, in order, with the same bytes.
 */
import type { ConfirmChannel, Message } from 'amqplib'

import type { SendOptions } from '../../core/driver.js'
import { describeError, MessageUndeliverable, transportClosed } from '../../core/errors.js'
import { openChannel } from './channels.js'
import { ConfirmWindow } from './confirm-window.js'
import { type Adopted, Declarer } from './declarer.js'
import {
  aborted,
  deliveryFailure,
  isLastingRefusal,
  missingExchange,
  nacked,
  noSuchExchange,
  refusalOf,
  timedOut,
  unsendable,
} from './delivery-failures.js'
import type { Link } from './link.js'
import type { RabbitOptions } from './options.js'
import { OutageBuffer } from './outage-buffer.js'
import { PublishWriter } from './publish-frames.js'
import { SendDeadlines } from './send-deadlines.js'
import { Entry, EntryList, Flushes, markReturned, type Publication, SendLine, Signals } from './send-line.js'
import { StalledSends } from './stalled-sends.js'

/** Milliseconds before a channel or declaration that failed is tried again on a link that is up. */
const pauseAfterFailure = 100

/** A channel of this age (milliseconds) that nacks a message once more after so many times is exchanged for a new one. */
const [renewalAge, renewalNacks] = [5_000, 3] as const

/** Milliseconds before the next try of what failed `times` times before: 100, 200, 400 .. 5,000. */
function doubledPause(times: number): number {
  return Math.min(5_000, pauseAfterFailure * 2 ** Math.min(times, 20))
}

export class Publisher {
  readonly #link: Link
  readonly #options: RabbitOptions
  readonly #adopted: Adopted
  /** Not settled, or still on their way. */
  readonly #entries = new EntryList()
  #pending = 0
  readonly #signals = new Signals((entry, reason) => entry.settle(aborted(reason, this.#mayBeSent(entry))))
  readonly #deadlines = new SendDeadlines(this.#entries, (entry) => this.#pastDeadline(entry))
  readonly #flushes = new Flushes()
  readonly #buffer: OutageBuffer
  readonly #waiting = new SendLine()
  readonly #stalled = new StalledSends(doubledPause, (entries) => {
    for (const entry of [...entries, ...this.#waiting.takeAll()]) this.#waiting.push(entry)
    this.#pump()
  })
  /** Taken from the line, but what it needs is being declared. */
  #next: Entry | undefined
  readonly #window: ConfirmWindow
  #channel: ConfirmChannel | undefined
  #writer: PublishWriter | undefined
  #declarer: Declarer | undefined
  #declared = new Set<string>()
  #isOpening = false
  #isDeclaring = false
  #isRenewing = false
  #openedAt = 0
  #isClosed = false
  /** Channels lost in a row. */
  #losses = 0

  constructor(link: Link, options: RabbitOptions, adopted: Adopted) {
    this.#link = link
    this.#options = options
    this.#adopted = adopted
    this.#window = new ConfirmWindow(options)
    this.#buffer = new OutageBuffer(options, (entry) => this.#waiting.push(entry))
    link.use({
      isWaiting: () => this.#pending > 0,
      up: () => void this.#open(),
      down: (error) => this.#channelLost(this.#channel, error),
      failed: (error, isFinal) =>
        this.#attemptFailed(error, isFinal ? deliveryFailure(error.code, error, false) : undefined),
      unblocked: () => this.#pump(),
    })
  }

  /** Publishes that have not settled. */
  get pending(): number {
    return this.#pending
  }

  /** Resolves on the broker's confirm. Rejects with MessageDeliveryFailure, MessageUndeliverable or NotOpen. */
  publish(publication: Publication, bounds: SendOptions = {}): Promise<void> {
    if (this.#isClosed) return Promise.reject(transportClosed())
    const { signal } = bounds
    if (signal?.aborted === true) return Promise.reject(aborted(signal.reason, false))
    return new Promise((resolve, reject) => {
      const entry = new Entry(publication, bounds, this.#onSettled, resolve, reject)
      if (signal !== undefined) this.#signals.add(signal, entry)
      this.#entries.add(entry)
      this.#pending += 1
      this.#deadlines.add(entry)
      this.#buffer.add(entry)
      this.#pump()
    })
  }

  /** Resolves when all that is pending now has settled. Rejects with MessagingTimeout. */
  flush(timeout: number): Promise<void> {
    return this.#flushes.wait(this.#entries.filter(isPending), timeout)
  }

  /** Rejects what is still pending, and all that comes later. */
  close(): void {
    this.#isClosed = true
    this.#stalled.takeAll()
    for (const entry of this.#entries.filter(isPending))
      entry.settle(deliveryFailure('NOT_OPEN', transportClosed(), this.#mayBeSent(entry)))
  }

  #mayBeSent(entry: Entry): boolean {
    return entry.isOnItsWay || entry.isUnknown
  }

  readonly #onSettled = (entry: Entry): void => {
    if (entry.signal !== undefined) this.#signals.delete(entry.signal, entry)
    this.#pending -= 1
    // What is on its way keeps its room until the broker has answered, so that a broker that is late can't be sent more and more.
    if (!entry.isOnItsWay) this.#done(entry)
    this.#flushes.settled(entry)
    if (this.#pending > 0) return
    this.#deadlines.rest()
    this.#link.restIfUnwanted()
  }

  /** Settled, and no longer on its way. */
  #done(entry: Entry): void {
    this.#entries.delete(entry)
    this.#buffer.free(entry)
  }

  #pastDeadline(entry: Entry): void {
    const cause = this.#link.lastError ?? lastNack(entry)
    entry.settle(timedOut(entry.timeout, this.#mayBeSent(entry), cause))
  }

  #pump(): void {
    const channel = this.#channel
    if (channel === undefined) {
      if (this.#pending === 0) return
      if (this.#link.model === undefined) this.#link.want()
      else void this.#open()
      return
    }
    while (this.#channel === channel && this.#mayWrite()) {
      const entry = this.#next ?? this.#waiting.shift()
      this.#next = undefined
      if (entry === undefined) return
      if (entry.isSettled) continue
      const { needs } = entry.publication
      if (needs !== undefined && !this.#declared.has(needs.key)) {
        if (this.#stalled.join(needs.key, entry)) continue
        this.#next = entry
        void this.#declare(entry, needs)
        return
      }
      this.#write(channel, entry)
    }
  }

  #mayWrite(): boolean {
    return !this.#isDeclaring && !this.#isRenewing && this.#link.state !== 'blocked' && this.#window.hasRoom
  }

  #write(channel: ConfirmChannel, entry: Entry): void {
    const { exchange, routingKey, properties, head } = entry.publication
    entry.isReturned = false
    this.#window.add(entry)
    const onConfirm = (error: unknown): void => {
      if (this.#channel === channel) this.#confirmed(entry, error)
    }
    if (head !== undefined && this.#writer?.publish(head, entry.body, onConfirm) === true) return
    try {
      this.#writer?.flush()
      channel.publish(exchange, routingKey, entry.body, properties, onConfirm)
    } catch (error) {
      this.#window.remove(entry)
      if (error instanceof Error && error.name === 'IllegalOperationError') {
        // The channel is closing, and nothing of this entry was written: it is sent again on the next one.
        this.#next = entry
        this.#channelLost(channel, error)
      } else entry.settle(unsendable(error))
    }
  }

  #confirmed(entry: Entry, error: unknown): void {
    // Callbacks of a closed channel come with another text; `close` deals with them all, in order.
    if (error instanceof Error && error.message !== 'message nacked') return
    this.#window.remove(entry)
    this.#losses = 0
    if (entry.isSettled) this.#done(entry)
    else if (entry.isReturned) this.#unroutable(entry)
    else if (!error) entry.settle()
    else this.#nacked(entry)
    if (this.#isRenewing && this.#window.isEmpty) this.#renew()
    this.#pump()
  }

  /** What it needs may have been deleted since it was declared: once more, before that is told. */
  #unroutable(entry: Entry): void {
    const { exchange, routingKey, needs } = entry.publication
    if (needs === undefined || entry.isRedeclared)
      return entry.settle(new MessageUndeliverable(exchange, routingKey))
    entry.isRedeclared = true
    this.#declared.delete(needs.key)
    this.#waiting.push(entry)
  }

  /** Later, and later still: a queue that is full does not get emptier by asking. */
  #nacked(entry: Entry): void {
    if (!this.#mayTryAgain(entry, nacked())) return
    this.#isRenewing ||= entry.nacks >= renewalNacks && Date.now() - this.#openedAt > renewalAge
    const later = (): void => {
      this.#waiting.push(entry)
      this.#pump()
    }
    entry.pause = setTimeout(later, doubledPause(entry.nacks++))
  }

  /**
   * RabbitMQ (3.10) may go on nacking on a channel for ever when the node with the leader of a quorum queue died, while a new channel is
   * confirmed at once. Nothing is on its way at this moment, so that nothing is sent twice.
   */
  #renew(): void {
    const channel = this.#channel
    this.#forgetChannel()
    // What it answers no longer matters.
    channel?.close().catch(() => {})
    void this.#open()
  }

  #forgetChannel(): void {
    this.#channel = undefined
    this.#writer = undefined
    this.#isDeclaring = false
    this.#isRenewing = false
  }

  /** Counts an attempt. False = it was the last, and the entry is settled. */
  #mayTryAgain(entry: Entry, cause: Error): boolean {
    entry.attempts -= 1
    if (entry.attempts <= 0) entry.settle(deliveryFailure('RETRIES_EXHAUSTED', cause, entry.isUnknown))
    return !entry.isSettled
  }

  /** All hosts were tried once, in vain: that counts for all that wait. */
  #attemptFailed(error: Error, final: Error | undefined): void {
    const waiting = this.#takeWaiting()
    const outside = this.#buffer.takeOutside()
    const isLeft = (entry: Entry): boolean => {
      if (final === undefined) return this.#mayTryAgain(entry, error)
      entry.settle(final)
      return false
    }
    for (const entry of waiting) if (isLeft(entry)) this.#waiting.push(entry)
    for (const entry of outside) if (isLeft(entry)) this.#buffer.add(entry)
  }

  /** Never rejects. */
  async #open(): Promise<void> {
    const { model } = this.#link
    if (model === undefined || this.#isOpening || this.#channel !== undefined || this.#isClosed) return
    this.#isOpening = true
    try {
      const channel = await openChannel(model.createConfirmChannel(), this.#options.callTimeout)
      channel.on('error', (error: unknown) => this.#channelLost(channel, error))
      // A lost link closes its channels first, and then says why in the same turn.
      channel.on('close', () => queueMicrotask(() => this.#channelLost(channel, new Error('channel closed'))))
      channel.on('return', (message: Message) => markReturned(this.#entries, message))
      if (this.#link.model === model) {
        if (this.#declarer?.model !== model)
          this.#declarer = new Declarer(model, this.#adopted, this.#options.callTimeout)
        this.#declared = new Set()
        this.#openedAt = Date.now()
        this.#channel = channel
        this.#writer = PublishWriter.of(channel)
      }
    } catch {
      // The link is going down, and its return opens a channel; or the broker is short of channels, and it is tried again below.
    } finally {
      this.#isOpening = false
    }
    if (this.#channel !== undefined) this.#pump()
    else if (this.#link.model !== undefined) setTimeout(() => void this.#open(), pauseAfterFailure).unref()
  }

  #channelLost(channel: ConfirmChannel | undefined, error: unknown): void {
    if (channel === undefined || this.#channel !== channel) return
    this.#forgetChannel()
    const lost = this.#entries.filter(({ isOnItsWay }) => isOnItsWay)
    for (const entry of lost) this.#window.remove(entry)
    const waiting = this.#takeWaiting()
    const missing = missingExchange(error)
    const refusal = refusalOf(error)
    for (const entry of lost) {
      if (entry.isSettled) this.#done(entry)
      else if (refusal?.concerns(entry) === true)
        entry.settle(deliveryFailure(refusal.code, refusal.cause, false))
      else if (this.#isSentAgain(entry, error, missing, refusal !== undefined)) this.#waiting.push(entry)
    }
    for (const entry of waiting) if (!entry.isSettled) this.#waiting.push(entry)
    // Lost again and again without a confirm between: whatever the reason, no faster than the broker can bear.
    this.#losses += 1
    if (this.#losses <= 2) void this.#open()
    else setTimeout(() => void this.#open(), doubledPause(this.#losses - 3)).unref()
  }

  /**
   * A lost channel or link is an attempt of all that was on its way. A missing exchange is declared again once, without counting it; where
   * that does not help, it is the fault of its own messages only.
   */
  #isSentAgain(entry: Entry, error: unknown, missing: string | undefined, isOthersFault: boolean): boolean {
    if (missing === undefined && !isOthersFault) {
      entry.isUnknown = true
      return this.#mayTryAgain(entry, error instanceof Error ? error : new Error(describeError(error)))
    }
    if (missing === undefined || missing !== entry.publication.exchange) {
      entry.isUnknown = true
      return true
    }
    if (entry.isRedeclared) entry.settle(noSuchExchange(missing, error))
    entry.isRedeclared = true
    return !entry.isSettled
  }

  /** Never rejects. */
  async #declare(entry: Entry, needs: NonNullable<Publication['needs']>): Promise<void> {
    const channel = this.#channel
    const declared = this.#declared
    if (this.#declarer === undefined) return
    this.#isDeclaring = true
    let failure: unknown
    try {
      await needs.declare(this.#declarer)
      declared.add(needs.key)
      this.#stalled.succeeded(needs.key)
    } catch (error) {
      failure = error
    }
    if (this.#channel !== channel) return
    this.#isDeclaring = false
    if (failure !== undefined) this.#notDeclared(entry, needs.key, failure)
    this.#pump()
  }

  #notDeclared(entry: Entry, key: string, error: unknown): void {
    const failure = error instanceof Error ? error : new Error(describeError(error))
    if (isLastingRefusal(error)) entry.settle(deliveryFailure('DECLARE_FAILED', failure, entry.isUnknown))
    else if (!entry.isSettled && this.#mayTryAgain(entry, failure)) {
      this.#next = undefined
      this.#stalled.begin(key, entry)
    }
  }

  #takeWaiting(): Entry[] {
    const first = this.#next
    this.#next = undefined
    const rest = [...this.#stalled.takeAll(), ...this.#waiting.takeAll()]
    return first === undefined || first.isSettled ? rest : [first, ...rest]
  }
}

const isPending = ({ isSettled }: Entry): boolean => !isSettled

function lastNack({ nacks }: Entry): Error | undefined {
  return nacks === 0 ? undefined : nacked()
}
