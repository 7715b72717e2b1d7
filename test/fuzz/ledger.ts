/** What was said of each message, verb by verb: the books that have to balance. */
import type { IncomingMessage, RejectOptions, RequeueOptions } from '../../src/core/message.js'

export interface Delivery {
  readonly index: number
  verbs: number
}

/** A rule that was broken, and by which case, where that is known. */
export interface Violation {
  readonly index: number | undefined
  readonly what: string
}

export class Ledger {
  readonly violations: Violation[] = []
  /** Milliseconds the library took for one delivery at most, and for which case. */
  slowest: { readonly index: number; readonly milliseconds: number } = { index: -1, milliseconds: 0 }
  /** Told before the library sees a delivery. */
  onDelivery: (index: number) => void = () => {}
  deliveries = 0
  acknowledged = 0
  requeued = 0
  rejected = 0
  /** Reason of the reject -> how many. */
  readonly reasons: Map<string, number> = new Map()
  readonly #open = new Set<Delivery>()
  /** Cases sent and not yet acknowledged or rejected. */
  readonly #pending = new Set<number>()
  #onSettled: (() => void) | undefined

  get open(): number {
    return this.#open.size
  }

  get pending(): readonly number[] {
    return [...this.#pending]
  }

  sent(index: number): void {
    this.#pending.add(index)
  }

  /** Resolves when every case that was sent is acknowledged or rejected. */
  async allSettled(): Promise<void> {
    if (this.#pending.size === 0) return
    await new Promise<void>((resolve) => {
      this.#onSettled = resolve
    })
  }

  broken(what: string, index?: number): void {
    this.violations.push({ index, what })
  }

  /** Before the library sees it: `hand` passes it on. */
  delivered(index: number, hand: (delivery: Delivery) => void): void {
    const delivery: Delivery = { index, verbs: 0 }
    this.onDelivery(index)
    this.deliveries += 1
    this.#open.add(delivery)
    if (!this.#pending.has(index)) this.broken('delivered though it was settled for good', index)
    const began = performance.now()
    try {
      hand(delivery)
    } catch (error) {
      this.broken(`the library threw into the driver: ${textOf(error)}`, index)
    }
    const milliseconds = performance.now() - began
    if (milliseconds > this.slowest.milliseconds) this.slowest = { index, milliseconds }
  }

  /** One of the three verbs was called; `settle` passes it on. */
  settled(delivery: Delivery, verb: 'acknowledge' | 'requeue' | 'reject', settle: () => boolean): boolean {
    const { index } = delivery
    delivery.verbs += 1
    if (delivery.verbs > 1) this.broken(`settled ${delivery.verbs} times, the last time by ${verb}`, index)
    const accepted = settle()
    if (!accepted) {
      this.broken(`${verb} came late`, index)
      return false
    }
    this.#open.delete(delivery)
    if (verb === 'requeue') this.requeued += 1
    else {
      this[verb === 'reject' ? 'rejected' : 'acknowledged'] += 1
      this.#pending.delete(index)
      if (this.#pending.size === 0) this.#onSettled?.()
    }
    return true
  }

  countReason(reason: string): void {
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1)
  }
}

/** A delivery of an inner driver, each verb of which is written down. */
export class CountedMessage implements IncomingMessage {
  readonly body: Uint8Array
  readonly compression: string | undefined
  readonly #inner: IncomingMessage
  readonly #ledger: Ledger
  readonly #delivery: Delivery

  constructor(
    inner: IncomingMessage,
    label: { readonly body: Uint8Array; readonly compression: string | undefined },
    ledger: Ledger,
    delivery: Delivery,
  ) {
    this.body = label.body
    this.compression = label.compression ?? inner.compression
    this.#inner = inner
    this.#ledger = ledger
    this.#delivery = delivery
  }

  get redelivered(): boolean {
    return this.#inner.redelivered
  }

  get attempts(): number {
    return this.#inner.attempts
  }

  get marks(): IncomingMessage['marks'] {
    return this.#inner.marks
  }

  acknowledge(): boolean {
    return this.#ledger.settled(this.#delivery, 'acknowledge', () => this.#inner.acknowledge())
  }

  requeue(options?: RequeueOptions): boolean {
    return this.#ledger.settled(this.#delivery, 'requeue', () => this.#inner.requeue(options))
  }

  reject(options?: RejectOptions): boolean {
    this.#ledger.countReason(options?.reason ?? 'none')
    return this.#ledger.settled(this.#delivery, 'reject', () => this.#inner.reject(options))
  }
}

export function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
