/** What is on its way to its confirm, bounded by count and bytes, in the order in which it was written. */
import type { RabbitOptions } from './options.js'
import type { Entry } from './send-line.js'

export class ConfirmWindow {
  readonly #options: RabbitOptions
  readonly #entries = new Set<Entry>()
  #bytes = 0

  constructor(options: RabbitOptions) {
    this.#options = options
  }

  get hasRoom(): boolean {
    return this.#entries.size < this.#options.confirmWindow && this.#bytes < this.#options.confirmWindowBytes
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  get entries(): Iterable<Entry> {
    return this.#entries
  }

  has(entry: Entry): boolean {
    return this.#entries.has(entry)
  }

  add(entry: Entry): void {
    this.#entries.add(entry)
    this.#bytes += entry.body.length
  }

  /** It is no longer on its way. */
  remove(entry: Entry): void {
    if (this.#entries.delete(entry)) this.#bytes -= entry.body.length
  }

  /** Oldest first; afterwards it is empty. */
  takeAll(): Entry[] {
    const entries = [...this.#entries]
    this.#entries.clear()
    this.#bytes = 0
    return entries
  }
}
