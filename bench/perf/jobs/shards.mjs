/** A queue that was filled before, to an endpoint that computes: in this thread, or in shards. */

import { setTimeout as sleep } from 'node:timers/promises'

import { getNotificationListener, getTransport, Target, workerEndpoint } from '../../../dist/index.js'
import { computing } from '../computing.mjs'

/** How often is looked how many are handled, in memory that all threads share. A thousandth of what is measured. */
const LOOK = 2

/** @type {import('../job.mjs').Prepare} */
export async function prepare({ messages, place, shards, rounds }, meter) {
  const { url, names, isDurable } = place
  const transport = getTransport(`${url.replace(/^amqp:/, 'rabbit:')}?amqp_durable_queues=${isDurable}`, {
    controlExchange: names.exchange,
  })
  const count = new Int32Array(new SharedArrayBuffer(4))
  const listener = listenerFor(transport, { names, shards, options: { rounds, count } })
  const handled = async (wanted) => {
    while (Atomics.load(count, 0) < wanted) await sleep(LOOK)
  }
  return {
    async run() {
      const started = listener.start()
      await handled(1)
      meter.begin()
      await handled(messages)
      meter.end()
      await started
    },
    async close() {
      await listener.stop()
      await listener.wait()
      await transport.cleanup()
    },
  }
}

function listenerFor(transport, { names, shards, options }) {
  const targets = [new Target({ topic: names.topic })]
  if (shards === 0) return getNotificationListener(transport, targets, [computing(options)])
  const url = new URL('../computing.mjs', import.meta.url)
  const endpoint = workerEndpoint(url, { export: 'computing', methods: ['info'], options })
  return getNotificationListener(transport, targets, [endpoint], { shards })
}
