/** One driver that publishes and consumes over links that break all the time: what was confirmed is handled, and nothing is left over. */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, beforeEach, expect, test } from '@jest/globals'

import { until } from '../../support/until.js'
import { bytes, Corner, numbered } from './corner.js'

let corner: Corner

beforeEach(async () => {
  corner = await Corner.open()
})

afterEach(() => corner.close())

test.each([
  ['durable queues', ''],
  ['quorum queues', 'queueType=quorum'],
])(
  'on %s nothing that was confirmed is lost while both links are cut again and again',
  async (_, query) => {
    const proxy = await corner.proxy()
    const { driver, states } = corner.driver({ proxy, query: `${query}&rabbit_retry_interval=0.1` })
    const [one, other] = [corner.route(), corner.route()]
    const retried = new Set<string>()
    let restored = 0
    const inbox = await corner.inbox(
      driver,
      [one, other],
      { credit: 50, deadLetter: true, onRestored: () => restored++ },
      (message, index) => {
        const text = Buffer.from(message.body).toString()
        // Each way of settling meets cuts: at once, later, by a retry, by a dead letter.
        if (index % 7 === 0) setTimeout(() => message.acknowledge(), 20)
        else if (index % 11 === 0 && !retried.has(text)) message.requeue({ delay: 100 })
        else message.acknowledge()
        if (index % 11 === 0) retried.add(text)
      },
    )
    const texts = numbered(2_000)
    const outcomes: Promise<PromiseSettledResult<void>[]>[] = []
    for (let from = 0; from < texts.length; from += 100) {
      const batch = texts.slice(from, from + 100)
      outcomes.push(
        Promise.allSettled(
          batch.map((text, index) => driver.send(index % 2 === 0 ? one : other, bytes(text))),
        ),
      )
      await sleep(30)
      if (from % 200 === 0) proxy.cut()
    }
    const settled = (await Promise.all(outcomes)).flat()
    expect(settled.filter(({ status }) => status === 'rejected')).toEqual([])
    await until(() => new Set(inbox.texts).size === texts.length, 20_000)
    // Doubles of what a cut left unknown, and retries on their way, come after the last new one.
    let heard: number
    do {
      heard = inbox.texts.length
      await sleep(500)
    } while (inbox.texts.length > heard)
    expect(inbox.listener.stats().unsettled).toBe(0)
    expect(restored).toBeGreaterThan(0)
    expect(states.filter(({ link, state }) => link === 'consume' && state === 'down').length).toBeGreaterThan(
      0,
    )
    expect(states.filter(({ link, state }) => link === 'publish' && state === 'down').length).toBeGreaterThan(
      0,
    )
    await inbox.listener.close()
    // Each acknowledgement has reached the broker: nothing goes back.
    for (const { topic } of [one, other]) {
      expect(await corner.count(topic)).toBe(0)
    }
  },
  60_000,
)

test('a non-durable queue that went away meanwhile is declared again by both sides', async () => {
  const proxy = await corner.proxy()
  const { driver } = corner.driver({ proxy, query: 'preset=oslo' })
  const route = corner.route()
  const inbox = await corner.inbox(driver, route)
  await driver.send(route, bytes('before'))
  await until(() => inbox.texts.includes('before'))
  await proxy.refuse()
  await corner.with(async (channel) => {
    await channel.deleteQueue(route.topic)
    await channel.deleteExchange(route.exchange)
  })
  const sending = driver.send(route, bytes('after'))
  await proxy.listen()
  await sending
  await until(() => inbox.texts.includes('after'))
})
