/** Notifications by the batch, with a result for each of them. */
import {
  getBatchNotificationListener,
  getTransport,
  type Notification,
  NotificationResult,
  Notifier,
  Target,
} from 'tocsin'

import { until } from './support/until.js'

await using transport = getTransport(process.argv[2] ?? 'memory://', { controlExchange: 'tocsin-examples' })
const topic = 'example-batch'

const endpoint = {
  /** As one insert into a database would: all at once. The seventh fails the first time. */
  info(batch: readonly Notification[]): ReadonlyMap<Notification, NotificationResult> {
    const rows = batch.map(({ payload }) => payload.n as number).toSorted((a, b) => a - b)
    console.log(`a batch of ${batch.length}: ${rows.join(' ')}`)
    const failed = batch.filter(({ payload, metadata }) => payload.n === 7 && metadata.attempts === 0)
    return new Map(failed.map((notification) => [notification, NotificationResult.REQUEUE]))
  },
}

const listener = getBatchNotificationListener(transport, [new Target({ topic })], [endpoint], {
  batchSize: 10, // When ten have come,
  batchTimeout: 300, // or this long after the first of them.
  allowRequeue: true,
})

const notifier = new Notifier(transport, { topics: [topic] })
for (let n = 1; n <= 24; n++) await notifier.info({}, 'row.new', { n })

await listener.start()
await until(() => listener.stats().handled === 24)
await listener.stop() // A batch that is not full is handled now.
await listener.wait()
const { handled, requeued } = listener.stats()
console.log({ handled, requeued })
