import amqplib from 'amqplib'

import { settings } from '../adapter.mjs'
import { build, isWanted, properties, read } from '../notification.mjs'

/** As fast as it goes by hand: callbacks, and a connection each for publishing and consuming. @type {import('../adapter.mjs').Open} */
export async function open({ url, names, isDurable, acks = 'each', prefetch = settings.prefetch }) {
  /** A connection's close overtakes what its channels have not written yet: they come first. */
  const opened = []
  const openChannel = async (kind) => {
    const connection = await amqplib.connect(url, { noDelay: true })
    const channel = await connection[kind]()
    opened.push(channel, connection)
    return channel
  }
  let acknowledgeRest = () => undefined

  return {
    async publisher() {
      const channel = await openChannel('createConfirmChannel')
      const options = { ...properties, persistent: isDurable }
      return (payload, done) => {
        channel.publish(names.exchange, names.queue, build(payload), options, done)
      }
    },
    async consume(handle) {
      const channel = await openChannel('createChannel')
      await channel.prefetch(acks === 'multiple' ? settings.multiple.prefetch : prefetch)
      let last
      let unacknowledged = 0
      acknowledgeRest = () => unacknowledged > 0 && channel.ack(last, true)
      const settle = {
        each: (message) => channel.ack(message),
        none: () => undefined,
        multiple(message) {
          last = message
          unacknowledged += 1
          if (unacknowledged < settings.multiple.every) return
          channel.ack(message, true)
          unacknowledged = 0
        },
      }[acks]
      await channel.consume(
        names.queue,
        (raw) => {
          const message = read(raw.content)
          if (isWanted(message)) handle(message.payload)
          settle(raw)
        },
        { noAck: acks === 'none' },
      )
    },
    async close() {
      acknowledgeRest()
      for (const one of opened) await one.close()
    },
  }
}
