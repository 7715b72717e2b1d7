/** Messages by `memory://` to an endpoint that computes, in this thread or in others. */

import { setTimeout as sleep } from 'node:timers/promises'

import { getNotificationListener, getTransport, Target, workerEndpoint } from '../../../dist/index.js'
import { computing } from '../computing.mjs'
import { build, smallPayload } from '../notification.mjs'

/** How often is looked whether all are handled: threads can't say it. A thousandth of what is measured. */
const LOOK = 10
/** Messages before, so that what computes is compiled; and some that want no computing, so that what hands over is. */
const WARM_UP = { computing: 200, light: 20_000 }
const warmUp = [
  ...Array.from({ length: WARM_UP.light }, () => build({ ...smallPayload, rounds: 0 })),
  ...Array.from({ length: WARM_UP.computing }, () => build(smallPayload)),
]

/** @type {import('../job.mjs').Prepare} */
export async function prepare({ messages, threads, rounds }, meter) {
  const transport = getTransport('memory://workers')
  const listener = listenerFor(transport, { threads, rounds })
  const route = { exchange: transport.controlExchange, topic: 'bench.info', mode: 'shared' }
  const bodies = Array.from({ length: messages }, () => build(smallPayload))
  await listener.start()
  for (const body of warmUp) await transport.driver.send(route, body)
  await handled(listener, warmUp.length)
  return {
    async run() {
      meter.begin()
      for (const body of bodies) await transport.driver.send(route, body)
      await handled(listener, warmUp.length + messages)
      meter.end()
    },
    async close() {
      await listener.stop()
      await listener.wait()
      await transport.cleanup()
    },
  }
}

function listenerFor(transport, { threads, rounds }) {
  const targets = [new Target({ topic: 'bench' })]
  if (threads === 0) return getNotificationListener(transport, targets, [computing({ rounds })])
  const url = new URL('../computing.mjs', import.meta.url)
  const endpoint = workerEndpoint(url, { export: 'computing', methods: ['info'], options: { rounds } })
  return getNotificationListener(transport, targets, [endpoint], {
    executor: 'worker-pool',
    executorOptions: { threads },
  })
}

async function handled(listener, count) {
  while (listener.stats().handled < count) await sleep(LOOK)
}
