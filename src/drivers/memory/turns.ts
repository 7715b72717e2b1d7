import { Fifo } from '../../core/fifo.js'

/** Something that has messages to hand out. */
export interface Deliverer {
  /** Hands out at most `limit` messages and returns how many. Never throws. */
  deliver(limit: number): number
  /** Whether a further `deliver` would hand out something. */
  readonly deliverable: boolean
}

/** Messages per turn of the event loop, all queues of a broker together. */
const TURN = 256
/** Sends per turn that resolve at once. */
const SENDS = 256
/** Messages per queue before the next queue has its share. */
const SHARE = 64
const DONE: Promise<void> = Promise.resolve()

/**
 * When a broker delivers: never on the sender's stack. The first messages of a turn of the event loop go out in a microtask, for
 * latency; after `TURN` of them the rest waits for `setImmediate`, so that a busy queue starves neither timers nor sockets.
 */
export class DeliveryTurns {
  readonly #waiting = new Fifo<Deliverer>()
  readonly #known = new Set<Deliverer>()
  #left = TURN
  #sendsLeft = SENDS
  #turnEnds: Promise<void> | undefined
  #endTurn: (() => void) | undefined
  #microtask = false
  #immediate = false

  /** Has `deliverer` called soon, once however often it asks. */
  add(deliverer: Deliverer): void {
    if (this.#known.has(deliverer)) return
    this.#known.add(deliverer)
    this.#waiting.push(deliverer)
    if (this.#left > 0 && !this.#microtask) {
      this.#microtask = true
      queueMicrotask(this.#run)
    }
  }

  /**
   * What a sender waits for after its message is in its queues: nothing, but for the sends of a turn beyond `SENDS`, which resolve in the
   * next one. `for (;;) await send()` would else be one endless run of microtasks: no timer, no socket, no delivery.
   */
  pace(): Promise<void> {
    this.#awaitNextTurn()
    if (this.#sendsLeft > 0) {
      this.#sendsLeft--
      return DONE
    }
    this.#turnEnds ??= new Promise((resolve) => {
      this.#endTurn = resolve
    })
    return this.#turnEnds
  }

  readonly #run = (): void => {
    while (this.#left > 0) {
      const deliverer = this.#waiting.shift()
      if (deliverer === undefined) break
      this.#left -= deliverer.deliver(Math.min(this.#left, SHARE))
      this.#known.delete(deliverer)
      if (deliverer.deliverable) {
        this.#known.add(deliverer)
        this.#waiting.push(deliverer)
      }
    }
    this.#microtask = false
    if (this.#left < TURN) this.#awaitNextTurn()
  }

  #awaitNextTurn(): void {
    if (this.#immediate) return
    this.#immediate = true
    setImmediate(this.#nextTurn)
  }

  readonly #nextTurn = (): void => {
    this.#immediate = false
    this.#left = TURN
    this.#sendsLeft = SENDS
    this.#endTurn?.()
    this.#endTurn = undefined
    this.#turnEnds = undefined
    this.#run()
  }
}
