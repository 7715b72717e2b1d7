/** More are forgotten, the oldest first: then one crash more may hit a notification in company. */
const MOST = 10_000

/**
 * Notifications whose thread crashed while it had others in hand: nobody knows which of them it was. Retries come back together, so that
 * without this one that always crashes would take the same innocent ones with it each time, up to the dead-letter queue.
 */
export class Suspects {
  readonly #ids: Set<unknown> = new Set()

  /** Arguments of a call, with one notification or a batch. */
  add(args: readonly unknown[]): void {
    for (const id of idsOf(args)) this.#ids.add(id)
    for (const id of this.#ids) {
      if (this.#ids.size <= MOST) return
      this.#ids.delete(id)
    }
  }

  has(args: readonly unknown[]): boolean {
    return this.#ids.size > 0 && idsOf(args).some((id) => this.#ids.has(id))
  }

  /** Its call has ended, and its thread has not. */
  clear(args: readonly unknown[]): void {
    if (this.#ids.size > 0) for (const id of idsOf(args)) this.#ids.delete(id)
  }
}

/** Those that have one. */
function idsOf(args: readonly unknown[]): unknown[] {
  const [batch] = args
  const all = args.length === 1 && Array.isArray(batch) ? batch.map(({ metadata }) => metadata) : [args[4]]
  return all.map((metadata) => metadata?.messageId).filter((id) => typeof id === 'string')
}
