/**
 * Publishing with confirms, pipelined: a bounded window is on its way, the rest waits in order. Every publish settles: confirmed, returned, nacked or
 * lost too often, timed out, aborted. After a lost channel or link the window is sent again, in order, with the same bytes.
 */
import type { ConfirmChannel, Message, Options } from 'amqplib'

import type { SendOptions } from '../../core/driver.js'
import {
  describeError,
  MessageDeliveryFailure,
  MessageUndeliverable,
  MessagingException,
  MessagingTimeout,
  NotOpen,
} from '../../core/errors.js'
import { Fifo } from '../../core/fifo.js'
import { attemptsAllowed } from '../../core/retry.js'
import { isRefusal } from './connect.js'
import { replyCode, withDeadline } from './deadline.js'
import { type Adopted, Declarer } from './declarer.js'
import type { Link } from './link.js'
import type { RabbitOptions } from './options.js'

export interface Publication {
  readonly exchange: string
  readonly routingKey: string
  readonly body: Buffer
  readonly properties: Options.Publish
  /** What must exist first, once per link; the key names it. */
  readonly needs?:
    | { readonly key: string; readonly declare: (declarer: Declarer) => Promise<void> }
    | undefined
}

interface Entry extends Publication {
  attempts: number
  /** Written to a link that was then lost: the broker may have it. */
  isUnknown: boolean
  isReturned: boolean
  isSettled: boolean
  isExchangeMissing: boolean
  settle(error?: Error): void
}

export class Publisher {
  readonly #link: Link
  readonly #options: RabbitOptions
  readonly #adopted: Adopted
  #waiting = new Fifo<Entry>()
  #next: Entry | undefined
  #pending = 0
  readonly #inFlight = new Set<Entry>()
  #bytesInFlight = 0
  #channel: ConfirmChannel | undefined
  #declarer: Declarer | undefined
  #declared = new Set<string>()
  #isOpening = false
  #isDeclaring = false
  #isBlocked = false
  #isAwaitingLink = false
  #wasUp = false
  #isClosed = false
  #onIdle: (() => void)[] = []

  constructor(link: Link, options: RabbitOptions, adopted: Adopted) {
    this.#link = link
    this.#options = options
    this.#adopted = adopted
    link.use({
      up: () => {
        this.#wasUp = true
        void this.#open()
      },
      down: (error) => this.#channelLost(this.#channel, error),
      blocked: (isBlocked) => {
        this.#isBlocked = isBlocked
        this.#pump()
      },
    })
  }

  /** Publishes that have not settled. */
  get pending(): number {
    return this.#pending
  }

