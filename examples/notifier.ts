/** Notifications out: priorities, what the promise says, and a notifier for one call. */
import { getNotificationListener, getTransport, MessagingException, Notifier, Target } from 'tocsin'

await using transport = getTransport(process.argv[2] ?? 'memory://', { controlExchange: 'tocsin-examples' })
const topic = 'example-notifier'

const notifier = new Notifier(transport, { publisherId: 'orders.host1', topics: [topic] })
const ctxt = { request_id: 'req-1', user: 'ada' }

// Each resolves when the broker owns the notification. Nobody listens yet: it waits in its queue.
await notifier.info(ctxt, 'order.create.end', { order: 17, total: 12.5 })
await notifier.warn(ctxt, 'order.slow', { order: 17, ms: 900 })
await notifier.audit(ctxt, 'order.exists', { order: 17 })

// The same drivers and topics with other options, cheap enough for one call.
await notifier
  .prepare({ publisherId: 'orders.host2', retry: 3, timeout: 5_000 })
  .info(ctxt, 'order.pay.end', {})

// A failure is a rejection with a stable code; `failures: 'log'` turns it into a log line.
const nobody = new Notifier(transport, { topics: ['example-nobody-listens'] })
const controller = new AbortController()
controller.abort(new Error('the request was cancelled'))
await nobody.info(ctxt, 'order.create.end', {}, { signal: controller.signal }).catch((error: unknown) => {
  if (error instanceof MessagingException) console.log(`not sent: ${error.name} ${error.code}`)
})

const listener = getNotificationListener(transport, [new Target({ topic })], [])
const seen: string[] = []
for await (const delivery of listener) {
  const { priority, publisherId, eventType, payload } = delivery.notification
  seen.push(`${priority} from ${publisherId}: ${eventType} ${JSON.stringify(payload)}`)
  delivery.ack()
  if (seen.length === 4) break
}
console.log(seen.toSorted().join('\n'))
