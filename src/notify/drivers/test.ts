import type { Context } from '../../core/serializer.js'
import type { Priority } from '../endpoint.js'
import type { WireNotification } from '../envelope.js'
import type { DriverNotifyOptions, NotifierDriver } from '../notifier-driver.js'

/** One call of a notifier with the driver `test`. */
export interface RecordedNotification {
  readonly ctxt: Context
  readonly message: WireNotification
  readonly priority: Priority
  readonly options: DriverNotifyOptions
}

/** Older records make room for newer ones, so that a forgotten `test` driver can't fill the memory. */
const limit = 10_000

const records: RecordedNotification[] = []

/** What notifiers with the driver `test` have sent in this process since the last reset: the latest 10,000, oldest first. */
export function recordedNotifications(): readonly RecordedNotification[] {
  return [...records]
}

export function resetRecordedNotifications(): void {
  records.length = 0
}

/**
 * Records instead of sending. source: oslo_messaging/notify/_impl_test.py
 */
export function testDriver(): NotifierDriver {
  return {
    notify(ctxt, message, priority, options) {
      if (records.length === limit) records.shift()
      records.push({ ctxt, message, priority, options })
    },
  }
}
