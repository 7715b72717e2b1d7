import { MessagingException } from '../../index.js'
import { describeError } from '../publishers/publish-failure.js'
import type { LostShipment } from './outlet.js'

/** One outlet that did not take what it was given. */
export interface LostDelivery {
  readonly sink: string
  /** The publisher's URL without passwords, or the queue of a partition. */
  readonly outlet: string
  /** How many samples or events. */
  readonly count: number
  readonly error: unknown
}

/** Sinks whose delivery is at-least-once did not get all of a notification. It is to come again; then only what is missing is sent. Code `SINK_FAILED`. */
export class SinkFailure extends MessagingException {
  readonly lost: readonly LostDelivery[]
  /** Whether no receiver will ever take what is missing, however often it is tried. */
  readonly refused: boolean

  constructor(lost: readonly LostShipment<unknown>[]) {
    super('SINK_FAILED', lost.map(describe).join('; '), { cause: lost[0]?.error })
    this.lost = lost.map(({ outlet, data, error }) => ({
      sink: outlet.sink,
      outlet: outlet.name,
      count: data.length,
      error,
    }))
    this.refused = lost.every(({ error }) => isRefusal(error))
  }
}

function describe({ outlet, data, error }: LostShipment<unknown>): string {
  return `sink ${outlet.sink}: ${outlet.name} did not take ${data.length}: ${describeError(error)}`
}

function isRefusal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'outcome' in error && error.outcome === 'refused'
}
