import { setTimeout as sleep } from 'node:timers/promises'

import type {
  DeadLetters,
  Driver,
  DriverEvents,
  DriverListener,
  Features,
  Health,
  LinkState,
  ListenerStats,
  ListenOptions,
  Route,
  SendOptions,
  Subscription,
} from '../../src/core/driver.js'
import { MessageDeliveryFailure } from '../../src/core/errors.js'
import { createEmitter, type EventSource } from '../../src/core/events.js'
import type { IncomingMessage } from '../../src/core/message.js'

export type LinkDefect =
  | 'does not restore its listeners'
  | 'restores the first subscription only'
  | 'restores all but fanouts'
  | 'does not say that it restored'
  | 'drops what is sent while the link is down'
  | 'loses what is on the wire when the link breaks'
  | 'accepts a settle of the old link'
  | 'says nothing of its link'
  | 'waits for ever at cleanup for a link that is down'

/** A driver with a link that can be cut, which the memory driver has not; it comes back by itself after a moment. */
export class LinkedDriver implements Driver {
  readonly events: EventSource<DriverEvents>
  readonly #emitter = createEmitter<DriverEvents>()
  readonly #inner: Driver
  readonly #defect: LinkDefect | undefined
  readonly #listeners = new Set<LinkedListener>()
  #state: LinkState = 'up'
  #back: Promise<void> = Promise.resolve()

  constructor(inner: Driver, defect?: LinkDefect) {
    this.#inner = inner
    this.#defect = defect
    this.events = this.#emitter
  }

  features(): Features {
    return this.#inner.features()
  }

  async send(route: Route, body: Uint8Array, options?: SendOptions): Promise<void> {
    const copy = new Uint8Array(body)
    const cut = this.#state === 'down'
    if (cut && this.#defect === 'drops what is sent while the link is down') return
    await this.#back
    if (this.#state === 'closed' && cut)
      throw new MessageDeliveryFailure('NOT_OPEN', 'cleaned up while the link was down')
    const onWire = this.#state
    if (this.#defect === 'loses what is on the wire when the link breaks') {
      await sleep(1)
      if (this.#state !== onWire) return
    }
    await this.#inner.send(route, copy, options)
  }

  async listen(
    subscriptions: readonly Subscription[],
    options: ListenOptions,
    onIncoming: (message: IncomingMessage) => void,
  ): Promise<DriverListener> {
    const lenient = this.#defect === 'accepts a settle of the old link'
    const hand = lenient ? (message: IncomingMessage) => onIncoming(acceptingAll(message)) : onIncoming
    const listener = new LinkedListener((again) => {
      const wanted = again ? subscriptions.filter((one, index) => this.#restores(one, index)) : subscriptions
      return wanted.length === 0 ? undefined : this.#inner.listen(wanted, options, hand)
    }, options.onRestored)
    await listener.connect('first')
    this.#listeners.add(listener)
    return listener
  }

  flush(options?: { readonly timeout?: number }): Promise<void> {
    return this.#inner.flush(options)
  }

  health(): Health {
    return { ...this.#inner.health(), state: this.#state }
  }

  deadLetters(subscription: Subscription): DeadLetters {
    return this.#inner.deadLetters(subscription)
  }

  async cleanup(): Promise<void> {
    if (this.#state === 'down' && this.#defect === 'waits for ever at cleanup for a link that is down') {
      return new Promise(() => {})
    }
    this.#state = 'closed'
    await this.#inner.cleanup()
  }

  cut(): void {
    if (this.#state !== 'up') return
    this.#change('down')
    const lost = [...this.#listeners].map((listener) => listener.disconnect())
    this.#back = Promise.all(lost).then(() => this.#comeBack())
  }

  async #comeBack(): Promise<void> {
    await sleep(10)
    if (this.#state === 'closed') return
    const told = this.#defect === 'does not say that it restored' ? 'silently' : 'restored'
    if (this.#defect !== 'does not restore its listeners') {
      for (const listener of this.#listeners) await listener.connect(told)
    }
    this.#change('up')
  }

  #restores(subscription: Subscription, index: number): boolean {
    if (this.#defect === 'restores the first subscription only') return index === 0
    return !(this.#defect === 'restores all but fanouts' && subscription.mode === 'fanout')
  }

  #change(state: LinkState): void {
    this.#state = state
    if (this.#defect !== 'says nothing of its link') this.#emitter.emit('link', { link: 'test', state })
  }
}

class LinkedListener implements DriverListener {
  readonly #open: (again: boolean) => Promise<DriverListener> | undefined
  readonly #onRestored: (() => void) | undefined
  readonly #all: DriverListener[] = []

  constructor(
    open: (again: boolean) => Promise<DriverListener> | undefined,
    onRestored: (() => void) | undefined,
  ) {
    this.#open = open
    this.#onRestored = onRestored
  }

  async connect(reason: 'first' | 'restored' | 'silently'): Promise<void> {
    const listener = await this.#open(reason !== 'first')
    if (listener !== undefined) this.#all.push(listener)
    if (reason === 'restored') this.#onRestored?.()
  }

  async disconnect(): Promise<void> {
    await this.#all.at(-1)?.close()
  }

  async stop(): Promise<void> {
    await this.#all.at(-1)?.stop()
  }

  async close(): Promise<void> {
    await this.disconnect()
  }

  stats(): ListenerStats {
    const sum = { delivered: 0, acknowledged: 0, requeued: 0, rejected: 0, stale: 0, unsettled: 0 }
    for (const listener of this.#all) {
      const stats = listener.stats()
      for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += stats[key]
    }
    return sum
  }
}

function acceptingAll(message: IncomingMessage): IncomingMessage {
  return {
    body: message.body,
    redelivered: message.redelivered,
    attempts: message.attempts,
    marks: message.marks,
    acknowledge: () => message.acknowledge() || true,
    requeue: (options) => message.requeue(options),
    reject: (options) => message.reject(options),
  }
}
