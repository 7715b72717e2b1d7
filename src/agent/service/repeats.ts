import type { Notification } from '../../index.js'

/** Beyond this the oldest are forgotten, and what they give is counted once more. */
const MOST = 100_000

/** Notifications that were converted and are to come again, so that what they give is counted once, however often they are tried. */
export class Repeats {
  readonly #ids = new Set<string>()

  /** Whether it was converted before. One without an id can't be known: after its first attempt it counts as converted. */
  has({ metadata: { attempts, messageId } }: Notification): boolean {
    return attempts > 0 && (messageId === null || this.#ids.has(messageId))
  }

  add({ metadata: { messageId } }: Notification): void {
    if (messageId === null) return
    this.#ids.add(messageId)
    if (this.#ids.size <= MOST) return
    const [oldest] = this.#ids
    if (oldest !== undefined) this.#ids.delete(oldest)
  }

  delete({ metadata: { messageId } }: Notification): void {
    if (messageId !== null) this.#ids.delete(messageId)
  }
}
