/** A module for worker threads: its default export is the endpoint, or makes one. */
import { isMainThread } from 'node:worker_threads'

import { type NotificationArgs, type NotificationEndpoint, reject } from 'tocsin'

export default function primes({ limit }: { limit: number }): NotificationEndpoint {
  return {
    info(...[, , , payload]: NotificationArgs) {
      const { upTo } = payload as { upTo: number }
      if (upTo > limit) return reject(`more than ${limit}`)
      console.log(`${count(upTo)} primes up to ${upTo}, in a worker thread: ${!isMainThread}`)
      return undefined
    },
  }
}

function count(upTo: number): number {
  let found = 0
  for (let n = 2; n <= upTo; n++) if (isPrime(n)) found += 1
  return found
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false
  return true
}
