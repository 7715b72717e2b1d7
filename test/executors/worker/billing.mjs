// Endpoints that count what they do, in memory that the test shares with all threads: `counts[n]` for the notification with payload n.
import { NotificationResult, requeue } from '../../../dist/index.js'

/** What a notification does the first time, by event type; then it is handled. */
const firstTime = {
  'bill.crash': () => process.exit(1),
  'bill.hang': () => new Promise(() => {}),
  'bill.requeue': () => NotificationResult.REQUEUE,
  'bill.later': () => requeue({ delay: 20 }),
  'bill.throw': () => {
    throw new Error('the first time')
  },
}

export class Billing {
  constructor({ counts }) {
    this.counts = new Int32Array(counts)
  }

  async info(_ctxt, _publisherId, eventType, payload) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    const before = Atomics.add(this.counts, payload, 1)
    if (before === 0) return firstTime[eventType]?.()
    return undefined
  }
}

export class BatchBilling extends Billing {
  async info(notifications) {
    const results = new Map()
    for (const notification of notifications) {
      const before = Atomics.add(this.counts, notification.payload, 1)
      if (before === 0 && notification.eventType === 'bill.requeue')
        results.set(notification, NotificationResult.REQUEUE)
    }
    return results
  }
}
