import type { Route } from '../../core/driver.js'
import { PRIORITIES, type Priority } from '../endpoint.js'
import { type EnvelopeVersion, encodeNotification } from '../envelope.js'
import { sendAll } from '../failures.js'
import type { NotifierDriverFactory } from '../notifier-driver.js'

/**
 * Sends to `<topic>.<priority>` of each base topic through the transport; `messaging` writes envelope 1, `messagingv2` envelope 2. A topic
 * that fails does not stop the next. The JSON is made once; only `_unique_id` differs from topic to topic.
 * source: oslo_messaging/notify/messaging.py
 */
export function messagingDriver(version: EnvelopeVersion): NotifierDriverFactory {
  return ({ transport, topics, exchange }) => {
    const routes = new Map<Priority, readonly Route[]>(
      PRIORITIES.map((priority) => [
        priority,
        topics.map((topic) => ({ exchange, topic: `${topic}.${priority}`, mode: 'shared' })),
      ]),
    )
    return {
      notify(ctxt, message, priority, options) {
        const encoded = encodeNotification(message, ctxt, { maxDepth: transport.maxDepth })
        const sendOptions = { ...options, ownsBody: true }
        const send = (route: Route): Promise<void> =>
          transport.driver.send(route, encoded.toBytes(version), sendOptions)
        const ofPriority = routes.get(priority) ?? []
        const [only] = ofPriority
        return ofPriority.length === 1 && only !== undefined
          ? send(only)
          : sendAll(ofPriority.map((route) => () => send(route)))
      },
    }
  }
}
