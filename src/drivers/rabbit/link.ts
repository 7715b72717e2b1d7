/**
 * A connection that comes back. amqplib's own recovery is not used: it loses the connection for good when an error has no listener, and crashes
 * when the link is lost during set-up. States: idle (nothing wanted yet) -> connecting -> up <-> blocked -> down -> connecting .. -> closed.
 */
import type { ChannelModel } from 'amqplib'

import type { LinkState } from '../../core/driver.js'
import { ConnectionFailure, describeError, MessagingTimeout, transportClosed } from '../../core/errors.js'
import { fullJitter } from '../../core/retry.js'
import { connectTo, isRefusal } from './connect.js'
import { corkWrites } from './cork.js'
import { withDeadline } from './deadline.js'
import { readDeliveries } from './delivery-frames.js'
import type { BrokerAddress, RabbitOptions } from './options.js'
import { dropStrayFrames } from './stray-frames.js'

/** What those who use a link are told, in the tick in which it happens. */
export interface LinkUser {
  /** Whether it owes something to somebody, so that the link must not rest. */
  isWaiting?(): boolean
  up?(model: ChannelModel): void
  down?(error: ConnectionFailure): void
  /** Each host was tried once in vain. `isFinal`: each refused us, which another attempt will not mend. */
  failed?(error: ConnectionFailure, isFinal: boolean): void
  unblocked?(): void
}

export interface LinkChange {
  readonly link: string
  readonly state: LinkState
  readonly broker?: string
  readonly error?: Error
}

/** How long one caller waits for the link. */
export interface ReadyBounds {
  /** Milliseconds. */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
}

interface Waiter {
  resolve(model: ChannelModel): void
  reject(error: Error): void
}

/** Longest pauses before a broker that refused us is asked again: an operator has to mend it, and each attempt is a line in its log. */
const refusedPauses = 6
/** A link that is lost sooner than this many milliseconds after it came up counts as one more failure in a row. */
const shortLife = 5_000

export class Link {
  readonly #name: string
  readonly #options: RabbitOptions
  readonly #onChange: (change: LinkChange) => void
  readonly #users = new Set<LinkUser>()
  readonly #waiters = new Set<Waiter>()
  #state: LinkState = 'idle'
  #model: ChannelModel | undefined
  #broker: BrokerAddress | undefined
  #next: number
  #failures = 0
  /** Of the failures, those in a row that were refusals. */
  #refusals = 0
  #shortLives = 0
  #upSince = 0
  #wasUp = false
  #lastError: ConnectionFailure | undefined
  #timer: NodeJS.Timeout | undefined
  #attempt: AbortController | undefined

  constructor(name: string, options: RabbitOptions, onChange: (change: LinkChange) => void) {
    this.#name = name
    this.#options = options
    this.#onChange = onChange
    // Clients that share a URL do not all knock at its first host.
    this.#next = Math.floor(Math.random() * options.brokers.length)
  }

  get state(): LinkState {
    return this.#state
  }

  get broker(): string | undefined {
    return this.#broker === undefined ? undefined : `${this.#broker.hostname}:${this.#broker.port}`
  }

  get lastError(): Error | undefined {
    return this.#lastError
  }

  get model(): ChannelModel | undefined {
    return this.#model
  }

