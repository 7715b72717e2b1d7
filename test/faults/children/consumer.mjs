// Listens until SIGTERM, then stops in order and has to end by itself. The one argument: ConsumerOptions of support/child.ts, as JSON.
import { getNotificationListener, getTransport, Target, workerEndpoint } from '../../../dist/index.js'
import recorder from './recorder.mjs'

const { url, exchange, topics, executor, concurrency, record, pause } = JSON.parse(process.argv[2])

// Whoever started it has died.
process.stdin
  .on('end', () => process.exit(9))
  .resume()
  .unref()

const transport = getTransport(url)
const endpoint =
  executor === 'worker-pool'
    ? workerEndpoint(new URL('./recorder.mjs', import.meta.url), {
        methods: ['info', 'error', 'sample'],
        options: { record, pause },
      })
    : recorder({ record, pause })
const listener = getNotificationListener(
  transport,
  topics.map((topic) => new Target({ topic, exchange })),
  [endpoint],
  {
    executor,
    concurrency,
    allowRequeue: true,
    ...(executor === 'keyed' ? { key: ({ payload }) => payload.number % 100 } : {}),
  },
)
await listener.start()
console.log('ready')
setInterval(() => console.log(`rss ${process.memoryUsage.rss()}`), 100).unref()

process.once('SIGTERM', async () => {
  await listener.stop()
  await listener.wait()
  await transport.cleanup()
})
