/** Pools: the listeners of one pool share one copy of each notification, each pool has its own. */
import { getNotificationListener, getTransport, type NotificationListener, Notifier, Target } from 'tocsin'

import { until } from './support/until.js'

await using transport = getTransport(process.argv[2] ?? 'memory://', { controlExchange: 'tocsin-examples' })
const topic = 'example-pools'

function listen(pool?: string): NotificationListener {
  const endpoint = { name: pool ?? 'without a pool', info() {} }
  return getNotificationListener(
    transport,
    [new Target({ topic })],
    [endpoint],
    pool === undefined ? {} : { pool },
  )
}

const unpooled = listen()
const billing = [listen('example-billing'), listen('example-billing')]
const search = listen('example-search')
const all = [unpooled, ...billing, search]
// A pool has a copy of what is sent after it first listened; the queue without a pool has all of it.
await Promise.all(all.map((listener) => listener.start()))

const notifier = new Notifier(transport, { topics: [topic] })
for (let n = 0; n < 100; n++) await notifier.info({}, 'item.new', { n })

const handled = (listeners: readonly NotificationListener[]): number =>
  listeners.reduce((sum, listener) => sum + listener.stats().handled, 0)
await until(() => handled(all) === 300)
await Promise.all(all.map((listener) => listener.stop()))
await Promise.all(all.map((listener) => listener.wait()))

console.log(`without a pool: ${handled([unpooled])}`)
console.log(
  `billing, two listeners together: ${handled(billing)}, each some: ${billing.every((one) => handled([one]) > 0)}`,
)
console.log(`search: ${handled([search])}`)
