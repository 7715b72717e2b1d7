/** Orderly ends under load: what was handled never comes again, and each end is bounded. */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect } from '@jest/globals'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import { tocsin } from '../executors/built.js'
import { until } from '../support/until.js'
import { atScale } from './support/campaign.js'
import { faultCase } from './support/case.js'
import { Child, type ConsumerOptions, Recording } from './support/child.js'
import type { Load } from './support/load.js'

// As built, for the worker threads.
const { getNotificationListener, getTransport, silentLogger, Target, workerEndpoint } = tocsin

type Executor = ConsumerOptions['executor']

let node: RabbitNode

beforeAll(async () => {
  node = await RabbitNode.start()
}, 120_000)

afterAll(() => node.remove())

const module = new URL('./children/recorder.mjs', import.meta.url)

/** One life of a service: connect, listen, stop when `isEnough`, wait, clean up. Resolves with the milliseconds of its end. */
async function live(
  load: Load,
  executor: Executor,
  { path: record }: Recording,
  isEnough: () => boolean,
  url: string = node.url,
): Promise<number> {
  const options = { record, pause: 3 }
  const made = executor === 'worker-pool' ? undefined : (await import(module.href)).default(options)
  const transport = getTransport(url, { logger: silentLogger })
  const listener = getNotificationListener(
    transport,
    load.topics.map((topic) => new Target({ topic, exchange: load.exchange })),
    [made ?? workerEndpoint(module, { methods: ['info', 'error', 'sample'], options })],
    {
      executor,
      concurrency: 8,
      allowRequeue: true,
      ...(executor === 'keyed' ? { key: ({ payload }) => payload.number % 100 } : {}),
    },
  )
  try {
    await listener.start()
    await until(isEnough, 30_000)
    const start = Date.now()
    await listener.stop()
    await listener.wait()
    await transport.cleanup()
    expect(listener.stats()).toMatchObject({ inHand: 0, backlog: 0, driver: { unsettled: 0, stale: 0 } })
    return Date.now() - start
  } finally {
    await transport.cleanup()
  }
}

describe.each<[Executor, number, number]>([
  ['async-loop', 100, 100],
  ['keyed', 10, 100],
  ['worker-pool', 5, 100],
])('with the executor %s', (executor, ci, long) => {
  const stops = atScale(ci, long)

  faultCase(`${stops} graceful stops under load, ${executor}`, async (one) => {
    const load = await one.load({ publish: node.url, listen: 'nobody', rate: 300, topics: 1 })
    const recording = Recording.open(one, (line) => load.ledger.handle(Number(line)))
    let slowest = 0
    for (let stop = 0; stop < stops; stop++) {
      const goal = load.ledger.handled + 20
      const end = await live(load, executor, recording, () => load.ledger.handled >= goal)
      slowest = Math.max(slowest, end)
    }
    load.stopOffering()
    await live(load, executor, recording, () => load.ledger.pending === 0 && load.ledger.missing === 0)
    expect(load.ledger.count()).toMatchObject({ duplicates: 0, lost: 0 })
    expect(slowest).toBeLessThan(5_000)
    process.stdout.write(`${stops} stops with ${executor}, the slowest end in ${slowest} ms\n`)
  })

  const ends = atScale(2, 20)

  faultCase(`${ends} processes that SIGTERM tells to end under load, ${executor}`, async (one) => {
    const load = await one.load({ publish: node.url, listen: 'nobody', rate: 300, topics: 1 })
    const { path: record } = Recording.open(one, (line) => load.ledger.handle(Number(line)))
    const { exchange, topics } = load
    const consumer = (): Promise<Child> =>
      Child.consumer(one, { url: node.url, exchange, topics, executor, concurrency: 8, record, pause: 3 })
    let slowest = 0
    for (let end = 0; end < ends; end++) {
      const child = await consumer()
      await load.handles(200)
      slowest = Math.max(slowest, await child.terminate())
    }
    load.stopOffering()
    const last = await consumer()
    await until(() => load.ledger.pending === 0 && load.ledger.missing === 0, 30_000)
    await last.terminate()
    expect(load.ledger.count()).toMatchObject({ duplicates: 0, lost: 0 })
    expect(slowest).toBeLessThan(10_000)
    process.stdout.write(`${ends} processes with ${executor}, the slowest gone after ${slowest} ms\n`)
  })
})

faultCase('a stop while the broker blocks publishers and all messages are being retried', async (one) => {
  let isMended = false
  const load = await one.load({
    publish: node.url,
    listen: node.url,
    rate: 'full',
    count: 300,
    topics: 1,
    listener: { retry: { limit: 100, delay: 100, backoff: 1 } },
    work() {
      if (!isMended) throw new Error('not yet')
    },
  })
  await until(() => load.ledger.confirmed === 300)
  await node.ctl('set_vm_memory_high_watermark', '0.00001')
  try {
    await until(() => load.publishing.health().state === 'blocked')
    const start = Date.now()
    await load.listener?.stop()
    await load.listener?.wait({ timeout: 1_000 })
    // 5 seconds for republishes that no confirm comes for; then their originals go back.
    expect(Date.now() - start).toBeLessThan(10_000)
  } finally {
    await node.ctl('set_vm_memory_high_watermark', 'absolute', '1GB')
  }
  one.faultEnded()
  await until(() => load.publishing.health().state === 'up')
  isMended = true
  await load.listener?.start()
  await load.offerOne()
  await sleep(300)
})

faultCase(
  'an end while the network swallows all packets: within 20 seconds, and nothing is lost',
  async (one) => {
    const proxy = await one.proxy(node.url)
    const load = await one.load({ publish: node.url, listen: 'nobody', rate: 200, topics: 1 })
    const recording = Recording.open(one, (line) => load.ledger.handle(Number(line)))
    let [isListening, isSilent] = [false, false]
    const isEnough = (): boolean => {
      isListening = true
      return isSilent
    }
    const end = live(load, 'async-loop', recording, isEnough, proxy.url('', node.url))
    await until(() => isListening && load.ledger.handled >= 100, 30_000)
    proxy.hold()
    isSilent = true
    const took = await end
    proxy.release()
    expect(took).toBeLessThan(20_000)
    load.stopOffering()
    await live(load, 'async-loop', recording, () => load.ledger.pending === 0 && load.ledger.missing === 0)
  },
)
