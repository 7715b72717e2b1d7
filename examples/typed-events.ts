/** Event types with their payloads: what does not fit does not compile, and what does not fit at run time is rejected. */
import { getNotificationListener, getTransport, type NotificationEndpoint, Notifier, Target } from 'tocsin'
import { number, object, picklist, string } from 'valibot'

import { until } from './support/until.js'

type Events = {
  'order.create': { order: number; customer: string }
  'order.state': { order: number; state: 'paid' | 'shipped' }
}

await using transport = getTransport(process.argv[2] ?? 'memory://', { controlExchange: 'tocsin-examples' })
const topic = 'example-typed-events'

const endpoint: NotificationEndpoint<Events> = {
  info(_ctxt, _publisherId, eventType, payload) {
    // `payload` is what the event type says.
    if (eventType === 'order.create') console.log(`${payload.customer} orders ${payload.order}`)
    else if (eventType === 'order.state') console.log(`order ${payload.order} is ${payload.state}`)
    else console.log(`another event type: ${eventType}`)
  },
}

const listener = getNotificationListener<Events>(transport, [new Target({ topic })], [endpoint], {
  concurrency: 1,
  deadLetter: true,
  // Any Standard Schema: zod, valibot, arktype...
  validate: {
    'order.state': object({ order: number(), state: picklist(['paid', 'shipped']) }),
    'order.create': object({ order: number(), customer: string() }),
  },
})
listener.on('error', (error) => console.log(error.message))
await listener.start()

const notifier = new Notifier<Events>(transport, { topics: [topic] })
await notifier.info({}, 'order.create', { order: 17, customer: 'Ada' })
await notifier.info({}, 'order.state', { order: 17, state: 'paid' })
// @ts-expect-error -- no such state: this does not compile, and the schema rejects it
await notifier.info({}, 'order.state', { order: 17, state: 'lost' })
// @ts-expect-error -- no such event type
await notifier.info({}, 'order.crate', { order: 17, customer: 'Ada' })

await until(() => listener.stats().handled === 3 && listener.stats().rejected === 1)
await listener.stop()
await listener.wait()
