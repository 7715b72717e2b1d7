import { connect } from 'amqp-connection-manager'

/** @type {import('../adapter.mjs').Open} */
export async function open({ host, port, names, settings }) {
  const connection = connect([`amqp://guest:guest@${host}:${port}`], {
    heartbeatIntervalInSeconds: settings.heartbeat,
    // One fixed step, so the shortest of the others' is its best.
    reconnectTimeInSeconds: settings.firstRetry / 1000,
    connectionOptions: { timeout: settings.connectTimeout },
  })
  connection.on('connectFailed', ({ err }) => console.error('connectFailed', err.message))
  connection.on('disconnect', ({ err }) => console.error('disconnect', err.message))

  async function setUp(channel) {
    await channel.assertExchange(names.exchange, 'topic', { durable: true })
    await channel.assertQueue(names.queue, { durable: true })
    await channel.bindQueue(names.queue, names.exchange, names.routingKey)
  }

  // amqplib tells of a message that no queue took on the channel, before it confirms it.
  const returned = new Set()
  const publisher = connection.createChannel({
    name: 'publisher',
    json: true,
    publishTimeout: settings.publishTimeout,
    async setup(channel) {
      channel.on('return', (message) => returned.add(message.properties.messageId))
      await setUp(channel)
    },
  })
  publisher.on('error', (error) => console.error('publisher', error.message))
  const consumer = connection.createChannel({ name: 'consumer', setup: setUp })
  consumer.on('error', (error) => console.error('consumer', error.message))
  await Promise.all([publisher.waitForConnect(), consumer.waitForConnect()])

  return {
    async publish(id, padding) {
      const options = { persistent: true, mandatory: true, messageId: id }
      await publisher.publish(names.exchange, names.routingKey, { id, padding }, options)
      if (returned.delete(id)) throw new Error('returned: no queue took it')
    },
    async consume(onMessage) {
      async function handle(message) {
        await onMessage(JSON.parse(message.content.toString()).id)
        consumer.ack(message)
      }
      await consumer.consume(names.queue, (message) => void handle(message), {
        noAck: false,
        prefetch: settings.prefetch,
      })
    },
    async close() {
      await consumer.cancelAll()
      await consumer.close()
      await publisher.close()
      await connection.close()
    },
  }
}

export const idOf = (body) => JSON.parse(body).id
