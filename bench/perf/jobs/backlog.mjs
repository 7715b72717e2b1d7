/** Memory: of a listener that hears nothing, then while it works through a long queue. */

import { setTimeout as sleep } from 'node:timers/promises'

/** Until what was needed to start is collected, or not. */
const REST = 1_000
const MIB = 2 ** 20

/** @type {import('../job.mjs').Prepare} */
export async function prepare({ library, place, idle, messages }, meter) {
  const { open } = await import(`../adapters/${library}.mjs`)
  const atRest = await open({ ...place, names: idle })
  await atRest.consume(() => undefined)
  await sleep(REST)
  const restMiB = process.memoryUsage.rss() / MIB
  const adapter = await open(place)
  let count = 0
  /** After each tenth of the messages. */
  const curveMiB = []
  return {
    async run() {
      await adapter.consume(() => {
        count += 1
        if (count % (messages / 10) === 0) curveMiB.push(Math.round(process.memoryUsage.rss() / MIB))
        meter.tick()
      })
      await meter.done
      return { restMiB, curveMiB }
    },
    async close() {
      await adapter.close()
      await atRest.close()
    },
  }
}
