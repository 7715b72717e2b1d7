/**
 * Listens to what an OpenStack cloud says: `openstack-listener.ts rabbit://user:password@controller:5672/` until Ctrl-C. Without a URL it
 * runs on memory:// with a stand-in for nova, and ends by itself.
 */
import { readFileSync } from 'node:fs'

import {
  getNotificationListener,
  getTransport,
  NotificationFilter,
  Notifier,
  Target,
  type Transport,
} from 'tocsin'

import { until } from './support/until.js'

const given = process.argv[2] ?? 'memory://'
const isReal = !given.startsWith('memory:')
// The queues and exchanges as oslo.messaging makes them by default. Clouds that use quorum or durable queues: say so here too.
const url = isReal && !given.includes('?') ? `${given}?preset=oslo` : given

await using transport = getTransport(url)
const listener = getNotificationListener(
  transport,
  // One target per service; `versioned_notifications` is nova's newer format, the others use `notifications`.
  ['nova', 'neutron', 'cinder', 'glance'].flatMap((exchange) =>
    ['notifications', 'versioned_notifications'].map((topic) => new Target({ exchange, topic })),
  ),
  [
    {
      name: 'instances',
      filterRule: new NotificationFilter({ eventType: '^(compute\\.)?instance\\..*\\.end$' }),
      info(ctxt, publisherId, eventType, payload) {
        const instance = payload['nova_object.data'] ?? payload
        console.log(
          `${eventType} of ${instance.uuid ?? instance.instance_id} on ${publisherId} by ${String(ctxt['user_id'])}`,
        )
      },
    },
    {
      name: 'errors',
      error(_ctxt, publisherId, eventType) {
        console.log(`ERROR ${eventType} on ${publisherId}`)
      },
    },
  ],
  // A pool of its own: without one it would take the notifications of Ceilometer and others that listen without a pool. Its queue
  // (`tocsin-example`) stays on the broker and fills; delete it when you are done.
  { pool: 'tocsin-example', concurrency: 1 },
)

await listener.start()
if (isReal) {
  process.once('SIGINT', () => void listener.stop())
  console.log(`listening on ${transport.url.toSafeString()}, Ctrl-C ends it`)
} else {
  const sent = await playNova(transport)
  await until(() => listener.stats().received === sent && listener.stats().inHand === 0)
  await listener.stop()
}
await listener.wait()

async function playNova(to: Transport): Promise<number> {
  const samples = readFileSync(new URL('./data/nova-notifications.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
  const nova = new Notifier(to, { topics: ['versioned_notifications'], exchange: 'nova' })
  for (const line of samples) {
    const { priority, ctxt, publisher_id, event_type, payload } = JSON.parse(line)
    const notifier = nova.prepare({ publisherId: publisher_id })
    await (priority === 'error'
      ? notifier.error(ctxt, event_type, payload)
      : notifier.info(ctxt, event_type, payload))
  }
  return samples.length
}
