/**
 * Endpoints that compute, in worker threads. Needs the package `piscina`. The module is named by a file URL; in JavaScript it is
 * `./endpoints/primes.js` and no loader is needed.
 */
import {
  getNotificationListener,
  getTransport,
  NotificationFilter,
  Notifier,
  Target,
  workerEndpoint,
} from 'tocsin'

import { until } from './support/until.js'

await using transport = getTransport(process.argv[2] ?? 'memory://', { controlExchange: 'tocsin-examples' })
const topic = 'example-worker-pool'

const listener = getNotificationListener(
  transport,
  [new Target({ topic })],
  [
    workerEndpoint(new URL('./endpoints/primes.ts', import.meta.url), {
      methods: ['info'],
      options: { limit: 1_000_000 },
      filterRule: new NotificationFilter({ eventType: '^primes\\.' }), // Judged in the main thread.
    }),
  ],
  { executor: 'worker-pool', executorOptions: { threads: 2 }, allowRequeue: true },
)
listener.on('error', (error) => console.log(error.message))
await listener.start() // Loads the module in each thread, and rejects when that fails.

const notifier = new Notifier(transport, { topics: [topic] })
// One at a time, so that the lines come in order.
for (const upTo of [10_000, 200_000, 2_000_000]) {
  await notifier.info({}, 'primes.count', { upTo })
  await until(() => listener.stats().inHand === 0 && listener.stats().received === requested(upTo))
}
await notifier.info({}, 'weather.report', {})
await until(() => listener.stats().unwanted === 1)
await listener.stop()
await listener.wait()
const { handled, rejected, unwanted } = listener.stats()
console.log({ handled, rejected, unwanted })

function requested(upTo: number): number {
  return [10_000, 200_000, 2_000_000].indexOf(upTo) + 1
}
