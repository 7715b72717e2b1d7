/** Notifications in: an endpoint per interest, results, start, stop and wait. */
import {
  getNotificationListener,
  getTransport,
  type NotificationArgs,
  NotificationResult,
  Notifier,
  reject,
  Target,
} from 'tocsin'

import { until } from './support/until.js'

await using transport = getTransport(process.argv[2] ?? 'memory://', { controlExchange: 'tocsin-examples' })
const topic = 'example-listener'

/** One method per priority it wants; what it returns settles the notification, nothing means handled. */
class Orders {
  async info(
    ...[, publisherId, eventType, payload, { attempts }]: NotificationArgs
  ): Promise<NotificationResult> {
    console.log(`info from ${publisherId}: ${eventType} ${JSON.stringify(payload)}, attempt ${attempts + 1}`)
    if (eventType === 'order.pay.end' && attempts === 0) return NotificationResult.REQUEUE
    return NotificationResult.HANDLED
  }

  error(...[, , eventType]: NotificationArgs): NotificationResult {
    console.log(`error: ${eventType}`)
    return reject('nobody wants errors here')
  }
}

const listener = getNotificationListener(transport, [new Target({ topic })], [new Orders()], {
  executor: 'async-loop',
  concurrency: 1, // One after the other, in order of arrival.
  retry: { limit: 5, delay: 100 },
})
// What was given up: rejected, or not handled in all its attempts.
listener.on('error', (error, { eventType }) => console.log(`given up: ${eventType}: ${error.message}`))

await listener.start()
const notifier = new Notifier(transport, { publisherId: 'orders.host1', topics: [topic] })
await notifier.info({}, 'order.create.end', { order: 17 })
await until(() => listener.stats().handled === 1)
await notifier.info({}, 'order.pay.end', { order: 17 })
await until(() => listener.stats().handled === 2)
await notifier.error({}, 'order.ship.error', { order: 17 })
await until(() => listener.stats().rejected === 1)

await listener.stop() // No new notification from here on.
await listener.wait() // What was in hand is settled.
const { received, handled, requeued, rejected } = listener.stats()
console.log({ received, handled, requeued, rejected })
