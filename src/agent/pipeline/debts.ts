import { isRefusal, type LostShipment, type Outlet, type Shipment, ship, shipOne } from './outlet.js'
import { SinkFailure } from './sink-failure.js'

/** Of how many notifications or batches it is remembered what is still to be sent. */
const MOST_KEYS = 1_024
/** And of how many samples or events in them. */
const MOST_DATA = 20_000
/** Milliseconds since the last attempt, after which nobody is expected to come for it any more: another agent may have got the notification. */
const PATIENCE = 15 * 60_000
/** Of how many samples that transformers let go between notifications. */
const MOST_BACKLOG = 10_000

/** What is remembered of one key. */
interface Debt<D> {
  readonly owed: readonly Shipment<D>[]
  /** Told again when the rest has arrived. */
  readonly refused: readonly LostShipment<D>[]
  readonly since: number
}

/** What to send, and what an earlier attempt says beside it. */
export interface Due<D> {
  readonly owed: readonly Shipment<D>[]
  readonly refused: readonly LostShipment<D>[]
}

/**
 * Sends shipments, and remembers by the key of their notification which of them did not arrive: when it comes again, only those are sent, with the same
 * ids, and transformers do not see it twice. What was refused is not sent again, but told when the rest has arrived. The oldest are forgotten for want of
 * room, which costs a duplicate, not a loss.
 */
export class Debts<D> {
  readonly #now: () => number
  /** In order of their last attempt. */
  readonly #byKey = new Map<string, Debt<D>>()
  #data = 0
  #backlog: readonly Shipment<D>[] = []
  forgotten = 0
  abandoned = 0

  /** `now`: milliseconds, from any beginning. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  get size(): number {
    return this.#byKey.size
  }

  /** Whether half the room is taken by what may still be asked for: time to send nothing new before something is paid. */
  get isFull(): boolean {
    while (this.#byKey.size >= MOST_KEYS / 2 || this.#data >= MOST_DATA / 2) {
      const [oldest] = this.#byKey
      if (oldest === undefined || oldest[1].since > this.#now() - PATIENCE) return true
      this.#forget(oldest[0])
    }
    return false
  }

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  /** Takes out what is still owed for this key. */
  take(key: string): Due<D> | undefined {
    const debt = this.#byKey.get(key)
    if (debt === undefined) return undefined
    this.#byKey.delete(key)
    this.#data -= amountOf(debt)
    return debt
  }

  /** Rejects with SinkFailure when something did not arrive, and remembers it under the key, if there is one. */
  send({ owed, refused }: Due<D>, key: string | undefined): Promise<void> {
    const [only] = owed
    // The usual case has a way of its own: this is on the path of every notification.
    const lost = only !== undefined && owed.length === 1 ? shipOne(only) : ship(owed)
    return lost.then((found) => this.#owe(found, refused, key))
  }

  #owe(lost: readonly LostShipment<D>[], earlier: readonly LostShipment<D>[], key: string | undefined): void {
    if (lost.length === 0 && earlier.length === 0) return
    const owed = lost.filter(({ error }) => !isRefusal(error))
    const refused = [...earlier, ...lost.filter(({ error }) => isRefusal(error))]
    if (key !== undefined && owed.length > 0) this.#remember(key, { owed, refused, since: this.#now() })
    throw new SinkFailure([...owed, ...refused])
  }

  /** Sends what belongs to no notification, and what is left of it from earlier times. What does not arrive is kept for the next time; then rejects. */
  async sendLoose(shipments: readonly Shipment<D>[]): Promise<void> {
    const due = [...this.#backlog, ...shipments]
    if (due.length === 0) return
    this.#backlog = []
    const lost = await ship(due)
    if (lost.length === 0) return
    this.#keep(lost.filter(({ error }) => !isRefusal(error)))
    for (const { data, error } of lost) if (isRefusal(error)) this.abandoned += data.length
    throw new SinkFailure(lost)
  }

  /** What goes down with us; what is owed may be inherited. */
  abandon(): void {
    for (const { data } of this.#backlog) this.abandoned += data.length
    this.#backlog = []
  }

  /**
   * Owes what others owed that are closed. `outletOf`: the outlet in the place of one of theirs; a key of which there is none for all that is owed is forgotten, so
   * that what comes again goes to all.
   */
  inherit(others: Debts<D>, outletOf: (outlet: Outlet<D>) => Outlet<D> | undefined): void {
    for (const [key, { owed, refused, since }] of others.#byKey) {
      const ours = owed.flatMap(({ outlet, data }) => {
        const found = outletOf(outlet)
        return found === undefined ? [] : [{ outlet: found, data }]
      })
      if (ours.length === owed.length) this.#remember(key, { owed: ours, refused, since })
    }
  }

  #remember(key: string, debt: Debt<D>): void {
    this.#byKey.set(key, debt)
    this.#data += amountOf(debt)
    for (const [oldest] of this.#byKey) {
      if (this.#byKey.size <= MOST_KEYS && this.#data <= MOST_DATA) return
      // One that is larger than all the room has it to itself.
      if (oldest !== key) this.#forget(oldest)
    }
  }

  #forget(key: string): void {
    this.take(key)
    this.forgotten += 1
  }

  /** The newest that there is room for. */
  #keep(lost: readonly Shipment<D>[]): void {
    const all = [...this.#backlog, ...lost]
    let room = MOST_BACKLOG
    let first = all.length
    while (first > 0 && room > 0) room -= all[--first]?.data.length ?? 0
    for (const { data } of all.slice(0, first)) this.abandoned += data.length
    this.#backlog = all.slice(first)
  }
}

function amountOf<D>({ owed, refused }: Due<D>): number {
  return owed.reduce((sum, { data }) => sum + data.length, refused.length)
}
