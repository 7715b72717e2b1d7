import type { DeadLetter, DeadLetters, Driver, Subscription } from '../core/driver.js'

/** The dead letters of all subscriptions of a listener as one. A driver may keep those of several subscriptions together; each is told once. */
export function deadLettersOf(driver: Driver, subscriptions: readonly Subscription[]): DeadLetters {
  const all = subscriptions.map((subscription) => driver.deadLetters(subscription))
  const sum = async (count: (letters: DeadLetters) => Promise<number>): Promise<number> => {
    let total = 0
    for (const letters of all) total += await count(letters)
    return total
  }
  return {
    async list({ limit = 100 } = {}) {
      const byId = new Map<string, DeadLetter>()
      for (const letters of all)
        for (const letter of await letters.list({ limit })) byId.set(letter.id, letter)
      return [...byId.values()].slice(0, limit)
    },
    replay: (options) => sum((letters) => letters.replay(options)),
    purge: (options) => sum((letters) => letters.purge(options)),
  }
}
