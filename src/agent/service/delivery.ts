/**
 * A batch of notifications goes to the sinks as one; when a sink did not take it, each notification comes back by itself. This remembers which batch they were
 * of, so that what is owed is sent once, not once per notification, and never again to sinks that have it.
 */
import { SinkFailure } from '../pipeline/sink-failure.js'

/** What pipelines of samples and of events have in common. */
export interface Publishing<D> {
  publish(data: readonly D[], options?: { readonly key?: string }): Promise<void>
}

/** What one notification gave. */
export interface Parcel<D> {
  /** Null = it can't be known again: when it comes back, all sinks get it again. */
  readonly messageId: string | null
  readonly data: readonly D[]
}

interface Debt {
  readonly key: string
  isPaid: boolean
  /** While it is being paid: batches that run side by side share it. */
  attempt: Promise<void> | undefined
}

/** Fewer than pipelines remember (1,024), and forgotten in the same order: what is forgotten here is sent to all sinks again, not lost. */
const MOST_DEBTS = 1_000

export class BatchDelivery<D> {
  readonly #sinks: Publishing<D>
  /** In order of their last failure, as pipelines have them; those that were given up too. */
  readonly #debts = new Map<string, Debt>()
  readonly #byMessage = new Map<string, Debt>()
  /** Refused as part of a batch: from now on each for itself, so that one does not take others with it. */
  readonly #alone = new Set<string>()
  #batches = 0

  constructor(sinks: Publishing<D>) {
    this.#sinks = sinks
  }

  /** Why each parcel did not arrive; those that did are not in it. Never rejects. */
  async deliver<P extends Parcel<D>>(parcels: readonly P[]): Promise<ReadonlyMap<P, Error>> {
    const failed = new Map<P, Error>()
    const fresh: P[] = []
    const owed = new Map<Debt, P[]>()
    const alone: P[] = []
    for (const parcel of parcels) {
      const debt = this.#debtOf(parcel)
      if (debt !== undefined) owed.set(debt, [...(owed.get(debt) ?? []), parcel])
      else if (parcel.data.length === 0) continue
      else if (parcel.messageId !== null && this.#alone.has(parcel.messageId)) alone.push(parcel)
      else fresh.push(parcel)
    }
    await Promise.all([
      fresh.length === 0 ? undefined : this.#send(fresh, failed),
      ...[...owed].map(([debt, members]) => this.#pay(debt, members, failed)),
      ...alone.map((parcel) => this.#send([parcel], failed)),
    ])
    return failed
  }

  #debtOf({ messageId }: Parcel<D>): Debt | undefined {
    const debt = messageId === null ? undefined : this.#byMessage.get(messageId)
    if (debt === undefined || debt.isPaid || this.#debts.has(debt.key)) return debt
    // Forgotten by the pipelines, or about to be.
    this.#forget(messageId)
    return undefined
  }

  async #send<P extends Parcel<D>>(parcels: readonly P[], failed: Map<P, Error>): Promise<void> {
    this.#batches += 1
    const key = `batch-${this.#batches}`
    try {
      await this.#sinks.publish(
        parcels.flatMap(({ data }) => data),
        { key },
      )
      for (const { messageId } of parcels) if (messageId !== null) this.#alone.delete(messageId)
    } catch (error) {
      const failure = asError(error)
      const debt: Debt = { key, isPaid: false, attempt: undefined }
      this.#remember(debt)
      for (const parcel of parcels) {
        failed.set(parcel, failure)
        if (parcel.messageId === null) continue
        if (parcels.length > 1 && failure instanceof SinkFailure && failure.refused)
          this.#setAlone(parcel.messageId)
        else this.#setDebtor(parcel.messageId, debt)
      }
    }
  }

  async #pay<P extends Parcel<D>>(debt: Debt, members: readonly P[], failed: Map<P, Error>): Promise<void> {
    try {
      if (!debt.isPaid) await this.#attempt(debt)
      for (const { messageId } of members) this.#forget(messageId)
    } catch (error) {
      const failure = asError(error)
      for (const parcel of members) {
        failed.set(parcel, failure)
        if (!(failure instanceof SinkFailure && failure.refused) || parcel.messageId === null) continue
        this.#forget(parcel.messageId)
        this.#setAlone(parcel.messageId)
      }
    }
  }

  #attempt(debt: Debt): Promise<void> {
    debt.attempt ??= this.#sinks.publish([], { key: debt.key }).then(
      () => {
        debt.isPaid = true
        debt.attempt = undefined
        this.#debts.delete(debt.key)
      },
      (error: unknown) => {
        debt.attempt = undefined
        this.#remember(debt)
        throw error
      },
    )
    return debt.attempt
  }

  #remember(debt: Debt): void {
    this.#debts.delete(debt.key)
    this.#debts.set(debt.key, debt)
    if (this.#debts.size <= MOST_DEBTS) return
    const [oldest] = this.#debts.keys()
    if (oldest !== undefined) this.#debts.delete(oldest)
  }

  #setDebtor(messageId: string, debt: Debt): void {
    this.#byMessage.set(messageId, debt)
    dropOldest(this.#byMessage)
  }

  #setAlone(messageId: string): void {
    this.#alone.add(messageId)
    dropOldest(this.#alone)
  }

  #forget(messageId: string | null): void {
    if (messageId !== null) this.#byMessage.delete(messageId)
  }
}

/** Some never come back to us: another agent has them, or nobody. */
function dropOldest(remembered: Map<string, unknown> | Set<string>): void {
  if (remembered.size <= MOST_DEBTS * 100) return
  const [oldest] = remembered.keys()
  if (oldest !== undefined) remembered.delete(oldest)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
