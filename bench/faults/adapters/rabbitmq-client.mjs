import { Connection } from 'rabbitmq-client'

/** @type {import('../adapter.mjs').Open} */
export async function open({ host, port, names, settings }) {
  const rabbit = new Connection({
    url: `amqp://guest:guest@${host}:${port}`,
    heartbeat: settings.heartbeat,
    retryLow: settings.firstRetry,
    retryHigh: settings.lastRetry,
    connectionTimeout: settings.connectTimeout,
    acquireTimeout: settings.publishTimeout,
  })
  rabbit.on('error', (error) => console.error('connection', error.message))

  const exchanges = [{ exchange: names.exchange, type: 'topic', durable: true }]
  const queueBindings = [{ queue: names.queue, exchange: names.exchange, routingKey: names.routingKey }]
  const returned = new Set()
  const publisher = rabbit.createPublisher({
    confirm: true,
    maxAttempts: settings.attempts,
    exchanges,
    queues: [{ queue: names.queue, durable: true }],
    queueBindings,
  })
  publisher.on('basic.return', (message) => returned.add(message.messageId))
  publisher.on('retry', (error) => console.error('retry', error.message))
  let consumer
  await rabbit.onConnect()

  return {
    async publish(id, padding) {
      const envelope = {
        exchange: names.exchange,
        routingKey: names.routingKey,
        durable: true,
        mandatory: true,
        messageId: id,
      }
      await publisher.send(envelope, { id, padding })
      // It tells of a return in the turn after that of the confirm.
      await new Promise(setImmediate)
      if (returned.delete(id)) throw new Error('returned: no queue took it')
    },
    consume(onMessage) {
      consumer = rabbit.createConsumer(
        {
          queue: names.queue,
          queueOptions: { durable: true },
          qos: { prefetchCount: settings.prefetch },
          exchanges,
          queueBindings,
        },
        (message) => onMessage(message.body.id),
      )
      consumer.on('error', (error) => console.error('consumer', error.message))
      return new Promise((resolve) => consumer.once('ready', resolve))
    },
    async close() {
      await publisher.close()
      await consumer.close()
      await rabbit.close()
    },
  }
}

export const idOf = (body) => JSON.parse(body).id
