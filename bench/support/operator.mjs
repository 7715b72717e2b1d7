/** Someone with rights on the broker, who goes around the proxies: deletes, puts back, and looks what is left. */

import amqplib from 'amqplib'

/** Runs `work` with a channel of its own and resolves with what it returns. */
async function onBroker(url, work) {
  const connection = await amqplib.connect(url)
  connection.on('error', () => undefined)
  try {
    const channel = await connection.createChannel()
    channel.on('error', () => undefined)
    return await work(channel)
  } finally {
    await connection.close().catch(() => undefined)
  }
}

/** @typedef {{ exchange: string, queue: string, routingKey: string }} Names of a topic exchange and the queue bound to it */

export const deleteQueue = (url, { queue }) => onBroker(url, (channel) => channel.deleteQueue(queue))

export const deleteExchange = (url, { exchange }) =>
  onBroker(url, (channel) => channel.deleteExchange(exchange))

/** Makes exchange, queue and binding where they are missing. */
export function putBack(url, { exchange, queue, routingKey }) {
  return onBroker(url, async (channel) => {
    await channel.assertExchange(exchange, 'topic', { durable: true })
    await channel.assertQueue(queue, { durable: true })
    await channel.bindQueue(queue, exchange, routingKey)
  })
}

/** Empties a queue. Resolves with the bodies that were in it; none where there is no such queue. */
export function drain(url, queue) {
  return onBroker(url, async (channel) => {
    const bodies = []
    try {
      await channel.checkQueue(queue)
    } catch {
      return bodies
    }
    for (;;) {
      const message = await channel.get(queue, { noAck: true })
      if (message === false) return bodies
      bodies.push(message.content)
    }
  })
}
