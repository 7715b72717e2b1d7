/** From the first message built, after those to warm up, to the last confirm, with a window of messages on their way. */

import { settings } from '../adapter.mjs'
import { keepUnderWay } from '../job.mjs'
import { payload } from '../notification.mjs'

/** @type {import('../job.mjs').Prepare} */
export async function prepare({ library, place, messages, warmUp = 0 }, meter) {
  const { open } = await import(`../adapters/${library}.mjs`)
  const adapter = await open(place)
  const publish = await adapter.publisher()
  // Some connect and declare with the first.
  await keepUnderWay(1, 1, (done) => publish(payload, done))
  return {
    async run() {
      if (warmUp > 0) await keepUnderWay(settings.window, warmUp, (done) => publish(payload, done))
      meter.begin()
      await keepUnderWay(settings.window, messages - warmUp, (done) => publish(payload, done))
      meter.end()
    },
    close: () => adapter.close(),
  }
}
