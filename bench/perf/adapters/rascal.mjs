import rascal from 'rascal'

import { settings } from '../adapter.mjs'
import { build, fail, isWanted, properties, readInner } from '../notification.mjs'

/** @type {import('../adapter.mjs').Open} */
export async function open({ url, names, isDurable, prefetch = settings.prefetch }) {
  const broker = await rascal.BrokerAsPromised.create(
    rascal.withDefaultConfig({
      vhosts: {
        '/': {
          connection: { url, socketOptions: { noDelay: true } },
          publicationChannelPools: { confirmPool: { max: settings.channels } },
          exchanges: { [names.exchange]: { assert: false } },
          queues: { [names.queue]: { assert: false } },
          publications: { events: { exchange: names.exchange, routingKey: names.queue } },
          subscriptions: { events: { queue: names.queue, prefetch } },
        },
      },
    }),
  )
  broker.on('error', fail)

  return {
    async publisher() {
      const overrides = { options: { ...properties, persistent: isDurable } }
      return (payload, done) => {
        broker
          .publish('events', build(payload), overrides)
          .then((publication) => publication.on('success', () => done()).on('error', done), done)
      }
    },
    async consume(handle) {
      const subscription = await broker.subscribe('events')
      subscription
        // It has parsed the outer object by the content type.
        .on('message', (_message, content, ackOrNack) => {
          const message = readInner(content)
          if (isWanted(message)) handle(message.payload)
          ackOrNack()
        })
        .on('error', fail)
    },
    async close() {
      await broker.unsubscribeAll()
      await broker.shutdown()
    },
  }
}
