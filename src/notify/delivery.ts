/** `for await` over a listener: the endpoint behind it, and the hand-over. */
import { Fifo } from '../core/fifo.js'
import { type EventMap, type Notification, NotificationResult, reject, requeue } from './endpoint.js'
import { GIVE_BACK } from './result.js'

/** One notification to settle. The first of the three verbs counts; later ones do nothing. */
export interface Delivery<E extends EventMap = EventMap> {
  readonly notification: Notification<E>
  readonly ack: () => void
  /** Again, after `delay` ms or by the listener's retry policy. */
  readonly requeue: (options?: { readonly delay?: number }) => void
  /** Never again: to the dead-letter queue, where there is one. */
  readonly reject: (reason: string) => void
}

interface Waiting<E extends EventMap> {
  readonly notification: Notification<E>
  readonly settle: (result: NotificationResult | typeof GIVE_BACK) => void
}

/** Bounded by the listener's credit: no more wait here than are in hand. */
export class DeliveryStream<E extends EventMap> {
  /** A NotificationEndpoint, but for GIVE_BACK among its results. */
  readonly endpoint: object
  readonly #waiting = new Fifo<Waiting<E>>()
  readonly #left: Waiting<E>[] = []
  #isOpen = false
  /** One for each loop that waits. */
  #wake: (() => void)[] = []

  constructor() {
    const hold = (notification: Notification<E>): Promise<NotificationResult | typeof GIVE_BACK> =>
      new Promise((settle) => {
        if (!this.#isOpen) {
          settle(GIVE_BACK)
          return
        }
        this.#waiting.push({ notification, settle })
        this.#wakeAll()
      })
    const method =
      (priority: Notification['priority']) =>
      (...[ctxt, publisherId, eventType, payload, metadata]: unknown[]) =>
        hold({ priority, ctxt, publisherId, eventType, payload, metadata } as Notification<E>)
    this.endpoint = {
      name: 'for-await',
      audit: method('audit'),
      critical: method('critical'),
      debug: method('debug'),
      error: method('error'),
      info: method('info'),
      sample: method('sample'),
      warn: method('warn'),
    }
  }

  open(): void {
    this.#isOpen = true
  }

  /** Ends the iteration; what waits goes back to the broker. */
  close(): void {
    this.#isOpen = false
    for (const { settle } of this.#left.splice(0)) settle(NotificationResult.REQUEUE)
    // Not by the retry policy: nobody has tried them.
    for (const { settle } of this.#waiting.takeAll()) settle(GIVE_BACK)
    this.#wakeAll()
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }

  async *deliveries(): AsyncGenerator<Delivery<E>, void, void> {
    while (this.#isOpen) {
      const next = this.#waiting.shift()
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake.push(resolve)
        })
        continue
      }
      let isLeft = true
      try {
        yield deliver(next)
        isLeft = false
      } finally {
        // A second settle does nothing, so this reaches only a delivery that the loop left unsettled. When the loop itself was left, it
        // goes back after the listener has stopped: not to this one again.
        // oxlint-disable-next-line typescript/no-unnecessary-condition -- the rule does not see that a loop may be left at a yield
        if (isLeft && this.#isOpen) this.#left.push(next)
        else next.settle(NotificationResult.REQUEUE)
      }
    }
  }
}

function deliver<E extends EventMap>({ notification, settle }: Waiting<E>): Delivery<E> {
  return {
    notification,
    ack: () => settle(NotificationResult.HANDLED),
    requeue: (options) => settle(requeue(options)),
    reject: (reason) => settle(reject(reason)),
  }
}
