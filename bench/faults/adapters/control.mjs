/** No library of anybody's: amqplib as a first attempt uses it, to show that this comparison sees a loss where there is one. */

import { setTimeout as sleep } from 'node:timers/promises'

import amqplib from 'amqplib'

/** @type {import('../adapter.mjs').Open} */
export async function open({ host, port, names, settings }) {
  let channel
  let onMessage
  let isClosing = false

  async function connect() {
    const connection = await amqplib.connect(
      `amqp://guest:guest@${host}:${port}?heartbeat=${settings.heartbeat}`,
      { timeout: settings.connectTimeout },
    )
    connection.on('error', (error) => console.error(error.message))
    connection.on('close', () => {
      channel = undefined
      if (!isClosing) void reconnect()
    })
    const opened = await connection.createChannel()
    await opened.assertExchange(names.exchange, 'topic', { durable: true })
    await opened.assertQueue(names.queue, { durable: true })
    await opened.bindQueue(names.queue, names.exchange, names.routingKey)
    channel = opened
    if (onMessage !== undefined) await subscribe()
  }

  async function reconnect() {
    await sleep(settings.firstRetry)
    await connect().catch((error) => {
      console.error(error.message)
      void reconnect()
    })
  }

  /** Handled is what has arrived: `noAck`. */
  const subscribe = () =>
    channel.consume(
      names.queue,
      (message) => message !== null && void onMessage(JSON.parse(message.content.toString()).id),
      { noAck: true },
    )

  await connect()
  return {
    /** Done is what was written to the socket: no confirms. */
    async publish(id, padding) {
      if (channel === undefined) throw new Error('no connection')
      const body = Buffer.from(JSON.stringify({ id, padding }))
      channel.publish(names.exchange, names.routingKey, body, { persistent: true })
    },
    async consume(handler) {
      onMessage = handler
      await subscribe()
    },
    async close() {
      isClosing = true
      await channel?.connection.close()
    },
  }
}

export const idOf = (body) => JSON.parse(body).id
