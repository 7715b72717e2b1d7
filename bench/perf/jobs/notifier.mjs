/** `memory://` from a notifier to an endpoint in the same thread, JSON both ways. */

import { getNotificationListener, getTransport, Notifier, Target } from '../../../dist/index.js'
import { settings } from '../adapter.mjs'
import { keepUnderWay } from '../job.mjs'
import { eventType, publisherId } from '../notification.mjs'

/** @type {import('../job.mjs').Prepare} */
export async function prepare({ messages, bytes }, meter) {
  const transport = getTransport('memory://notifier')
  const notifier = new Notifier(transport, { publisherId, topics: ['bench'] })
  const endpoint = { info: () => meter.tick() }
  const listener = getNotificationListener(transport, [new Target({ topic: 'bench' })], [endpoint])
  await listener.start()
  const values = { padding: 'x'.repeat(bytes) }
  return {
    async run() {
      meter.begin()
      const confirmed = keepUnderWay(settings.window, messages, (done) => {
        void notifier.info({}, eventType, values).then(() => done(), done)
      })
      await Promise.all([confirmed, meter.done])
    },
    async close() {
      await listener.stop()
      await listener.wait()
      await transport.cleanup()
    },
  }
}