  /** Resolves on the broker's confirm. Rejects with MessageDeliveryFailure, MessageUndeliverable or NotOpen. */
  publish(publication: Publication, bounds: SendOptions = {}): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedError())
    return new Promise((resolve, reject) => {
      const { signal, timeout = 30_000 } = bounds
      if (signal?.aborted === true) return reject(aborted(signal.reason, false))
      const entry: Entry = {
        ...publication,
        attempts: attemptsAllowed(bounds.retry),
        isUnknown: false,
        isReturned: false,
        isSettled: false,
        isExchangeMissing: false,
        settle: (error) => {
          if (entry.isSettled) return
          entry.isSettled = true
          clearTimeout(timer)
          signal?.removeEventListener('abort', onAbort)
          this.#release(entry)
          this.#pending -= 1
          if (error === undefined) resolve()
          else reject(error)
          if (this.#pending === 0) for (const idle of this.#onIdle.splice(0)) idle()
        },
      }
      const onAbort = (): void =>
        entry.settle(aborted(signal?.reason, this.#inFlight.has(entry) || entry.isUnknown))
      const timer =
        timeout === 0
          ? undefined
          : setTimeout(
              () =>
                entry.settle(
                  timedOut(timeout, this.#inFlight.has(entry) || entry.isUnknown, this.#link.lastError),
                ),
              timeout,
            )
      signal?.addEventListener('abort', onAbort)
      this.#pending += 1
      this.#waiting.push(entry)
      this.#pump()
    })
  }

  /** Resolves when nothing is pending. Rejects with MessagingTimeout. */
  flush(timeout: number): Promise<void> {
    if (this.#pending === 0) return Promise.resolve()
    const idle = new Promise<void>((resolve) => this.#onIdle.push(resolve))
    return withDeadline(idle, timeout, `${this.#pending} messages are not confirmed yet`)
  }

  /** Rejects what is still pending, and all that comes later. */
  close(): void {
    this.#isClosed = true
    this.#rejectAll(() => closedError())
  }

  #pump(): void {
    if (this.#channel === undefined) {
      if (this.#pending > 0) void this.#awaitLink()
      return
    }
    while (!this.#isDeclaring && !this.#isBlocked && this.#hasRoom()) {
      const entry = this.#next ?? this.#waiting.shift()
      this.#next = undefined
      if (entry === undefined) return
      if (entry.isSettled) continue
      if (entry.needs !== undefined && !this.#declared.has(entry.needs.key)) {
        this.#next = entry
        void this.#declare(entry, entry.needs)
        return
      }
      this.#write(this.#channel, entry)
    }
  }

  #hasRoom(): boolean {
    return (
      this.#inFlight.size < this.#options.confirmWindow &&
      this.#bytesInFlight < this.#options.confirmWindowBytes
    )
  }

  #write(channel: ConfirmChannel, entry: Entry): void {
    this.#inFlight.add(entry)
    this.#bytesInFlight += entry.body.length
    try {
      channel.publish(entry.exchange, entry.routingKey, entry.body, entry.properties, (error: unknown) => {
        if (this.#channel === channel) this.#confirmed(entry, error)
      })
    } catch (error) {
      this.#release(entry)
      // A channel that is closing says so here, and then closes: the entry is sent again on the next one. Anything else is the message's fault.
      if (error instanceof Error && error.name === 'IllegalOperationError') this.#next = entry
      else
        entry.settle(
          new MessageDeliveryFailure(
            'UNSENDABLE',
            `the message can't be put into AMQP frames: ${describeError(error)}`,
            { cause: error },
          ),
        )
    }
  }

  #confirmed(entry: Entry, error: unknown): void {
    // Callbacks of a closed channel come with another text; `close` deals with them all, in order.
    if (error instanceof Error && error.message !== 'message nacked') return
    this.#release(entry)
    if (entry.isReturned) entry.settle(new MessageUndeliverable(entry.exchange, entry.routingKey))
    else if (!error) entry.settle()
    else
      this.#again(
        entry,
        new MessagingException(
          'NACKED',
          'the broker could not take the message (nack), e.g. a full queue with reject-publish',
        ),
      )
    this.#pump()
  }

  #again(entry: Entry, cause: Error): void {
    entry.attempts -= 1
    if (entry.attempts <= 0) entry.settle(delivery('RETRIES_EXHAUSTED', cause, entry.isUnknown))
    else if (!entry.isSettled) this.#waiting.push(entry)
  }

  #release(entry: Entry): void {
    if (this.#inFlight.delete(entry)) this.#bytesInFlight -= entry.body.length
  }

  /** Asks for the link until nobody needs it or it is up; each failed attempt counts for all that wait. Never rejects. */
  async #awaitLink(): Promise<void> {
    if (this.#isAwaitingLink || this.#isOpening) return
    this.#isAwaitingLink = true
    while (this.#pending > 0 && this.#link.model === undefined) {
      try {
        await this.#link.ready({ attempts: 1 })
      } catch (error) {
        if (error instanceof NotOpen) this.#rejectAll(() => error)
        else this.#attemptFailed(error as MessagingException)
      }
    }
    this.#isAwaitingLink = false
    if (this.#pending > 0 && this.#channel === undefined) void this.#open()
  }

  #attemptFailed(error: MessagingException): void {
    if (isRefusal(error) && !this.#wasUp) {
      this.#rejectAll((entry) => delivery(error.code, error, entry.isUnknown))
      return
    }
    for (const entry of this.#takeWaiting()) this.#again(entry, error)
  }

  /** Never rejects. */
  async #open(): Promise<void> {
    const { model } = this.#link
    if (model === undefined || this.#isOpening || this.#channel !== undefined || this.#isClosed) return
    this.#isOpening = true
    try {
      const channel = await withDeadline(
        model.createConfirmChannel(),
        this.#options.callTimeout,
        'opening a channel',
      )
      channel.on('error', (error: unknown) => this.#channelLost(channel, error))
      channel.on('close', () => this.#channelLost(channel, new Error('channel closed')))
      channel.on('return', (message: Message) => this.#returned(message))
      if (this.#link.model === model) {
        this.#declared = new Set()
        this.#declarer = new Declarer(model, this.#adopted, this.#options.callTimeout)
        this.#channel = channel
      }
    } catch {
      // The link is going down, and its return opens a channel; or the broker refuses channels, and the next publish tries again.
    } finally {
      this.#isOpening = false
    }
    if (this.#channel !== undefined) this.#pump()
    else if (this.#link.model !== undefined && this.#pending > 0) setTimeout(() => void this.#open(), 100)
  }

  #channelLost(channel: ConfirmChannel | undefined, error: unknown): void {
    if (channel === undefined || this.#channel !== channel) return
    this.#channel = undefined
    this.#isDeclaring = false
    this.#isBlocked = false
    const lost = [...this.#inFlight]
    this.#inFlight.clear()
    this.#bytesInFlight = 0
    const waiting = this.#takeWaiting()
    const missing = missingExchange(error)
    for (const entry of lost) this.#sendAgain(entry, error, missing)
    for (const entry of waiting) this.#waiting.push(entry)
    void this.#open()
    this.#pump()
  }

  /** A missing exchange is declared again once; where that does not help, it is the fault of its own messages only. */
  #sendAgain(entry: Entry, error: unknown, missing: string | undefined): void {
    if (missing === undefined) entry.isUnknown = true
    if (missing !== undefined && missing !== entry.exchange) {
      this.#waiting.push(entry)
    } else if (missing !== undefined && entry.isExchangeMissing) {
      entry.settle(
        new MessageDeliveryFailure(
          'NO_SUCH_EXCHANGE',
          `there is no exchange '${missing}', and declaring it did not help`,
          { cause: error },
        ),
      )
    } else {
      entry.isExchangeMissing ||= missing !== undefined
      this.#again(entry, error instanceof Error ? error : new Error(describeError(error)))
    }
  }

  async #declare(entry: Entry, needs: NonNullable<Publication['needs']>): Promise<void> {
    const declarer = this.#declarer
    const declared = this.#declared
    if (declarer === undefined) return
    this.#isDeclaring = true
    try {
      await needs.declare(declarer)
      declared.add(needs.key)
    } catch (error) {
      if (isLasting(error)) entry.settle(delivery('DECLARE_FAILED', error as Error, false))
      else if (this.#declarer === declarer) this.#declareLater(entry, error as Error)
    }
    if (this.#declarer !== declarer) return
    this.#isDeclaring = false
    this.#pump()
  }

  #declareLater(entry: Entry, error: Error): void {
    entry.attempts -= 1
    if (entry.attempts <= 0) entry.settle(delivery('DECLARE_FAILED', error, entry.isUnknown))
  }

  /** Returned messages have no number: the first of the window with the same address and bytes is meant. */
  #returned({ fields, content }: Message): void {
    for (const entry of this.#inFlight) {
      if (entry.isReturned || entry.exchange !== fields.exchange || entry.routingKey !== fields.routingKey)
        continue
      if (entry.properties.mandatory !== true || !entry.body.equals(content)) continue
      entry.isReturned = true
      return
    }
  }

  #takeWaiting(): Entry[] {
    const entries = this.#next === undefined ? [] : [this.#next]
    this.#next = undefined
    return [...entries, ...this.#waiting.takeAll()].filter((entry) => !entry.isSettled)
  }

  #rejectAll(errorOf: (entry: Entry) => Error): void {
    for (const entry of [...this.#inFlight, ...this.#takeWaiting()]) entry.settle(errorOf(entry))
  }
}

/** Refused declarations stay refused; a lost link or a late answer may mend. */
function isLasting(error: unknown): boolean {
  if (error instanceof MessagingException) return error.code === 'TOPOLOGY_CONFLICT'
  const code = replyCode(error)
  return code === 403 || code === 406 || code === 405
}

function missingExchange(error: unknown): string | undefined {
  return replyCode(error) === 404 ? /no exchange '([^']*)'/.exec(describeError(error))?.[1] : undefined
}

function delivery(code: string, cause: Error, isUnknown: boolean): MessageDeliveryFailure {
  const outcome = isUnknown ? 'unknown' : 'not-sent'
  const hint = isUnknown ? ' (it was on its way when the link was lost, so the broker may have it)' : ''
  return new MessageDeliveryFailure(code, `the message was not delivered${hint}: ${cause.message}`, {
    cause,
    outcome,
  })
}

function timedOut(timeout: number, isUnknown: boolean, cause: Error | undefined): MessageDeliveryFailure {
  return delivery(
    'TIMEOUT',
    cause ?? new MessagingTimeout('TIMEOUT', `no confirm within ${timeout} ms`),
    isUnknown,
  )
}

function aborted(reason: unknown, isUnknown: boolean): MessageDeliveryFailure {
  return delivery('ABORTED', reason instanceof Error ? reason : new Error(describeError(reason)), isUnknown)
}

function closedError(): NotOpen {
  return new NotOpen('TRANSPORT_CLOSED', 'the transport was cleaned up; make another with getTransport(url)')
}
