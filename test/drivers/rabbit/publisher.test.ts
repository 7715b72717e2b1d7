/** Every send settles, in order, within bounds. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

import { until } from '../../support/until.js'
import { bytes, Corner, failureOf, numbered } from './corner.js'

let corner: Corner

beforeEach(async () => {
  corner = await Corner.open()
})

afterEach(() => corner.close())

test('what is sent while the link is lost arrives once the link is back, in order', async () => {
  const route = corner.route()
  const proxy = await corner.proxy()
  const { driver } = corner.driver({ proxy })
  const inbox = await corner.inbox(corner.driver().driver, route)
  await driver.send(route, bytes('first'))
  await proxy.refuse()
  await until(() => driver.health().state === 'down')
  const texts = numbered(200)
  const sends = texts.map((text) => driver.send(route, bytes(text)))
  await proxy.listen()
  await Promise.all(sends)
  await until(() => inbox.texts.length === 201)
  expect(inbox.texts).toEqual(['first', ...texts])
})

test('the window is sent again in order after a lost link: each arrives, first arrivals in order', async () => {
  const route = corner.route()
  const proxy = await corner.proxy()
  const { driver } = corner.driver({ proxy, query: 'confirmWindow=50' })
  const inbox = await corner.inbox(corner.driver().driver, route)
  await driver.send(route, bytes('first'))
  const texts = numbered(2_000)
  const sends = texts.map((text) => driver.send(route, bytes(text)))
  await until(() => inbox.texts.length > 100)
  proxy.cut()
  await Promise.all(sends)
  await until(() => new Set(inbox.texts).size === 2_001)
  expect([...new Set(inbox.texts)]).toEqual(['first', ...texts])
})

test('a message published while the channel is being opened goes out with it', async () => {
  const route = corner.route()
  const { driver, states } = corner.driver()
  const sends: Promise<void>[] = []
  driver.events.on('link', ({ state }) => {
    if (state === 'up') sends.push(driver.send(route, bytes('b')))
  })
  await driver.send(route, bytes('a'))
  await Promise.all(sends)
  expect(states.filter(({ state }) => state === 'up')).toHaveLength(1)
  await corner.holds(route.topic, 2)
})

describe('bounds', () => {
  test.each([
    ['count', 'confirmWindow=3', 3],
    ['bytes', 'confirmWindowBytes=2500', 3],
  ])('the window is bounded by %s', async (_, query, most) => {
    const route = corner.route()
    const proxy = await corner.proxy()
    const { driver } = corner.driver({ proxy, query })
    await driver.send(route, bytes('first'))
    let written = 0
    proxy.rewrite = (chunk) => {
      written += chunk.length
      return chunk
    }
    proxy.holdAnswers()
    const sends = Array.from({ length: 20 }, () => driver.send(route, new Uint8Array(1_000)))
    await until(() => written >= most * 1_000)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(written).toBeLessThan((most + 1) * 1_000)
    proxy.release()
    await Promise.all(sends)
  })

  test('beyond the outage buffer a body is neither copied nor lost, and order is kept', async () => {
    const route = corner.route()
    const proxy = await corner.proxy()
    const { driver } = corner.driver({ proxy, query: 'bufferMessages=2' })
    const inbox = await corner.inbox(corner.driver().driver, route)
    await driver.send(route, bytes('first'))
    await proxy.refuse()
    await until(() => driver.health().state === 'down')
    const bodies = ['a', 'b', 'c', 'd'].map(bytes)
    const sends = bodies.map((body) => driver.send(route, body))
    for (const body of bodies) body[0] = (body[0] as number) - 32
    await proxy.listen()
    await Promise.all(sends)
    await until(() => inbox.texts.length === 5)
    // The first two were copied when they were sent; the others when there was room.
    expect(inbox.texts).toEqual(['first', 'a', 'b', 'C', 'D'])
  })

  test('those that time out or are aborted during an outage leave nothing behind, and the rest arrives', async () => {
    const route = corner.route()
    const proxy = await corner.proxy()
    const { driver } = corner.driver({ proxy, query: 'bufferMessages=10' })
    await driver.send(route, bytes('first'))
    await proxy.refuse()
    await until(() => driver.health().state === 'down')
    const { signal } = new AbortController()
    const late = Array.from({ length: 3_000 }, () =>
      failureOf(driver.send(route, bytes('late'), { timeout: 100, signal })),
    )
    const kept = driver.send(route, bytes('kept'))
    for (const failure of await Promise.all(late)) {
      expect(failure).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' })
    }
    expect(driver.health().pendingSends).toBe(1)
    await proxy.listen()
    await kept
    await corner.holds(route.topic, 2)
  })
})

describe('what frees a caller', () => {
  test.each([
    ['a timeout', { timeout: 150 }, 'TIMEOUT'],
    ['a signal', {}, 'ABORTED'],
  ])('%s, with an outcome that is unknown once it was written', async (_, options, code) => {
    const route = corner.route()
    const proxy = await corner.proxy()
    const { driver } = corner.driver({ proxy })
    await driver.send(route, bytes('first'))
    proxy.hold()
    const signal = code === 'ABORTED' ? AbortSignal.timeout(150) : undefined
    const failure = await failureOf(driver.send(route, bytes('a'), { ...options, signal }))
    expect(failure).toMatchObject({ code, outcome: 'unknown' })
    proxy.release()
    await driver.flush()
  })

  test('flush rejects after its timeout, and does not wait for what is sent after it', async () => {
    const route = corner.route()
    const proxy = await corner.proxy()
    const { driver } = corner.driver({ proxy })
    await driver.send(route, bytes('first'))
    proxy.hold()
    const before = driver.send(route, bytes('before'))
    expect(await failureOf(driver.flush({ timeout: 100 }))).toMatchObject({ name: 'MessagingTimeout' })
    const flushed = driver.flush()
    const state = { isBusy: true }
    const busy = (async () => {
      while (state.isBusy) await Promise.all(numbered(10).map((text) => driver.send(route, bytes(text))))
    })()
    proxy.release()
    await flushed
    state.isBusy = false
    await Promise.all([before, busy])
  })
})

describe('a full queue', () => {
  async function fullQueue(): Promise<ReturnType<Corner['route']>> {
    const route = corner.route('direct')
    await corner.with(async (channel) => {
      await channel.assertQueue(route.topic, { maxLength: 1, arguments: { 'x-overflow': 'reject-publish' } })
    })
    const { driver } = corner.driver()
    await driver.send(route, bytes('one'))
    return route
  }

  test('nacks, which is one attempt', async () => {
    const route = await fullQueue()
    const failure = await failureOf(corner.driver().driver.send(route, bytes('two'), { retry: 0 }))
    expect(failure).toMatchObject({ code: 'RETRIES_EXHAUSTED', outcome: 'not-sent' })
    expect(failure.cause).toMatchObject({ code: 'NACKED' })
  })

  test('is tried again with a growing pause, until there is room', async () => {
    const route = await fullQueue()
    const { driver } = corner.driver()
    const began = Date.now()
    expect(await failureOf(driver.send(route, bytes('two'), { retry: 2 }))).toMatchObject({
      code: 'RETRIES_EXHAUSTED',
    })
    expect(Date.now() - began).toBeGreaterThanOrEqual(290)
    const sending = driver.send(route, bytes('three'))
    await until(async () => (await corner.get(route.topic)) !== undefined)
    await sending
    await corner.holds(route.topic, 1)
  })
})

test('of many in flight, those that no queue takes are told so, and only those', async () => {
  const there = corner.route('direct')
  const nowhere = corner.route('direct')
  await corner.with((channel) => channel.assertQueue(there.topic))
  const { driver } = corner.driver()
  const results = await Promise.allSettled(
    numbered(300).map((text, index) =>
      driver.send(index % 3 === 0 ? nowhere : there, bytes(text), { mandatory: true }),
    ),
  )
  expect(results.map(({ status }) => status)).toEqual(
    results.map((_, index) => (index % 3 === 0 ? 'rejected' : 'fulfilled')),
  )
  await corner.holds(there.topic, 200)
})

test('an exchange that is deleted under a publisher is declared again, and nothing is rejected', async () => {
  const route = corner.route()
  const { driver, troubles } = corner.driver()
  await driver.send(route, bytes('first'))
  const sends: Promise<void>[] = []
  for (let round = 0; round < 3; round++) {
    await corner.with((channel) => channel.deleteExchange(route.exchange))
    for (const text of numbered(50)) sends.push(driver.send(route, bytes(text), { retry: 0 }))
    await Promise.all(sends)
  }
  await corner.holds(route.topic, 151)
  expect(troubles).toEqual([])
})

test('bodies are compressed as kombu does, and read back by what the header says', async () => {
  for (const [name, type] of [
    ['gzip', 'application/x-gzip'],
    ['zlib', 'application/x-gzip'],
    ['brotli', 'application/x-brotli'],
  ]) {
    const route = corner.route()
    const { driver } = corner.driver({ query: `kombu_compression=${name}` })
    await driver.send(route, bytes('x'.repeat(1_000)))
    const message = await corner.get(route.topic)
    expect(message?.properties.headers).toEqual({ compression: type })
    expect(message?.content.length).toBeLessThan(100)
  }
})
