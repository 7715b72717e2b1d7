/** Notifications that fail, for a while or for good, among others that do not. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect } from '@jest/globals'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import {
  type DeadLetter,
  getNotificationListener,
  getTransport,
  Notifier,
  silentLogger,
  Target,
} from '../../src/index.js'
import { until } from '../support/until.js'
import { atScale } from './support/campaign.js'
import { faultCase } from './support/case.js'
import { numberOf } from './support/load.js'

let node: RabbitNode

beforeAll(async () => {
  node = await RabbitNode.start()
}, 120_000)

afterAll(() => node.remove())

faultCase(
  'thousands of poison messages: each a dead letter that says why, the good between them not held up',
  async (one) => {
    const poison = atScale(1_000, 10_000)
    const [topic, exchange] = [`faults-${randomUUID()}`, `faults-${randomUUID()}`]
    const ledger = one.ledger()
    const transport = getTransport(node.url, { logger: silentLogger })
    const start = Date.now()
    const sentAt = new Map<number, number>()
    let slowest = 0
    let isMended = false
    const listener = getNotificationListener(
      transport,
      [new Target({ topic, exchange })],
      [
        {
          info(_ctxt, _publisherId, eventType, { number }) {
            if (eventType === 'poison' && !isMended) throw new RangeError(`no place for ${number}`)
            ledger.handle(number)
            slowest = Math.max(slowest, Date.now() - (sentAt.get(number) ?? Date.now()))
          },
        },
      ],
      { retry: { limit: 2, delay: 100, backoff: 1 } },
    )
    one.atEnd(async () => {
      await listener.stop()
      await listener.wait()
      await transport.cleanup()
    })
    let told = 0
    listener.on('error', () => (told += 1))
    await listener.start()

    const notifier = new Notifier(transport, { publisherId: 'faults', topics: [topic], exchange })
    const route = { exchange, topic: `${topic}.info`, mode: 'shared' } as const
    const offer = async (send: (number: number) => Promise<void>): Promise<number> => {
      const number = ledger.offer()
      await send(number)
      ledger.confirm(number)
      return number
    }
    const throwing: number[] = []
    const unreadable: number[] = []
    // 250 poison messages a second, below what the broker can take of their retries: what queues up holds up all alike.
    for (let sent = 0; sent < poison; sent += 50, await sleep(200)) {
      const sends = Array.from({ length: 50 }, async (_, index) => {
        if (index % 10 !== 5) throwing.push(await offer((number) => notifier.info({}, 'poison', { number })))
        else
          unreadable.push(
            await offer((number) => transport.driver.send(route, Buffer.from(`no JSON: ${number}`))),
          )
        if (index % 10 === 0) {
          await offer((number) => {
            sentAt.set(number, Date.now())
            return notifier.info({}, 'good', { number })
          })
        }
      })
      await Promise.all(sends)
    }
    await until(() => listener.stats().rejected === poison && ledger.missing === poison, 120_000)
    await until(() => listener.stats().driver.unsettled === 0)
    const buriedAfter = Date.now() - start
    expect(told).toBe(poison)
    expect(slowest).toBeLessThan(3_000)

    const dead = listener.deadLetters()
    const listing = Date.now()
    const letters = await dead.list({ limit: 2 * poison })
    const listedIn = Date.now() - listing
    expect(letters).toHaveLength(poison)
    const byNumber = new Map(letters.map((letter) => [bodyNumber(letter), letter]))
    for (const number of byNumber.keys()) ledger.bury(number)
    for (const number of throwing) {
      const { firstSeen = 0, ...letter } = byNumber.get(number) as DeadLetter
      expect(letter).toMatchObject({
        reason: 'retries-exhausted',
        error: `RangeError: no place for ${number}`,
        attempts: 2,
      })
      expect(firstSeen).toBeGreaterThanOrEqual(start)
      expect(firstSeen).toBeLessThanOrEqual(listing)
    }
    for (const number of unreadable) {
      expect(byNumber.get(number)).toMatchObject({
        reason: 'undecodable',
        error: expect.stringContaining('UndecodableMessage'),
        attempts: 0,
      })
    }

    isMended = true
    const ids = throwing.slice(0, 100).map((number) => byNumber.get(number)?.id as string)
    const handled = ledger.handled
    const replaying = Date.now()
    expect(await dead.replay({ ids })).toBe(100)
    const replayedIn = Date.now() - replaying
    await until(() => ledger.handled === handled + 100)
    expect(await dead.purge()).toBe(poison - 100)
    expect(await dead.list()).toEqual([])
    expect(ledger.count()).toMatchObject({ duplicates: 0, dead: poison - 100 })
    process.stdout.write(
      `${poison} poison messages, 250 a second, were buried ${buriedAfter} ms after the first was sent, listed in ${listedIn} ms, ` +
        `100 of them replayed in ${replayedIn} ms; slowest good one ${slowest} ms\n`,
    )
  },
)

function bodyNumber({ body }: DeadLetter): number {
  const [, number] = /^no JSON: (\d+)$/.exec(Buffer.from(body).toString()) ?? []
  return number === undefined ? numberOf(body) : Number(number)
}

faultCase(
  'one in a hundred fails, some for a while and some for good: all handled or dead, counts exact',
  async (one) => {
    const count = atScale(10_000, 100_000)
    const limit = 3
    const start = Date.now()
    /** How often it fails; `limit` retries and the first attempt are not enough for those of 4. */
    const failures = (number: number): number => (number % 100 === 7 ? 1 + (((number - 7) / 100) % 4) : 0)
    const attempts = new Map<number, number>()
    const firsts = new Map<string, number>()
    let isInOrder = true
    const load = await one.load({
      publish: node.url,
      rate: 'full',
      count,
      topics: 1,
      bytes: 200,
      listener: { retry: { limit, delay: 100, backoff: 1 } },
      work(number, { attempts: earlier }) {
        if (earlier === 0) {
          // A queue for each of three priorities, in turn.
          const queue = String(number % 3)
          isInOrder &&= number > (firsts.get(queue) ?? -1)
          firsts.set(queue, number)
        }
        const wanted = failures(number)
        if (wanted === 0) return
        expect(earlier).toBe(attempts.get(number) ?? 0)
        attempts.set(number, earlier + 1)
        if (earlier < wanted) throw new Error(`attempt ${earlier} of ${number}`)
      },
    })
    const numbers = Array.from({ length: count }, (_, number) => number)
    const hopeless = numbers.filter((number) => failures(number) > limit)
    const expected = numbers.reduce((sum, number) => sum + Math.min(failures(number), limit), 0)
    await until(() => load.ledger.pending === 0 && load.ledger.count().offered === count, 300_000)
    await until(() => load.ledger.missing === hopeless.length, 120_000)
    const seconds = (Date.now() - start) / 1_000
    await load.finish()
    expect(load.listener?.stats()).toMatchObject({
      received: count + expected,
      handled: count - hopeless.length,
      requeued: expected,
      rejected: hopeless.length,
      duplicates: 0,
      lost: 0,
      driver: { stale: 0, unsettled: 0 },
    })
    expect(load.ledger.count()).toMatchObject({
      handled: count - hopeless.length,
      dead: hopeless.length,
      duplicates: 0,
    })
    expect(isInOrder).toBe(true)
    process.stdout.write(`${count} notifications in ${seconds} s, ${Math.round(count / seconds)} a second\n`)
  },
)
