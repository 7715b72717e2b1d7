/**
 * A batch of notifications goes to the sinks as one; when a sink did not take it, each notification comes back by itself. This remembers which batch they were
 * of, so that what is owed is sent once, not once per notification, and never again to sinks that have it.
 */
import { randomUUID } from 'node:crypto'

import type { LostShipment } from '../pipeline/outlet.js'
import { SinkFailure } from '../pipeline/sink-failure.js'

/** What pipelines of samples and of events have in common. */
export interface Publishing<D> {
  publish(data: readonly D[], options?: { readonly key?: string }): Promise<void>
  owes(key: string): boolean
  readonly isFull: boolean
}

/** What one notification gave. */
export interface Parcel<D> {
  /** Null = it can't be known again: when it comes back, all sinks get it again. */
  readonly messageId: string | null
  readonly data: readonly D[]
}

export interface DeliveryOptions<D> {
  /** What tells a sample or event from others, also where pipelines made a copy of it; null or undefined = nothing does. */
  readonly identify: (datum: D) => unknown
  /** Told what a sink refused that is no single notification's: transformers made it of several. Never throws. */
  readonly onUnclaimed: (count: number, reason: SinkFailure) => void
}

/** What sinks did not take of a batch. */
interface Debt {
  readonly key: string
  /** From samples or events to who gave them: a message id, or the parcel where there is none. */
  readonly owners: Map<unknown, unknown>
  /** By owner, once all else has arrived. */
  readonly refusals: Map<unknown, SinkFailure>
  isPaid: boolean
  /** While it is being paid: batches that run side by side share it. */
  attempt: Promise<void> | undefined
}

/** Some never come back to us: another agent has them, or nobody. */
const MOST_DEBTORS = 100_000
/** More than pipelines remember. */
const MOST_DEBTS = 2_000

export class BatchDelivery<D> {
  #sinks: Publishing<D>
  readonly #options: DeliveryOptions<D>
  /** Several deliveries have the same sinks. */
  readonly #id = randomUUID()
  readonly #debtors = new Map<string, Debt>()
  /** Those that may still know their owners, for whom there is only so much room. */
  readonly #debts = new Set<Debt>()
  #batches = 0

  constructor(sinks: Publishing<D>, options: DeliveryOptions<D>) {
    this.#sinks = sinks
    this.#options = options
  }

  /** From now on to these, which have inherited what the sinks before them owe. */
  moveTo(sinks: Publishing<D>): void {
    this.#sinks = sinks
    // One that hangs is not waited for any more; what it had in hand is nobody's, and comes again whole.
    for (const debt of this.#debts) debt.attempt = undefined
  }

  /** Why each parcel did not arrive; those that did are not in it. A SinkFailure that is `refused` is final. Never rejects. */
  async deliver<P extends Parcel<D>>(parcels: readonly P[]): Promise<ReadonlyMap<P, Error>> {
    const failed = new Map<P, Error>()
    const fresh: P[] = []
    const owed = new Map<Debt, P[]>()
    for (const parcel of parcels) {
      const debt = this.#debtOf(parcel)
      const members = debt && owed.get(debt)
      if (members !== undefined) members.push(parcel)
      else if (debt !== undefined) owed.set(debt, [parcel])
      else if (parcel.data.length > 0) fresh.push(parcel)
    }
    await Promise.all([
      fresh.length === 0 ? undefined : this.#send(fresh, failed),
      ...[...owed].map(([debt, members]) => this.#pay(debt, members, failed)),
    ])
    return failed
  }

  #debtOf({ messageId }: Parcel<D>): Debt | undefined {
    const debt = messageId === null ? undefined : this.#debtors.get(messageId)
    if (debt === undefined || debt.isPaid || this.#isOpen(debt)) return debt
    // The pipelines have forgotten it: nobody knows who has what.
    this.#forget(messageId)
    return undefined
  }

  async #send<P extends Parcel<D>>(parcels: readonly P[], failed: Map<P, Error>): Promise<void> {
    if (this.#sinks.isFull) {
      for (const parcel of parcels) failed.set(parcel, new Error(FULL))
      return
    }
    this.#batches += 1
    const key = `${this.#id}-${this.#batches}`
    try {
      await this.#sinks.publish(
        parcels.flatMap(({ data }) => data),
        { key },
      )
    } catch (error) {
      const debt: Debt = {
        key,
        owners: this.#ownersOf(parcels),
        refusals: new Map(),
        isPaid: false,
        attempt: undefined,
      }
      this.#remember(debt)
      const failure = this.#assess(debt, error)
      for (const parcel of parcels) if (parcel.messageId !== null) this.#setDebtor(parcel.messageId, debt)
      this.#judge(debt, parcels, failure, failed)
    }
  }

