import { connect } from 'amqp-connection-manager'

import { settings } from '../adapter.mjs'
import { build, isWanted, properties, read } from '../notification.mjs'

/** @type {import('../adapter.mjs').Open} */
export async function open({ url, names, isDurable, prefetch = settings.prefetch }) {
  const opened = []
  const createChannel = async () => {
    const connection = connect([url], { connectionOptions: { noDelay: true } })
    const channel = connection.createChannel({ json: false })
    opened.push(channel, connection)
    await channel.waitForConnect()
    return channel
  }

  return {
    async publisher() {
      const channel = await createChannel()
      const options = { ...properties, persistent: isDurable }
      return (payload, done) => {
        channel.publish(names.exchange, names.queue, build(payload), options).then(() => done(), done)
      }
    },
    async consume(handle) {
      const channel = await createChannel()
      await channel.consume(
        names.queue,
        (raw) => {
          const message = read(raw.content)
          if (isWanted(message)) handle(message.payload)
          channel.ack(raw)
        },
        { noAck: false, prefetch },
      )
    },
    async close() {
      for (const one of opened) await one.close()
    },
  }
}
