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

const NOTHING: readonly never[] = []

/** Resolves to what did not arrive, of those at-least-once; what was refused is in shipments of one. Never rejects. */
export async function ship<D>(shipments: readonly Shipment<D>[]): Promise<readonly LostShipment<D>[]> {
  // All are begun in this turn and in order: a slow or failing outlet holds up no other.
  const lost = await Promise.all(shipments.map(shipOne))
  return lost.flat()
}

/** The same for one. */
export function shipOne<D>(shipment: Shipment<D>): Promise<readonly LostShipment<D>[]> {
  const { outlet, data } = shipment
  const failed = (error: unknown): readonly LostShipment<D>[] | Promise<readonly LostShipment<D>[]> => {
    if (data.length > 1 && isRefusal(error)) return shipHalves(shipment)
    outlet.missed(data, error)
    return outlet.delivery === 'best-effort' ? NOTHING : [{ outlet, data, error }]
  }
  try {
    return outlet.send(data).then(() => {
      outlet.taken(data)
      return NOTHING
    }, failed)
  } catch (error) {
    return Promise.resolve(failed(error))
  }
}

/** One that is refused takes no others with it: by halves it is found in a few calls. In order, since order may matter. */
async function shipHalves<D>({ outlet, data }: Shipment<D>): Promise<readonly LostShipment<D>[]> {
  const half = Math.ceil(data.length / 2)
  const first = await shipOne({ outlet, data: data.slice(0, half) })
  const second = await shipOne({ outlet, data: data.slice(half) })
  return [...first, ...second]
}

/** Whether no receiver will ever take it, however often it is tried: PublishFailure, and what publishers of others say alike. */
export function isRefusal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'outcome' in error && error.outcome === 'refused'
}
