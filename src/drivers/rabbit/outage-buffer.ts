/** Room for what can't be written yet, bounded by count and bytes: what has none is neither copied nor compressed, and its caller waits. */
import { unsendable } from './delivery-failures.js'
import type { RabbitOptions } from './options.js'
import { type Entry, nothing, SendLine } from './send-line.js'

export class OutageBuffer {
  readonly #options: RabbitOptions
  readonly #onAdmitted: (entry: Entry) => void
  readonly #outside = new SendLine()
  #count = 0
  #bytes = 0

  constructor(options: RabbitOptions, onAdmitted: (entry: Entry) => void) {
    this.#options = options
    this.#onAdmitted = onAdmitted
  }

  /** Behind all that wait for room already. */
  add(entry: Entry): void {
    if (this.#outside.isEmpty && this.#hasRoom) this.#take(entry)
    else this.#outside.push(entry)
  }

  /** Its room is another's. */
  free(entry: Entry): void {
    entry.body = nothing
    if (entry.room === 0) return
    this.#count -= 1
    this.#bytes -= entry.room
    entry.room = 0
    this.#admit()
  }

  /** Those without room, oldest first; afterwards there is none. */
  takeOutside(): Entry[] {
    return this.#outside.takeAll()
  }

  get #hasRoom(): boolean {
    return this.#count < this.#options.bufferMessages && this.#bytes < this.#options.bufferBytes
  }

  /** In order, as far as there is room. */
  #admit(): void {
    while (this.#hasRoom) {
      const entry = this.#outside.shift()
      if (entry === undefined) return
      this.#take(entry)
    }
  }

  /** Copies what its caller may change after this. */
  #take(entry: Entry): void {
    const { body, prepare } = entry.publication
    try {
      entry.body = prepare === undefined ? body : prepare(body)
    } catch (error) {
      entry.settle(unsendable(error))
      return
    }
    entry.room = Math.max(1, entry.body.length)
    this.#count += 1
    this.#bytes += entry.room
    this.#onAdmitted(entry)
  }
}
