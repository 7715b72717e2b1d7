import { type LostShipment, type Shipment, ship, shipOne } from './outlet.js'
import { SinkFailure } from './sink-failure.js'

/** Of how many notifications it is remembered what is still to be sent. */
const MOST_KEYS = 1_024
/** Of how many samples that transformers let go between notifications. */
const MOST_BACKLOG = 10_000

/**
 * Sends shipments, and remembers by the key of their notification which of them did not arrive: when it comes again, only those are sent, with the same
 * ids, and transformers do not see it twice. The oldest are forgotten for want of room, which costs a duplicate, not a loss.
 */
export class Debts<D> {
  readonly #byKey = new Map<string, readonly Shipment<D>[]>()
  #backlog: readonly Shipment<D>[] = []
  forgotten = 0
  abandoned = 0

  get size(): number {
    return this.#byKey.size
  }

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  /** Takes out what is still owed for this key. */
  take(key: string): readonly Shipment<D>[] | undefined {
    const owed = this.#byKey.get(key)
    if (owed !== undefined) this.#byKey.delete(key)
    return owed
  }

  /** Rejects with SinkFailure when something did not arrive, and remembers it under the key, if there is one. */
  send(shipments: readonly Shipment<D>[], key: string | undefined): Promise<void> {
    const [only] = shipments
    // The usual case has a way of its own: this is on the path of every notification.
    if (only !== undefined && shipments.length === 1)
      return shipOne(only).then((lost) => lost && this.#owe([lost], key))
    return ship(shipments).then((lost) => this.#owe(lost, key))
  }

  #owe(lost: readonly LostShipment<D>[], key: string | undefined): void {
    if (lost.length === 0) return
    if (key !== undefined) this.#remember(key, lost)
    throw new SinkFailure(lost)
  }

  /** Sends what belongs to no notification, and what is left of it from earlier times. What does not arrive is kept for the next time; then rejects. */
  async sendLoose(shipments: readonly Shipment<D>[]): Promise<void> {
    const due = [...this.#backlog, ...shipments]
    if (due.length === 0) return
    this.#backlog = []
    const lost = await ship(due)
    if (lost.length === 0) return
    this.#keep(lost)
    throw new SinkFailure(lost)
  }

  /** What goes down with us. */
  abandon(): void {
    for (const { data } of this.#backlog) this.abandoned += data.length
    this.#backlog = []
    this.#byKey.clear()
  }

  #remember(key: string, lost: readonly LostShipment<D>[]): void {
    this.#byKey.set(key, lost)
    if (this.#byKey.size <= MOST_KEYS) return
    const [oldest] = this.#byKey.keys()
    if (oldest !== undefined) this.#byKey.delete(oldest)
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
