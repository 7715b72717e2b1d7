/**
 * The last ids: how a listener knows a duplicate. Remembers `limit` of them at least and twice as many at most, in two halves of which the
 * older is forgotten as a whole: to forget them one by one costs as much as to remember them.
 */
export class RecentIds {
  readonly #limit: number
  #newer = new Set<string>()
  #older = new Set<string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  has(id: string): boolean {
    return this.#newer.has(id) || this.#older.has(id)
  }

  add(id: string): void {
    if (this.#limit === 0) return
    if (this.#newer.size >= this.#limit) {
      this.#older = this.#newer
      this.#newer = new Set()
    }
    this.#newer.add(id)
  }
}
