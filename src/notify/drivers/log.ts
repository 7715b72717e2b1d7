import { UnserializableMessage } from '../../core/errors.js'
import type { Logger } from '../../core/logger.js'
import type { Priority } from '../endpoint.js'
import { maskedJson } from '../masking.js'
import type { NotifierDriver, NotifierDriverDependencies } from '../notifier-driver.js'

/** The original logs nothing for audit and sample, which its loggers do not have; here they are information. */
const levels: Readonly<Record<Priority, keyof Logger>> = {
  audit: 'info',
  critical: 'error',
  debug: 'debug',
  error: 'error',
  info: 'info',
  sample: 'info',
  warn: 'warn',
}

/**
 * Writes each notification to the notifier's logger as one line: `oslo.messaging.notification.<event type>: <JSON>`, its secrets replaced
 * by `***`. The context is not written.
 * source: oslo_messaging/notify/_impl_log.py
 */
export function logDriver({ logger }: NotifierDriverDependencies): NotifierDriver {
  return {
    notify(_ctxt, message, priority) {
      let json: string
      try {
        json = maskedJson(message)
      } catch (cause) {
        throw new UnserializableMessage(
          'UNSERIALIZABLE',
          `the notification '${message.event_type}' can't be written as JSON`,
          { cause },
        )
      }
      logger[levels[priority]](`oslo.messaging.notification.${message.event_type}: ${json}`)
    },
  }
}
