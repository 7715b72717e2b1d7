import {
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  NotificationFilter,
  Notifier,
  Target,
} from '../../../dist/index.js'
import { settings } from '../adapter.mjs'
import { eventType, publisherId, wanted } from '../notification.mjs'

/** @type {import('../adapter.mjs').Open} */
export async function open({ url, names, isDurable, prefetch = settings.prefetch, batch }) {
  const transport = getTransport(`${url.replace(/^amqp:/, 'rabbit:')}?amqp_durable_queues=${isDurable}`, {
    controlExchange: names.exchange,
  })
  const targets = [new Target({ topic: names.topic })]
  const filterRule = new NotificationFilter(wanted)
  let listener

  return {
    async publisher() {
      const notifier = new Notifier(transport, { publisherId, topics: [names.topic] })
      return (payload, done) => {
        notifier.info({}, eventType, payload).then(() => done(), done)
      }
    },
    async consume(handle) {
      if (batch === undefined) {
        const endpoint = {
          filterRule,
          info(_ctxt, _publisherId, _eventType, payload) {
            handle(payload)
          },
        }
        listener = getNotificationListener(transport, targets, [endpoint], { prefetch })
      } else {
        const endpoint = {
          filterRule,
          info(notifications) {
            for (const { payload } of notifications) handle(payload)
          },
        }
        listener = getBatchNotificationListener(transport, targets, [endpoint], { batchSize: batch })
      }
      await listener.start()
    },
    async close() {
      await listener?.stop()
      await listener?.wait()
      await transport.cleanup()
    },
  }
}
