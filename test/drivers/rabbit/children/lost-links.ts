/** Counts the sockets in memory before and after links were lost: in a process without jest, which keeps the stacks of all timers. */
import { Socket } from 'node:net'
import { queryObjects } from 'node:v8'

import {
  getNotificationListener,
  getTransport,
  Notifier,
  silentLogger,
  Target,
} from '../../../../src/index.js'
import { TcpProxy } from '../../../support/tcp-proxy.js'
import { until } from '../../../support/until.js'

const CUTS = 4
const [exchange = '', topic = ''] = process.argv.slice(2)
const proxy = await TcpProxy.start()
const transport = getTransport(`rabbit://guest:guest@127.0.0.1:${proxy.port}/?rabbit_retry_interval=0.02`, {
  controlExchange: exchange,
  logger: silentLogger,
})
let handled = 0
const listener = getNotificationListener(transport, [new Target({ topic })], [{ info: () => void handled++ }])
const notifier = new Notifier(transport, { topics: [topic] })
await listener.start()
await notifier.info({}, 'before', {})
const before = socketsInMemory()
for (let cut = 1; cut <= CUTS; cut += 1) {
  const seen = handled
  proxy.cut()
  await notifier.info({}, 'after', {})
  await until(() => handled > seen)
}
process.stdout.write(JSON.stringify({ before, after: socketsInMemory() }))
await listener.stop()
await listener.wait()
await transport.cleanup()
await proxy.close()

/** Collects garbage first. */
function socketsInMemory(): number {
  return queryObjects(Socket, { format: 'count' })
}
