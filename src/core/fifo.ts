/** Above so many slots an empty line gives them back. */
const mostIdle = 4_096

/** First in, first out, in constant time for lines of any length (an array's `shift` moves every element). */
export class Fifo<T> {
  /** Slots before the head and from the tail on are empty, so that what left can be collected. */
  #slots: (T | undefined)[] = []
  #head = 0
  #tail = 0

  get length(): number {
    return this.#tail - this.#head
  }

  push(item: T): void {
    this.#slots[this.#tail++] = item
  }

  shift(): T | undefined {
    if (this.#head === this.#tail) return undefined
    const item = this.#slots[this.#head]
    this.#slots[this.#head++] = undefined
    if (this.#head === this.#tail) this.#empty()
    else if (this.#head >= mostIdle && this.#head * 2 >= this.#tail) {
      this.#slots = this.#slots.slice(this.#head, this.#tail)
      this.#tail -= this.#head
      this.#head = 0
    }
    return item
  }

  /** All items, oldest first; afterwards it is empty. */
  takeAll(): T[] {
    const items = this.#slots.slice(this.#head, this.#tail) as T[]
    this.#slots = []
    this.#empty()
    return items
  }

  /** The slots stay: to cut the array each time costs more than all else here. */
  #empty(): void {
    if (this.#slots.length > mostIdle) this.#slots = []
    this.#head = 0
    this.#tail = 0
  }
}
