import type { Route, SendOptions } from '../../core/driver.js'
import {
  MessageDeliveryFailure,
  MessageUndeliverable,
  MessagingTimeout,
  transportClosed,
} from '../../core/errors.js'
import type { MemoryBroker } from './broker.js'
import { type Limits, type MemoryQueue, newEntry } from './queue.js'

export interface SendsOptions {
  readonly broker: MemoryBroker
  readonly limits: Limits
  readonly declare: 'unpooled' | 'nothing'
}

const DEFAULT_TIMEOUT = 30_000

/** A driver's sends. Nearly all are done at once; those that meet a full queue wait for room, in order. */
export class Sends {
  readonly #options: SendsOptions
  /** What makes a waiting send fail. */
  readonly #waiting = new Set<(failure: MessageDeliveryFailure) => void>()
  readonly #onIdle: (() => void)[] = []

  constructor(options: SendsOptions) {
    this.#options = options
  }

  get pending(): number {
    return this.#waiting.size
  }

  send(route: Route, body: Uint8Array, options: SendOptions): Promise<void> {
    const { signal, mandatory, ownsBody } = options
    if (signal?.aborted === true) return Promise.reject(aborted(signal))
    // One copy for the broker, whatever the number of queues: each delivery copies again.
    const copy = ownsBody === true ? body : new Uint8Array(body)
    const full = this.#publish(route, copy, mandatory === true)
    if (full === undefined) return this.#options.broker.pace()
    return full instanceof MessageUndeliverable
      ? Promise.reject(full)
      : this.#wait(full, route, copy, options)
  }

  /** Resolves when no send waits. Rejects with MessagingTimeout after `timeout` ms. */
  idle(timeout: number): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new MessagingTimeout(
            'FLUSH_TIMEOUT',
            `${this.#waiting.size} sends still wait for room in a full queue after ${timeout} ms; consume from it, or raise maxLength or maxBytes`,
          ),
        )
      }, timeout)
      this.#onIdle.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Rejects every send that waits. */
  failAll(): void {
    const cause = transportClosed()
    for (const fail of this.#waiting) {
      fail(
        new MessageDeliveryFailure('NOT_OPEN', 'the queue stayed full until the driver was cleaned up', {
          cause,
        }),
      )
    }
  }

  /** Puts a message into its queues; all or none. Returns the queue that has no room. */
  #publish(
    route: Route,
    body: Uint8Array,
    mandatory: boolean,
    waitedAt?: MemoryQueue,
  ): MemoryQueue | MessageUndeliverable | undefined {
    const { broker, limits, declare } = this.#options
    const queues = broker.queuesOf(route, declare)
    if (queues.length === 0 && mandatory) return new MessageUndeliverable(route.exchange, route.topic)
    for (const queue of queues) {
      const behindOthers = queue.hasSenders && queue !== waitedAt
      if (behindOthers || !queue.hasRoom(body.byteLength, limits)) return queue
    }
    for (const queue of queues) queue.push(newEntry(body))
    return undefined
  }

  #wait(full: MemoryQueue, route: Route, body: Uint8Array, options: SendOptions): Promise<void> {
    const { signal, mandatory = false, timeout = DEFAULT_TIMEOUT } = options
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      let leave: () => void
      const finish = (failure?: MessageDeliveryFailure): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        leave()
        this.#waiting.delete(finish)
        if (failure === undefined) resolve()
        else reject(failure)
        if (this.#waiting.size === 0) for (const idle of this.#onIdle.splice(0)) idle()
      }
      const onAbort = (): void => finish(aborted(signal as AbortSignal))
      const waitAt = (queue: MemoryQueue): void => {
        leave = queue.whenRoom(() => {
          const next = this.#publish(route, body, mandatory, queue)
          if (next === queue) return false
          if (next === undefined || next instanceof MessageUndeliverable) finish(next)
          else waitAt(next)
          return true
        })
      }
      waitAt(full)
      this.#waiting.add(finish)
      signal?.addEventListener('abort', onAbort)
      if (timeout > 0) timer = setTimeout(() => finish(timedOut(timeout)), timeout)
    })
  }
}

function aborted(signal: AbortSignal): MessageDeliveryFailure {
  return new MessageDeliveryFailure('ABORTED', 'the signal of this send was aborted', {
    cause: signal.reason,
  })
}

function timedOut(timeout: number): MessageDeliveryFailure {
  const cause = new MessagingTimeout('SEND_TIMEOUT', `no room in ${timeout} ms`)
  return new MessageDeliveryFailure(
    'TIMEOUT',
    `the queue stayed full for ${timeout} ms; consume from it, or raise maxLength or maxBytes`,
    { cause },
  )
}
