import { Controller, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { Ctx, EventPattern, Payload, Transport } from '@nestjs/microservices'

import { settings } from '../adapter.mjs'
import { isWanted, readInner } from '../notification.mjs'

/** Consumes only: its client does not wait for confirms. What would be decorators in TypeScript are calls. @type {import('../adapter.mjs').Open} */
export async function open({ url, names, prefetch = settings.prefetch }) {
  let app
  return {
    publisher: () => Promise.reject(new Error('not measured: it has no confirms')),
    async consume(handle) {
      class Endpoint {
        take(message, context) {
          if (isWanted(message)) handle(message.payload)
          context.getChannelRef().ack(context.getMessage())
        }
      }
      decorate(Endpoint, 'take')
      function Service() {}
      Module({ controllers: [Endpoint] })(Service)
      app = await NestFactory.createMicroservice(Service, {
        logger: ['error', 'warn'],
        transport: Transport.RMQ,
        options: {
          urls: [url],
          queue: names.queue,
          noAssert: true,
          noAck: false,
          prefetchCount: prefetch,
          socketOptions: { connectionOptions: { noDelay: true } },
          // It has parsed the outer object.
          deserializer: { deserialize: (outer) => ({ pattern: 'notification', data: readInner(outer) }) },
        },
      })
      await app.listen()
    },
    async close() {
      await app?.close()
    },
  }
}

function decorate(Endpoint, name) {
  const { prototype } = Endpoint
  Payload()(prototype, name, 0)
  Ctx()(prototype, name, 1)
  EventPattern('notification')(prototype, name, Object.getOwnPropertyDescriptor(prototype, name))
  Controller()(Endpoint)
}
