/** An executor of your own: the listener asks it when to run, and asks the broker for no more than it can hold. */
import { getNotificationListener, getTransport, Notifier, registerExecutor, Target } from 'tocsin'

import { RateLimited } from './executors/rate-limited.js'
import { until } from './support/until.js'

await using transport = getTransport(process.argv[2] ?? 'memory://', { controlExchange: 'tocsin-examples' })
const topic = 'example-custom-executor'

// By name, for configuration files; `executor: new RateLimited(...)` does without.
registerExecutor('rate-limited', ({ concurrency = 8, options }) => {
  return new RateLimited({ concurrency, perSecond: Number(options['perSecond']) })
})

const notifier = new Notifier(transport, { topics: [topic] })
for (let n = 0; n < 20; n++) await notifier.info({}, 'mail.wanted', { n })

const began: number[] = []
const endpoint = {
  async info(): Promise<void> {
    began.push(performance.now())
  },
}
const listener = getNotificationListener(transport, [new Target({ topic })], [endpoint], {
  executor: 'rate-limited',
  executorOptions: { perSecond: 50 },
})
await listener.start()
await until(() => listener.stats().handled === 20)
await listener.stop()
await listener.wait()

const took = (began.at(-1) ?? 0) - (began[0] ?? 0)
console.log(`20 notifications, 50 in a second: at least 360 ms from first to last: ${took >= 360}`)
