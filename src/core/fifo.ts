/** First in, first out, in constant time for lines of any length (an array's `shift` moves every element). */
export class Fifo<T> {
  #items: (T | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined
    const item = this.#items[this.#head]
    // The slot is emptied so that a consumed item can be collected before the array is cut.
    this.#items[this.#head++] = undefined
    if (this.#head === this.#items.length) {
      this.#items.length = 0
      this.#head = 0
    } else if (this.#head >= 4_096 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
  /** All items, oldest first; afterwards it is empty. */
  takeAll(): T[] {
    const items = this.#items.slice(this.#head) as T[]
    this.#items.length = 0
    this.#head = 0
    return items
  }
}