  /** A user is told `up` at once when the link is up. Returns how to leave. */
  use(user: LinkUser): () => void {
    this.#users.add(user)
    if (this.#model !== undefined) user.up?.(this.#model)
    return () => this.#users.delete(user)
  }

  /** Resolves when the link is up; connects if need be. Rejects with ConnectionFailure, MessagingTimeout or NotOpen. */
  ready(bounds: ReadyBounds = {}): Promise<ChannelModel> {
    if (this.#state === 'closed') return Promise.reject(transportClosed())
    if (this.#model !== undefined) return Promise.resolve(this.#model)
    return new Promise((resolve, reject) => {
      const { timeout, signal } = bounds
      const leave = (): void => {
        this.#waiters.delete(waiter)
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.restIfUnwanted()
      }
      const waiter: Waiter = {
        resolve: (model) => {
          leave()
          resolve(model)
        },
        reject: (error) => {
          leave()
          reject(error)
        },
      }
      const onAbort = (): void => waiter.reject(abortedBy(signal?.reason))
      const timer =
        timeout === undefined || timeout === 0
          ? undefined
          : setTimeout(() => waiter.reject(this.#lastError ?? timeoutError(timeout)), timeout)
      if (signal?.aborted === true) return onAbort()
      signal?.addEventListener('abort', onAbort)
      this.#waiters.add(waiter)
      this.want()
    })
  }

  /** Connects, unless it is up, on its way, or waiting for its next attempt. */
  want(): void {
    if (this.#model !== undefined || this.#state === 'closed') return
    if (this.#attempt === undefined && this.#timer === undefined) void this.#connect()
  }

  /** A link that was never up, and that nobody waits for any more, gives up its attempt: nothing is owed to anybody. */
  restIfUnwanted(): void {
    if (!this.#isUnwanted || this.#state === 'closed') return
    if (this.#attempt === undefined && this.#timer === undefined && this.#state !== 'down') return
    this.#giveUp()
    if (this.#state !== 'idle') this.#change('idle')
  }

  /** Idempotent. Resolves when the connection is closed, or after the deadline of a broker call. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#giveUp()
    const model = this.#model
    this.#model = undefined
    this.#change('closed')
    for (const waiter of this.#waiters) waiter.reject(transportClosed())
    // A connection that is lost or hangs while it is closed is closed all the same.
    if (model !== undefined)
      await withDeadline(model.close(), Math.min(5_000, this.#options.callTimeout), 'closing').catch(() =>
        destroy(model),
      )
  }

  #giveUp(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#attempt?.abort()
    this.#attempt = undefined
  }

  /** Never rejects: each failure goes to those who wait and to the next attempt. */
  async #connect(): Promise<void> {
    this.#timer = undefined
    const attempt = new AbortController()
    this.#attempt = attempt
    const broker = this.#nextBroker()
    this.#change('connecting')
    try {
      const model = await connectTo(broker, this.#name, this.#options, attempt.signal)
      if (attempt.signal.aborted) return destroy(model)
      this.#attempt = undefined
      this.#opened(model, broker)
    } catch (error) {
      if (attempt.signal.aborted) return
      this.#attempt = undefined
      this.#failed(error as ConnectionFailure)
    }
  }

  #nextBroker(): BrokerAddress {
    const { brokers, shuffle } = this.#options
    const index = shuffle ? Math.floor(Math.random() * brokers.length) : this.#next++ % brokers.length
    return brokers[index] as BrokerAddress
  }

  #opened(model: ChannelModel, broker: BrokerAddress): void {
    this.#model = model
    this.#broker = broker
    this.#failures = 0
    this.#refusals = 0
    this.#upSince = Date.now()
    this.#wasUp = true
    this.#lastError = undefined
    let cause: unknown
    corkWrites(model)
    dropStrayFrames(model)
    readDeliveries(model)
    model.on('error', (error: unknown) => {
      cause = error
    })
    model.on('close', (error: unknown) => this.#lost(model, error ?? cause))
    model.on('blocked', () => this.#block(true))
    model.on('unblocked', () => this.#block(false))
    this.#change('up')
    for (const waiter of this.#waiters) waiter.resolve(model)
    for (const user of this.#users) user.up?.(model)
  }

  #block(isBlocked: boolean): void {
    this.#change(isBlocked ? 'blocked' : 'up')
    if (!isBlocked) for (const user of this.#users) user.unblocked?.()
  }

  #lost(model: ChannelModel, cause: unknown): void {
    if (this.#model !== model) return
    this.#model = undefined
    const error = new ConnectionFailure(
      'LINK_LOST',
      `the link to ${this.broker} was lost: ${describeError(cause ?? 'closed')}`,
      { cause },
    )
    this.#lastError = error
    this.#shortLives = Date.now() - this.#upSince < shortLife ? this.#shortLives + 1 : 0
    this.#change('down', error)
    for (const user of this.#users) user.down?.(error)
    // After a missed heartbeat nobody else ends the socket.
    destroy(model)
    const { reconnectDelay, reconnectMaxDelay } = this.#options
    this.#tryAgain(fullJitter(this.#shortLives, Math.min(200, reconnectDelay), reconnectMaxDelay))
  }

  #failed(error: ConnectionFailure): void {
    const { reconnectDelay, reconnectMaxDelay, brokers, onRefusal } = this.#options
    this.#lastError = error
    this.#failures += 1
    this.#refusals = isRefusal(error) ? this.#refusals + 1 : 0
    this.#change('down', error)
    const isRoundOver = this.#failures % brokers.length === 0
    const isRefused = this.#refusals >= brokers.length
    const isFinal = isRefused && !this.#wasUp && onRefusal === 'fail'
    if (isFinal) for (const waiter of this.#waiters) waiter.reject(error)
    if (isRoundOver || isFinal) for (const user of this.#users) user.failed?.(error, isFinal)
    if (this.#isUnwanted) return this.restIfUnwanted()
    // A pause only after a full round of the hosts.
    const round = this.#failures / brokers.length
    const backoff = isRoundOver ? fullJitter(round - 1, reconnectDelay, reconnectMaxDelay) : 0
    this.#tryAgain(isRefused ? refusedPauses * reconnectMaxDelay : backoff)
  }

  #tryAgain(delay: number): void {
    if (this.#state === 'closed' || this.#attempt !== undefined || this.#model !== undefined) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#connect(), delay)
  }

  get #isUnwanted(): boolean {
    if (this.#wasUp || this.#waiters.size > 0) return false
    return ![...this.#users].some((user) => user.isWaiting?.() === true)
  }

  #change(state: LinkState, error?: Error): void {
    this.#state = state
    const broker = this.broker
    this.#onChange({
      link: this.#name,
      state,
      ...(broker === undefined ? {} : { broker }),
      ...(error === undefined ? {} : { error }),
    })
  }
}

function abortedBy(cause: unknown): ConnectionFailure {
  return new ConnectionFailure('ABORTED', 'the signal was aborted while the broker was waited for', { cause })
}

function timeoutError(timeout: number): MessagingTimeout {
  return new MessagingTimeout('TIMEOUT', `no broker could be reached within ${timeout} ms`)
}

/**
 * With an error, for amqplib ends what belongs to a connection (heartbeat, calls without an answer, with our deadlines for them) when its
 * socket fails, and not when it is destroyed: the timers of a link that had gone dead kept the process alive.
 */
function destroy(model: ChannelModel): void {
  const { stream } =
    (model as unknown as { connection?: { stream?: { destroy?: (error: Error) => void } } }).connection ?? {}
  // An error that nobody listens to is thrown.
  model.on('error', () => {})
  stream?.destroy?.(new Error('the link is given up'))
}
