import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when `condition` holds: an example ends by itself, a service would run until it is told to stop. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('what this example waits for did not come within 20 seconds')
    await sleep(5)
  }
}
