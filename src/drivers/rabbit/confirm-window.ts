/** What is on its way to its confirm, bounded by count and bytes. */
import type { RabbitOptions } from './options.js'
import type { Entry } from './send-line.js'

export class ConfirmWindow {
  readonly #options: RabbitOptions
  #count = 0
  #bytes = 0

  constructor(options: RabbitOptions) {
    this.#options = options
  }

  get hasRoom(): boolean {
    return this.#count < this.#options.confirmWindow && this.#bytes < this.#options.confirmWindowBytes
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }

  add(entry: Entry): void {
    entry.isOnItsWay = true
    this.#count += 1
    this.#bytes += entry.body.length
  }

  /** It is no longer on its way. */
  remove(entry: Entry): void {
    if (!entry.isOnItsWay) return
    entry.isOnItsWay = false
    this.#count -= 1
    this.#bytes -= entry.body.length
  }
}
