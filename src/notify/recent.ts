/** The last so many ids: how a listener knows a duplicate. Bounded; the oldest is forgotten. */
export class RecentIds {
  readonly #limit: number
  readonly #ids = new Set<string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  add(id: string): void {
    if (this.#limit === 0) return
    this.#ids.add(id)
    if (this.#ids.size > this.#limit) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest)
        break
      }
    }
  }
}
