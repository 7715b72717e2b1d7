import { getNotificationListener, getTransport, Target, workerEndpoint } from 'tocsin'

const transport = getTransport('memory://no-piscina')
const listener = getNotificationListener(
  transport,
  [new Target({ topic: 'notifications' })],
  [workerEndpoint(new URL('./main.js', import.meta.url), { methods: ['info'] })],
  { executor: 'worker-pool' },
)
await listener.start().catch((error) => console.log(`${error.name}: ${error.message}`))
await transport.cleanup()
