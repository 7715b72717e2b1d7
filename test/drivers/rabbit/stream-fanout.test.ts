/** Fanout by streams: one stream for all listeners of a topic, which each of them reads for itself. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

import type { IncomingMessage } from '../../../src/core/message.js'
import { until } from '../../support/until.js'
import { bytes, Corner, numbered, textOf } from './corner.js'

const query = 'rabbit_stream_fanout=true'
let corner: Corner

beforeEach(async () => {
  corner = await Corner.open()
})

afterEach(() => corner.close())

/** Its stream outlives its listeners. */
function fanoutRoute(): ReturnType<Corner['route']> {
  const route = corner.route('fanout')
  corner.remove(`${route.topic}_fanout`)
  return route
}

describe('a fanout by a stream', () => {
  test('reaches each listener, but none that comes later', async () => {
    const route = fanoutRoute()
    const { driver } = corner.driver({ query })
    const [one, other] = [
      await corner.inbox(driver, route),
      await corner.inbox(corner.driver({ query }).driver, route),
    ]
    const texts = numbered(20)
    for (const text of texts) await driver.send(route, bytes(text))
    await until(() => one.texts.length === 20 && other.texts.length === 20)
    expect([one.texts, other.texts]).toEqual([texts, texts])
    const late = await corner.inbox(driver, route)
    await driver.send(route, bytes('after'))
    await until(() => late.texts.length > 0)
    expect(late.texts).toEqual(['after'])
  })

  test('goes on after a lost link where all was settled, and misses nothing that was sent meanwhile', async () => {
    const route = fanoutRoute()
    const proxy = await corner.proxy()
    const { driver } = corner.driver({ query, proxy })
    const sender = corner.driver({ query }).driver
    const held: IncomingMessage[] = []
    const inbox = await corner.inbox(driver, route, {}, (message) => {
      if (held.length === 0 && textOf(message.body) === 'message 2') held.push(message)
      else message.acknowledge()
    })
    for (const text of numbered(5)) await sender.send(route, bytes(text))
    await until(() => inbox.texts.length === 5)
    await proxy.refuse()
    await until(() => inbox.listener.stats().isLive === false)
    await sender.send(route, bytes('meanwhile'))
    await proxy.listen()
    await until(() => inbox.texts.length === 9)
    expect(inbox.texts.slice(5)).toEqual(['message 2', 'message 3', 'message 4', 'meanwhile'])
    expect(held[0]?.acknowledge()).toBe(false)
  })

  test('has no requeue, which its features say and a trouble event tells', async () => {
    const route = fanoutRoute()
    const { driver, troubles } = corner.driver({ query })
    expect(driver.features(route)).toMatchObject({ requeue: false, delay: false, deadLetter: true })
    expect(driver.features({ ...route, mode: 'shared' })).toMatchObject({ requeue: true })
    const results: boolean[] = []
    const inbox = await corner.inbox(driver, route, {}, (message) =>
      results.push(message.requeue({ delay: 5 })),
    )
    await driver.send(route, bytes('a'))
    await until(() => results.length === 1)
    expect(results).toEqual([false])
    expect(troubles.map((error) => (error as { code?: string }).code)).toEqual(['CANNOT_REQUEUE'])
    expect(inbox.listener.stats()).toMatchObject({ requeued: 0, unsettled: 0 })
  })

  test('keeps what is rejected', async () => {
    const route = fanoutRoute()
    const { driver } = corner.driver({ query })
    await corner.inbox(driver, route, { deadLetter: true }, (message) => message.reject({ reason: 'no use' }))
    await driver.send(route, bytes('a'))
    await corner.holds(`${route.topic}_fanout.dead`, 1)
    expect(await driver.deadLetters(route).list()).toMatchObject([{ reason: 'no use' }])
  })

  test('is read from its beginning on when it was deleted and made again, by whichever listener', async () => {
    const route = fanoutRoute()
    const { driver } = corner.driver({ query })
    let restored = 0
    const onRestored = (): number => (restored += 1)
    const inboxes = [
      await corner.inbox(driver, route, { onRestored }),
      await corner.inbox(corner.driver({ query }).driver, route, { onRestored }),
    ]
    const have = (count: number): boolean => inboxes.every(({ texts }) => texts.length === count)
    for (const text of numbered(3)) await driver.send(route, bytes(text))
    await until(() => have(3))
    await corner.with((channel) => channel.deleteQueue(`${route.topic}_fanout`))
    await until(() => restored === 2)
    await driver.send(route, bytes('anew'))
    await until(() => have(4))
    expect(inboxes.map(({ texts }) => texts[3])).toEqual(['anew', 'anew'])
  })
})
