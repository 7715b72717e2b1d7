import { MessagingException } from '../../index.js'
import { reasonWithout } from '../publishers/publish-failure.js'
import { isRefusal, type LostShipment } from './outlet.js'

/** One outlet that did not take what it was given. */
export interface LostDelivery {
  readonly sink: string
  /** The publisher's URL without passwords, or the queue of a partition. */
  readonly outlet: string
  /** How many samples or events. */
  readonly count: number
  readonly error: unknown
}

/** More reasons than this are only counted: the text goes into headers and logs. */
const MOST_REASONS = 5

/**
 * Sinks whose delivery is at-least-once did not get all of a notification. When it comes again, only what is missing is sent. Code `SINK_FAILED`.
 */
export class SinkFailure extends MessagingException {
  readonly lost: readonly LostDelivery[]
  /** Whether no receiver will ever take what is missing, however often it is tried. */
  readonly refused: boolean
  readonly #shipments: readonly LostShipment<unknown>[]

  constructor(lost: readonly LostShipment<unknown>[]) {
    super('SINK_FAILED', describe(lost), { cause: lost[0]?.error })
    this.lost = lost.map(({ outlet, data, error }) => ({
      sink: outlet.sink,
      outlet: outlet.name,
      count: data.length,
      error,
    }))
    this.refused = lost.every(({ error }) => isRefusal(error))
    this.#shipments = lost
  }

  /** @internal What was refused, in shipments of one. */
  get refusals(): readonly LostShipment<unknown>[] {
    return this.#shipments.filter(({ error }) => isRefusal(error))
  }
}

/** Each reason once. */
function describe(lost: readonly LostShipment<unknown>[]): string {
  const counts = new Map<string, { readonly place: string; readonly reason: string; count: number }>()
  for (const { outlet, data, error } of lost) {
    const [place, reason] = [`sink ${outlet.sink}: ${outlet.name}`, reasonWithout(outlet.name, error)]
    const known = counts.get(`${place}\n${reason}`)
    if (known !== undefined) known.count += data.length
    else counts.set(`${place}\n${reason}`, { place, reason, count: data.length })
  }
  const texts = [...counts.values()].map(
    ({ place, reason, count }) => `${place} did not take ${count}: ${reason}`,
  )
  const more = texts.length - MOST_REASONS
  return [...texts.slice(0, MOST_REASONS), ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}
