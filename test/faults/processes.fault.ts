/** Client processes that die: what they had in hand is handled by others, and what they were told is delivered is delivered. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect } from '@jest/globals'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import { getNotificationListener, getTransport, silentLogger, Target } from '../../src/index.js'
import { until } from '../support/until.js'
import { atScale } from './support/campaign.js'
import { faultCase } from './support/case.js'
import { Child, Recording } from './support/child.js'

let node: RabbitNode

beforeAll(async () => {
  node = await RabbitNode.start()
}, 120_000)

afterAll(() => node.remove())

faultCase('kill -9 of a consumer process under load, again and again, while another goes on', async (one) => {
  const kills = atScale(3, 20)
  const concurrency = 8
  const load = await one.load({ publish: node.url, listen: 'nobody', rate: 500, topics: 1 })
  const { ledger, topics, exchange } = load
  const { path: record } = Recording.open(one, (line) => ledger.handle(Number(line)))
  const consumer = (): Promise<Child> =>
    Child.consumer(one, {
      url: node.url,
      exchange,
      topics,
      executor: 'async-loop',
      concurrency,
      record,
      pause: 4,
    })
  let [first, second] = [await consumer(), await consumer()]
  for (let kill = 0; kill < kills; kill++) {
    await load.handles(300)
    const before = ledger.count().duplicates
    await first.kill()
    one.faultEnded()
    await one.recovered()
    first = second
    second = await consumer()
    // Three queues, each with a credit of its own.
    expect(ledger.count().duplicates - before).toBeLessThanOrEqual(3 * 2 * concurrency)
  }
  load.stopOffering()
  await until(() => ledger.missing === 0, 30_000)
})

faultCase(
  'kill -9 of a publisher process, again and again: each promise that resolved is kept',
  async (one) => {
    const kills = atScale(3, 20)
    const [topic, exchange] = [`faults-${randomUUID()}`, `faults-${randomUUID()}`]
    const ledger = one.ledger()
    const open = new Set<number>()
    const early: number[] = []
    const recording = Recording.open(one, (line) => {
      const number = Number(line.slice(1))
      if (line.startsWith('o')) {
        expect(ledger.offer()).toBe(number)
        open.add(number)
      } else {
        open.delete(number)
        ledger.confirm(number)
      }
    })
    const transport = getTransport(node.url, { logger: silentLogger })
    one.atEnd(() => transport.cleanup())
    const listener = getNotificationListener(
      transport,
      [new Target({ topic, exchange })],
      // Looked up in the ledger when the record has been read: a notification may be faster than that.
      [{ info: (_ctxt, _publisherId, _eventType, { number }) => void early.push(number as number) }],
      { allowRequeue: true },
    )
    await listener.start()
    for (let kill = 0; kill < kills; kill++) {
      const before = ledger.confirmed
      const first = ledger.count().offered
      const publisher = await Child.publisher(one, {
        url: node.url,
        exchange,
        topic,
        first,
        window: 500,
        record: recording.path,
      })
      await until(() => ledger.confirmed - before >= 2_000)
      await publisher.kill()
      recording.read()
      // What it had on its way: nobody was told anything.
      for (const number of open) ledger.reject(number, 'unknown')
      open.clear()
    }
    const settle = async (): Promise<void> => {
      for (const number of early.splice(0)) ledger.handle(number)
    }
    await until(async () => {
      await settle()
      return ledger.missing === 0
    })
    await sleep(200)
    await listener.stop()
    await listener.wait()
    await settle()
    // A publish is sent once where no link was lost.
    expect(ledger.count().duplicates).toBe(0)
  },
)

faultCase('a slow consumer before a large backlog: its memory stays flat', async (one) => {
  const count = atScale(20_000, 200_000)
  const load = await one.load({ publish: node.url, listen: 'nobody', rate: 'full', count, topics: 1 })
  const { ledger, topics, exchange } = load
  await until(() => ledger.confirmed === count, 300_000)
  const { path: record } = Recording.open(one, (line) => ledger.handle(Number(line)))
  const child = await Child.consumer(one, {
    url: node.url,
    exchange,
    topics,
    executor: 'async-loop',
    concurrency: 50,
    record,
    pause: 20,
  })
  await until(() => ledger.handled >= count / 2, 300_000)
  const early = Math.max(...child.memory)
  await until(() => ledger.handled === count, 300_000)
  const late = Math.max(...child.memory)
  const inMiB = (bytes: number): number => Math.round(bytes / 1_048_576)
  process.stdout.write(
    `${count} waiting, credit 100: peak memory of the consumer ${inMiB(early)} MiB in the first half, ${inMiB(late)} MiB in all\n`,
  )
  expect(inMiB(late)).toBeLessThan(160)
  expect(inMiB(late - early)).toBeLessThan(20)
  await child.terminate()
})
