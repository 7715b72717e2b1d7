import amqplib from 'amqplib'

import { settings } from '../adapter.mjs'
import { build, payload, properties } from '../notification.mjs'

/**
 * No library: the same frames again and again, made beforehand, past amqplib's channel and mux to its socket. What is left is the socket and
 * the broker, so that no client is faster. @type {import('../adapter.mjs').Open}
 */
export async function open({ url, names, isDurable }) {
  const connection = await amqplib.connect(url, { noDelay: true })

  return {
    async publisher() {
      const channel = await connection.createConfirmChannel()
      const frames = framesOf(channel, names, isDurable)
      const { stream } = connection.connection
      const unconfirmed = []
      let confirmed = 0
      let due = 0
      const send = () => {
        stream.write(frames.subarray(0, due * (frames.length / settings.window)))
        due = 0
      }
      channel.removeAllListeners('ack')
      channel.on('ack', ({ deliveryTag, multiple }) => {
        const count = multiple ? deliveryTag - confirmed : 1
        confirmed += count
        for (const done of unconfirmed.splice(0, count)) done()
      })
      return (_payload, done) => {
        unconfirmed.push(done)
        due += 1
        if (due === 1) queueMicrotask(send)
      }
    },
    close: () => connection.close(),
  }
}

/** Of a window of messages, as amqplib writes them. */
function framesOf(channel, names, isDurable) {
  const { buffer } = channel.connection.channels[channel.ch]
  const frames = []
  buffer.write = (bytes) => frames.push(bytes)
  const options = { ...properties, persistent: isDurable }
  channel.publish(names.exchange, names.queue, build(payload), options)
  // The method of the stream's class again.
  delete buffer.write
  channel.unconfirmed = []
  const one = Buffer.concat(frames)
  return Buffer.concat(Array.from({ length: settings.window }, () => one))
}
