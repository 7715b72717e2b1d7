import { Connection } from 'rabbitmq-client'

import { settings } from '../adapter.mjs'
import { build, fail, isWanted, properties, read } from '../notification.mjs'

/** @type {import('../adapter.mjs').Open} */
export async function open({ url, names, isDurable, prefetch = settings.prefetch }) {
  // Without noDelay it waits for delayed ACKs of TCP when it publishes one by one.
  const connect = () => new Connection({ url, noDelay: true })
  const opened = []

  return {
    async publisher() {
      const rabbit = connect()
      const publisher = rabbit.createPublisher({ confirm: true })
      opened.unshift(publisher, rabbit)
      await rabbit.onConnect()
      const envelope = {
        exchange: names.exchange,
        routingKey: names.queue,
        durable: isDurable,
        contentType: properties.contentType,
        contentEncoding: properties.contentEncoding,
        headers: properties.headers,
      }
      return (payload, done) => {
        publisher.send(envelope, build(payload)).then(() => done(), done)
      }
    },
    async consume(handle) {
      const rabbit = connect()
      const consumer = rabbit.createConsumer(
        { queue: names.queue, queueOptions: { passive: true }, qos: { prefetchCount: prefetch } },
        // With a content encoding, as oslo.messaging gives one, it leaves the parsing to us.
        ({ body }) => {
          const message = read(body)
          if (isWanted(message)) handle(message.payload)
        },
      )
      opened.unshift(consumer, rabbit)
      consumer.on('error', fail)
    },
    async close() {
      for (const one of opened) await one.close()
    },
  }
}
