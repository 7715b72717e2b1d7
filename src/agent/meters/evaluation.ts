/** What the definitions that match one notification share, so that it is found once. */
import type { AgentNotification } from '../notification.js'

/** The root of all paths. source: oslo.messaging's dispatcher (the dict that endpoints are given) */
export interface Message {
  readonly ctxt: unknown
  readonly publisher_id: unknown
  readonly event_type: string
  readonly payload: unknown
  /** Typed as never absent in a notification, but a line of the dry run may leave it out. */
  readonly metadata: { readonly timestamp: unknown } | null | undefined
}

/** Parts of a message: a path that begins with anything else finds nothing. */
export const MESSAGE_PARTS: ReadonlySet<string> = new Set([
  'ctxt',
  'publisher_id',
  'event_type',
  'payload',
  'metadata',
])

/** Of one notification; forgotten with it. */
export class Evaluation {
  readonly message: Message
  readonly #found: unknown[] = []

  constructor({ ctxt, publisher_id, event_type, payload, metadata }: AgentNotification) {
    this.message = { ctxt, publisher_id, event_type, payload, metadata }
  }

  /** What `find` gives, asked once per slot. Never undefined. */
  once<T>(slot: number, find: (message: Message) => T): T {
    const known = this.#found[slot]
    if (known !== undefined) return known as T
    const found = find(this.message)
    this.#found[slot] = found
    return found
  }
}

/** Hands out slots: the same for the same text. */
export class Slots {
  readonly #slots = new Map<string, number>()

  of(text: string): number {
    const known = this.#slots.get(text)
    if (known !== undefined) return known
    const slot = this.#slots.size
    this.#slots.set(text, slot)
    return slot
  }
}
