import { type EnvelopeVersion, encodeNotification } from '../envelope.js'
import { sendAll } from '../failures.js'
import type { NotifierDriverFactory } from '../notifier-driver.js'

/**
 * Sends to `<topic>.<priority>` of each base topic through the transport; `messaging` writes envelope 1, `messagingv2` envelope 2. A topic
 * that fails does not stop the next. The JSON is made once; only `_unique_id` differs from topic to topic.
 * source: oslo_messaging/notify/messaging.py
 */
export function messagingDriver(version: EnvelopeVersion): NotifierDriverFactory {
  return ({ transport, topics, exchange }) => ({
    notify(ctxt, message, priority, options) {
      const encoded = encodeNotification(message, ctxt, { maxDepth: transport.maxDepth })
      const send = (topic: string): Promise<void> =>
        transport.driver.send(
          { exchange, topic: `${topic}.${priority}`, mode: 'shared' },
          encoded.toBytes(version),
          options,
        )
      const [only] = topics
      return topics.length === 1 && only !== undefined
        ? send(only)
        : sendAll(topics.map((topic) => () => send(topic)))
    },
  })
}
