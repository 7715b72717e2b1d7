/** What became of each notification, in memory that grows with what is under way only. */

const CONFIRMED = 1
const HANDLED = 2

export class Account {
  offered = 0
  confirmed = 0
  rejected = 0
  handled = 0
  /** Handled again, or after the promise had been rejected. */
  repeated = 0
  /** id -> CONFIRMED, HANDLED or neither; gone with both */
  #open = new Map()

  offer(id) {
    this.offered += 1
    this.#open.set(id, 0)
  }

  confirm(id) {
    this.confirmed += 1
    this.#mark(id, CONFIRMED)
  }

  reject(id) {
    this.rejected += 1
    this.#open.delete(id)
  }

  handle(id) {
    const state = this.#open.get(id)
    if (state === undefined || state === HANDLED) {
      this.repeated += 1
      return
    }
    this.handled += 1
    this.#mark(id, HANDLED)
  }

  /** Not yet both confirmed and handled. */
  get underWay() {
    return this.#open.size
  }

  /** Confirmed, and no handler had it so far. */
  get missing() {
    return [...this.#open.values()].filter((state) => state === CONFIRMED).length
  }

  #mark(id, bit) {
    const state = this.#open.get(id) | bit
    if (state === (CONFIRMED | HANDLED)) this.#open.delete(id)
    else this.#open.set(id, state)
  }
}