  async #pay<P extends Parcel<D>>(debt: Debt, members: readonly P[], failed: Map<P, Error>): Promise<void> {
    let failure: Error | undefined
    try {
      if (!debt.isPaid) await this.#attempt(debt)
    } catch (error) {
      failure = asError(error)
    }
    this.#judge(debt, members, failure, failed)
  }

  #attempt(debt: Debt): Promise<void> {
    if (debt.attempt !== undefined) return debt.attempt
    const attempt = this.#sinks.publish([], { key: debt.key }).then(
      () => this.#end(debt),
      (error: unknown) => {
        throw this.#assess(debt, error)
      },
    )
    debt.attempt = attempt
    const over = (): void => {
      if (debt.attempt === attempt) debt.attempt = undefined
    }
    attempt.then(over, over)
    return attempt
  }

  /** When nothing but refusals is left, they are handed to those who gave what was refused. */
  #assess(debt: Debt, error: unknown): Error {
    if (!(error instanceof SinkFailure && error.refused)) return asError(error)
    const lists = new Map<unknown, LostShipment<unknown>[]>()
    const owners = new Set(debt.owners.values())
    for (const lost of error.refusals) {
      const owner = owners.size === 1 ? [...owners][0] : this.#ownerOf(debt, lost)
      const list = lists.get(owner)
      if (list === undefined) lists.set(owner, [lost])
      else list.push(lost)
    }
    for (const [owner, list] of lists) {
      const refusal = new SinkFailure(list)
      if (owner === undefined) this.#options.onUnclaimed(list.length, refusal)
      else debt.refusals.set(owner, refusal)
    }
    this.#end(debt)
    return error
  }

  #remember(debt: Debt): void {
    this.#debts.add(debt)
    if (this.#debts.size <= MOST_DEBTS) return
    for (const one of this.#debts) if (!this.#isOpen(one)) this.#release(one)
  }

  #isOpen(debt: Debt): boolean {
    return debt.attempt !== undefined || this.#sinks.owes(debt.key)
  }

  #end(debt: Debt): void {
    debt.isPaid = true
    this.#release(debt)
  }

  #release(debt: Debt): void {
    debt.owners.clear()
    this.#debts.delete(debt)
  }

  #ownerOf({ owners }: Debt, { data }: LostShipment<unknown>): unknown {
    return owners.get(this.#options.identify(data[0] as D) ?? data[0])
  }

  #judge<P extends Parcel<D>>(
    debt: Debt,
    members: readonly P[],
    failure: Error | undefined,
    failed: Map<P, Error>,
  ): void {
    for (const parcel of members) {
      const reason = debt.isPaid ? debt.refusals.get(parcel.messageId ?? parcel) : failure
      if (reason !== undefined) failed.set(parcel, reason)
      if (debt.isPaid) this.#forget(parcel.messageId)
    }
  }

  #ownersOf(parcels: readonly Parcel<D>[]): Map<unknown, unknown> {
    const owners = new Map<unknown, unknown>()
    for (const parcel of parcels)
      for (const datum of parcel.data)
        owners.set(this.#options.identify(datum) ?? datum, parcel.messageId ?? parcel)
    return owners
  }

  #setDebtor(messageId: string, debt: Debt): void {
    this.#debtors.set(messageId, debt)
    if (this.#debtors.size <= MOST_DEBTORS) return
    const [oldest] = this.#debtors.keys()
    if (oldest !== undefined) this.#debtors.delete(oldest)
  }

  #forget(messageId: string | null): void {
    if (messageId !== null) this.#debtors.delete(messageId)
  }
}

const FULL = 'sinks owe so much already that nothing new is begun; it comes back later'

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
