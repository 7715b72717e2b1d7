/**
 * A connection that comes back. amqplib's own recovery is not used: it loses the connection for good when an error has no listener, and crashes
 * when the link is lost during set-up. States: idle (nothing wanted yet) -> connecting -> up <-> blocked -> down -> connecting .. -> closed.
 */
import type { ChannelModel } from 'amqplib'

import type { LinkState } from '../../core/driver.js'
import { ConnectionFailure, describeError, MessagingTimeout, NotOpen } from '../../core/errors.js'
import { fullJitter } from '../../core/retry.js'
import { connectTo, isRefusal } from './connect.js'
import { corkWrites } from './cork.js'
import { withDeadline } from './deadline.js'
import type { BrokerAddress, RabbitOptions } from './options.js'

/** What those who use a link are told, in the tick in which it happens. */
export interface LinkUser {
  up?(model: ChannelModel): void
  down?(error: ConnectionFailure): void
  blocked?(isBlocked: boolean): void
}

export interface LinkChange {
  readonly link: string
  readonly state: LinkState
  readonly broker?: string
  readonly error?: Error
}

/** How long one caller waits for the link. */
export interface ReadyBounds {
  /** Attempts to connect; default without bound. */
  readonly attempts?: number
  /** Milliseconds. */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
}

interface Waiter {
  attempts: number
  resolve(model: ChannelModel): void
  reject(error: Error): void
}

/** Refused once it was up: the operator is changing something; knocking fast would only fill the broker's log. */
const refusedDelay = 30_000

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
  #wasUp = false
  #lastError: ConnectionFailure | undefined
  #timer: NodeJS.Timeout | undefined
  #isConnecting = false

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

  /** Resolves when the link is up; connects if need be. Rejects with ConnectionFailure, MessagingTimeout, NotOpen or the signal's reason. */
  ready(bounds: ReadyBounds = {}): Promise<ChannelModel> {
    if (this.#state === 'closed') return Promise.reject(closedError())
    if (this.#model !== undefined) return Promise.resolve(this.#model)
    return new Promise((resolve, reject) => {
      const { timeout, signal } = bounds
      const leave = (): void => {
        this.#waiters.delete(waiter)
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#restIfUnwanted()
      }
      const waiter: Waiter = {
        attempts: bounds.attempts ?? Number.POSITIVE_INFINITY,
        resolve: (model) => {
          leave()
          resolve(model)
        },
        reject: (error) => {
          leave()
          reject(error)
        },
      }
      const onAbort = (): void => waiter.reject(signal?.reason as Error)
      const timer =
        timeout === undefined || timeout === 0
          ? undefined
          : setTimeout(() => waiter.reject(this.#lastError ?? timeoutError(timeout)), timeout)
      if (signal?.aborted === true) return waiter.reject(signal.reason as Error)
      signal?.addEventListener('abort', onAbort)
      this.#waiters.add(waiter)
      if (!this.#isConnecting && this.#timer === undefined) void this.#connect()
    })
  }

  /** Idempotent. Resolves when the connection is closed, or after the deadline of a broker call. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    clearTimeout(this.#timer)
    const model = this.#model
    this.#model = undefined
    this.#change('closed')
    for (const waiter of [...this.#waiters]) waiter.reject(closedError())
    // A connection that is lost or hangs while it is closed is closed all the same.
    if (model !== undefined)
      await withDeadline(model.close(), Math.min(5_000, this.#options.callTimeout), 'closing').catch(() =>
        destroy(model),
      )
  }

  /** Never rejects: each failure goes to those who wait and to the next attempt. */
  async #connect(): Promise<void> {
    this.#timer = undefined
    this.#isConnecting = true
    this.#change('connecting')
    const broker = this.#nextBroker()
    try {
      const model = await connectTo(broker, this.#name, this.#options)
      this.#isConnecting = false
      if (this.#state !== ('closed' as LinkState)) this.#opened(model, broker)
      else model.close().catch(() => destroy(model))
    } catch (error) {
      this.#isConnecting = false
      if (this.#state !== ('closed' as LinkState)) this.#failed(error as ConnectionFailure)
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
    this.#wasUp = true
    this.#lastError = undefined
    let cause: unknown
    corkWrites(model)
    model.on('error', (error: unknown) => {
      cause = error
    })
    model.on('close', (error: unknown) => this.#lost(model, error ?? cause))
    model.on('blocked', () => this.#block(true))
    model.on('unblocked', () => this.#block(false))
    this.#change('up')
    for (const waiter of [...this.#waiters]) waiter.resolve(model)
    for (const user of [...this.#users]) user.up?.(model)
  }

  #block(isBlocked: boolean): void {
    this.#change(isBlocked ? 'blocked' : 'up')
    for (const user of [...this.#users]) user.blocked?.(isBlocked)
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
    this.#change('down', error)
    for (const user of [...this.#users]) user.down?.(error)
    this.#tryAgain(
      fullJitter(0, Math.min(200, this.#options.reconnectDelay), this.#options.reconnectMaxDelay),
    )
  }

  #failed(error: ConnectionFailure): void {
    this.#lastError = error
    this.#failures += 1
    this.#change('down', error)
    const isFinal = isRefusal(error) && !this.#wasUp
    for (const waiter of [...this.#waiters]) {
      waiter.attempts -= 1
      if (isFinal || waiter.attempts <= 0) waiter.reject(error)
    }
    if (this.#isUnwanted) return
    const { reconnectDelay, reconnectMaxDelay, brokers } = this.#options
    // A pause only after a full round of the hosts.
    const round = Math.floor(this.#failures / brokers.length)
    const backoff =
      this.#failures % brokers.length === 0 ? fullJitter(round - 1, reconnectDelay, reconnectMaxDelay) : 0
    this.#tryAgain(isRefusal(error) ? refusedDelay : backoff)
  }

  #tryAgain(delay: number): void {
    if (this.#state === 'closed') return
    this.#timer = setTimeout(() => void this.#connect(), delay)
  }

  /** Never up, and nobody waits: nothing is owed to anybody. */
  get #isUnwanted(): boolean {
    return !this.#wasUp && this.#waiters.size === 0
  }

  #restIfUnwanted(): void {
    if (!this.#isUnwanted || this.#isConnecting || this.#state === 'closed') return
    clearTimeout(this.#timer)
    this.#timer = undefined
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

function closedError(): NotOpen {
  return new NotOpen('TRANSPORT_CLOSED', 'the transport was cleaned up; make another with getTransport(url)')
}

function timeoutError(timeout: number): MessagingTimeout {
  return new MessagingTimeout('TIMEOUT', `no broker could be reached within ${timeout} ms`)
}

function destroy(model: ChannelModel): void {
  const { stream } =
    (model as unknown as { connection?: { stream?: { destroy?: () => void } } }).connection ?? {}
  stream?.destroy?.()
}
