/** The dead letters of all listeners, for the live page: asked of the broker at most every few seconds. */
import type { DeadLetter, NotificationListener } from '../../index.js'
import { within } from '../pipeline/within.js'

const LIMIT = 20
const PAUSE = 5_000
/** Milliseconds that the page waits for a broker. */
const PATIENCE = 2_000

export interface ShownLetter {
  readonly reason: string
  readonly attempts: number
  readonly eventType: string
}

export class DeadLetterList {
  #letters: Promise<readonly ShownLetter[]> = Promise.resolve([])
  #askedAt = Number.NEGATIVE_INFINITY

  /** Never rejects: a broker that does not answer has none to show. */
  of(listeners: readonly NotificationListener[]): Promise<readonly ShownLetter[]> {
    const now = performance.now()
    if (now - this.#askedAt < PAUSE) return this.#letters
    this.#askedAt = now
    this.#letters = ask(listeners)
    return this.#letters
  }
}

async function ask(listeners: readonly NotificationListener[]): Promise<readonly ShownLetter[]> {
  const lists = await Promise.allSettled(
    listeners.map((listener) =>
      within(PATIENCE, listener.deadLetters().list({ limit: LIMIT }), 'no dead letters'),
    ),
  )
  return lists
    .flatMap((list) => (list.status === 'fulfilled' ? list.value : []))
    .slice(0, LIMIT)
    .map((letter) => ({ reason: letter.reason, attempts: letter.attempts, eventType: eventTypeOf(letter) }))
}

/** Of the envelope, without decoding all of it. */
function eventTypeOf({ body, compression }: DeadLetter): string {
  if (compression !== undefined) return ''
  const text = new TextDecoder().decode(body)
  return /"event_type\\*": *\\*"([^"\\]*)/.exec(text)?.[1] ?? ''
}
