/** Publisher and consumer in one process at a steady rate: from the call that publishes to the handler. */

import { percentile } from '../job.mjs'
import { payload } from '../notification.mjs'

const TICK = 1

/** @type {import('../job.mjs').Prepare} */
export async function prepare({ library, place, messages, warmUp = 0, rate }, meter) {
  const { open } = await import(`../adapters/${library}.mjs`)
  const adapter = await open(place)
  const publish = await adapter.publisher()
  const times = []
  await adapter.consume(({ sentAt }) => {
    times.push(performance.now() - sentAt)
    meter.tick()
  })
  return {
    async run() {
      const unsettled = offer({ messages, rate }, publish)
      await Promise.all([meter.done, unsettled])
      const sorted = times.slice(warmUp).sort((one, other) => one - other)
      return { p50Us: percentile(sorted, 0.5) * 1000, p99Us: percentile(sorted, 0.99) * 1000 }
    },
    close: () => adapter.close(),
  }
}

/** Resolves when all are confirmed. What a late timer owes is sent at once, as a burst. */
function offer({ messages, rate }, publish) {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    let sent = 0
    let confirmed = 0
    const done = (error) => {
      if (error) reject(error)
      confirmed += 1
      if (confirmed === messages) resolve()
    }
    const timer = setInterval(() => {
      const due = Math.min(messages, ((performance.now() - began) * rate) / 1000)
      for (; sent < due; sent += 1) publish({ ...payload, sentAt: performance.now() }, done)
      if (sent >= messages) clearInterval(timer)
    }, TICK)
  })
}
