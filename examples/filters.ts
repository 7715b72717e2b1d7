/** Which notifications an endpoint gets: patterns on five fields, a function, or globs of event types. */
import { getNotificationListener, getTransport, NotificationFilter, Notifier, Target } from 'tocsin'

import { until } from './support/until.js'

await using transport = getTransport(process.argv[2] ?? 'memory://', { controlExchange: 'tocsin-examples' })
const topic = 'example-filters'

const got: Record<string, string[]> = { fields: [], function: [], globs: [], all: [] }
const info = (list: keyof typeof got) => (_ctxt: unknown, _publisherId: string, eventType: string) =>
  void got[list]?.push(eventType)

const listener = getNotificationListener(
  transport,
  [new Target({ topic })],
  [
    {
      name: 'fields',
      // All of them must match, each at the start of its value, as Python's `match` does. A missing key never matches.
      filterRule: new NotificationFilter({
        publisherId: '^compute\\.',
        eventType: 'instance\\.(create|delete)\\.end$',
        context: { project: '^blue$' },
        payload: { state: 'active|deleted' },
      }),
      info: info('fields'),
    },
    { name: 'function', filterRule: ({ payload }) => payload?.vcpus > 4, info: info('function') },
    { name: 'globs', filterRule: ['instance.*.end', 'volume.*'], info: info('globs') },
    { name: 'all', info: info('all') },
  ],
)
await listener.start()

const notifier = new Notifier(transport, { publisherId: 'compute.host1', topics: [topic] })
await notifier.info({ project: 'blue' }, 'instance.create.end', { state: 'active', vcpus: 8 })
await notifier.info({ project: 'red' }, 'instance.delete.end', { state: 'deleted', vcpus: 2 })
await notifier.info({ project: 'blue' }, 'instance.update', { state: null, vcpus: 16 })
await notifier.info({}, 'volume.attach.start', null)
await until(() => listener.stats().handled === 4)
await listener.stop()
await listener.wait()

for (const [name, eventTypes] of Object.entries(got)) console.log(`${name}: ${eventTypes.join(', ')}`)
for (const [name, { received, filtered }] of Object.entries(listener.stats().endpoints))
  console.log(`${name}: ${received} received, ${filtered} filtered`)
