import { RabbitMQModule, RabbitSubscribe } from '@golevelup/nestjs-rabbitmq'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'

import { settings } from '../adapter.mjs'
import { isWanted, readInner } from '../notification.mjs'

/** Consumes only. What would be decorators in TypeScript are calls. @type {import('../adapter.mjs').Open} */
export async function open({ url, names, prefetch = settings.prefetch }) {
  let app
  return {
    publisher: () => Promise.reject(new Error('not measured: it publishes as amqp-connection-manager')),
    async consume(handle) {
      class Endpoint {
        // Its default deserializer has parsed the outer object.
        async take(outer) {
          const message = readInner(outer)
          if (isWanted(message)) handle(message.payload)
        }
      }
      decorate(Endpoint, 'take', RabbitSubscribe({ queue: names.queue, createQueueIfNotExists: false }))
      const rabbit = RabbitMQModule.forRoot({
        uri: url,
        prefetchCount: prefetch,
        enableDirectReplyTo: false,
        connectionManagerOptions: { connectionOptions: { noDelay: true } },
      })
      function Service() {}
      Module({ imports: [rabbit], providers: [Endpoint] })(Service)
      app = await NestFactory.createApplicationContext(Service, { logger: ['error', 'warn'] })
      await app.init()
    },
    async close() {
      await app?.close()
    },
  }
}

function decorate({ prototype }, name, decorator) {
  decorator(prototype, name, Object.getOwnPropertyDescriptor(prototype, name))
}
