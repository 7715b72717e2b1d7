// Endpoints of shards, whose calls are counted in memory that the test shares with all threads: `counts[n]` for the notification with
// payload n, `threads[t]` for those that the thread with id t (modulo its length) had.
import { threadId } from 'node:worker_threads'

import { currentNotification, NotificationResult, reject, requeue } from '../../../dist/index.js'

/** What a notification does the first time, by event type; then it is handled. */
const firstTime = {
  'work.exit': () => process.exit(3),
  'work.crash': () => {
    setImmediate(() => {
      throw Object.assign(new TypeError('thrown by nobody'), { code: 'E_NOBODY' })
    })
    return new Promise(() => {})
  },
  'work.fill': () => {
    const kept = []
    for (;;) kept.push(Array.from({ length: 10_000 }, (_, index) => ({ index })))
  },
  'work.requeue': () => NotificationResult.REQUEUE,
  'work.later': () => requeue({ delay: 20 }),
  'work.reject': () => reject('not wanted here'),
  'work.throw': () => {
    throw Object.assign(new RangeError('the first time', { cause: new Error('deeper') }), { code: 'E_FIRST' })
  },
  'work.hang': () => {
    for (;;);
  },
  'work.wait': (signal) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
}

export class Work {
  constructor({ counts, threads }) {
    this.counts = new Int32Array(counts)
    this.threads = new Int32Array(threads)
  }

  async info(_ctxt, _publisherId, eventType, payload, { signal }) {
    Atomics.add(this.threads, threadId % this.threads.length, 1)
    const before = Atomics.add(this.counts, payload, 1)
    if (before === 0 && eventType in firstTime) return firstTime[eventType](signal)
    if (currentNotification()?.payload !== payload) throw new Error('not the notification in hand')
    await new Promise((resolve) => setTimeout(resolve, 1))
    return undefined
  }
}

export class BatchWork extends Work {
  async info(notifications) {
    for (const { payload } of notifications) Atomics.add(this.counts, payload, 1)
  }
}
