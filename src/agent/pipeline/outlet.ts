import type { Delivery } from './sections.js'

/** Where a shipment goes: a publisher of a sink, or a queue to another agent. */
export interface Outlet<D> {
  /** For logs and errors, without passwords. */
  readonly name: string
  readonly sink: string
  readonly delivery: Delivery
  /** Resolves when the receiver has taken all of them. The same array again is the same shipment again. */
  send(data: readonly D[]): Promise<void>
  /** After an attempt: they were taken. */
  taken(data: readonly D[]): void
  /** After an attempt: they were not. */
  missed(data: readonly D[], error: unknown): void
}

/** What is on its way to one outlet. */
export interface Shipment<D> {
  readonly outlet: Outlet<D>
  readonly data: readonly D[]
}

/** One that did not arrive, and why. */
export interface LostShipment<D> extends Shipment<D> {
  readonly error: unknown
}

/** What takes the data of a pipeline: a sink, or what stands in for it. */
export interface Offering<D> {
  /** What is to be sent for these, in order. Never throws. */
  offer(data: readonly D[]): readonly Shipment<D>[]
  /** What is due without new data. Never throws. */
  release(closing: boolean): readonly Shipment<D>[]
}

/** Resolves to what must be tried again, of those at-least-once. Never rejects. */
export async function ship<D>(shipments: readonly Shipment<D>[]): Promise<readonly LostShipment<D>[]> {
  // All are begun in this turn and in order: a slow or failing outlet holds up no other.
  const lost = await Promise.all(shipments.map(shipOne))
  return lost.filter((one) => one !== undefined)
}

/** The same for one. */
export function shipOne<D>({ outlet, data }: Shipment<D>): Promise<LostShipment<D> | undefined> {
  const failed = (error: unknown): LostShipment<D> | undefined => {
    outlet.missed(data, error)
    return outlet.delivery === 'best-effort' ? undefined : { outlet, data, error }
  }
  try {
    return outlet.send(data).then(() => outlet.taken(data) as undefined, failed)
  } catch (error) {
    return Promise.resolve(failed(error))
  }
}
