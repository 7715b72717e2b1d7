/** stop(), wait() and cleanup() at bad moments: each is bounded, nothing is lost, and what was handled does not come again. */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

import {
  getNotificationListener,
  getTransport,
  type ListenerOptions,
  type NotificationEndpoint,
  type NotificationListener,
  Notifier,
  silentLogger,
  Target,
  type Transport,
} from '../../../src/index.js'
import { until } from '../../support/until.js'
import { Corner, type OpenOptions } from './corner.js'

let corner: Corner
let topic: string
let exchange: string
let transports: Transport[]

beforeEach(async () => {
  corner = await Corner.open()
  topic = corner.name('queue')
  corner.remove(`${topic}.info`)
  exchange = corner.name('exchange')
  transports = []
})

afterEach(async () => {
  for (const transport of transports) await transport.cleanup()
  await corner.close()
})

function opened(options: OpenOptions = {}): Transport {
  const transport = getTransport(corner.url(options), { controlExchange: exchange, logger: silentLogger })
  transports.push(transport)
  return transport
}

function listenerOf(
  transport: Transport,
  info: NonNullable<NotificationEndpoint['info']>,
  options: ListenerOptions = {},
): NotificationListener {
  return getNotificationListener(transport, [new Target({ topic })], [{ info }], {
    allowRequeue: true,
    ...options,
  })
}

async function send(count: number): Promise<void> {
  const notifier = new Notifier(opened(), { topics: [topic] })
  await Promise.all(Array.from({ length: count }, (_, n) => notifier.info({}, 'counted', { n })))
}

/** What is left in the queue, heard by a listener that starts now. */
async function heardBy(transport: Transport, count: number): Promise<number[]> {
  const heard: number[] = []
  const listener = listenerOf(transport, (_ctxt, _publisherId, _eventType, { n }) => void heard.push(n))
  await listener.start()
  await until(() => heard.length >= count)
  // Anything that comes beyond that was handled before.
  await sleep(200)
  await listener.stop()
  await listener.wait()
  return heard
}

const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((one, other) => one - other)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = Date.now()
  await work()
  return Date.now() - start
}

describe('a listener is stopped', () => {
  test('while its link is down: at once, and the next one hears what is left', async () => {
    const proxy = await corner.proxy()
    const transport = opened({ proxy })
    const handled: number[] = []
    const listener = listenerOf(
      transport,
      async (_ctxt, _publisherId, _eventType, { n }) => {
        await sleep(1)
        handled.push(n)
      },
      { concurrency: 4 },
    )
    await send(300)
    await listener.start()
    await until(() => handled.length >= 100)
    await proxy.refuse()
    await until(() => transport.health().state !== 'up')
    const took = await timed(async () => {
      await listener.stop()
      await listener.wait()
      await transport.cleanup()
    })
    expect(took).toBeLessThan(3_000)
    const seen = new Set(handled)
    for (const n of await heardBy(opened(), 300 - seen.size)) seen.add(n)
    expect(seen.size).toBe(300)
  })

  test('while nothing comes through its link: bounded by the deadlines of broker calls', async () => {
    const proxy = await corner.proxy()
    const transport = opened({ proxy, query: 'callTimeout=1000' })
    const listener = listenerOf(transport, () => {})
    await listener.start()
    proxy.hold()
    const took = await timed(async () => {
      await listener.stop()
      await listener.wait()
      await transport.cleanup()
    })
    expect(took).toBeLessThan(8_000)
    proxy.release()
  })

  test('while all its messages are being retried: none is lost, none is handled twice', async () => {
    const transport = opened()
    const attempts = new Map<number, number>()
    const handled: number[] = []
    const listener = listenerOf(
      transport,
      (_ctxt, _publisherId, _eventType, { n }) => {
        const attempt = (attempts.get(n) ?? 0) + 1
        attempts.set(n, attempt)
        if (attempt < 3) throw new Error('not yet')
        handled.push(n)
      },
      { retry: { delay: 100, backoff: 1 } },
    )
    await send(200)
    for (let stops = 0; handled.length < 200; stops++) {
      await listener.start()
      await sleep(20 + 10 * stops)
      await listener.stop()
      await listener.wait()
    }
    expect(sorted(handled)).toEqual(upTo(200))
    expect([...attempts.values()].every((attempt) => attempt === 3)).toBe(true)
  })

  test('while it starts, on a broker that answers: the start succeeds first', async () => {
    const transport = opened()
    const listener = listenerOf(transport, () => {})
    const [starting] = [listener.start(), listener.stop()]
    await starting
    await listener.wait()
    await listener.start()
    await listener.stop()
    await listener.wait()
  })

  test('while it starts, on a broker that is away: it gives up', async () => {
    const proxy = await corner.proxy()
    await proxy.refuse()
    const transport = opened({ proxy })
    const listener = listenerOf(transport, () => {})
    const starting = listener.start({ timeout: 0 }).then(undefined, (error: unknown) => error)
    expect(await timed(() => listener.stop())).toBeLessThan(3_000)
    expect(await starting).toMatchObject({ name: 'NotOpen', code: 'STOPPED' })
    await listener.wait()
  })
})

describe('a transport is cleaned up', () => {
  test('twice at once, and again: one end for all', async () => {
    const transport = opened()
    const listener = listenerOf(transport, () => {})
    await listener.start()
    const waiting = listener.wait()
    await listener.stop()
    await Promise.all([transport.cleanup(), transport.cleanup(), waiting])
    await transport.cleanup()
    expect(transport.health().state).toBe('closed')
  })

  test('under a listener that nobody stopped: what is in hand is settled first, and none comes again', async () => {
    const transport = opened()
    const handled: number[] = []
    const listener = listenerOf(
      transport,
      async (_ctxt, _publisherId, _eventType, { n }) => {
        await sleep(20)
        handled.push(n)
      },
      { concurrency: 8 },
    )
    await send(200)
    await listener.start()
    await until(() => handled.length >= 50)
    await transport.cleanup()
    const first = handled.length
    await sleep(100)
    expect(handled).toHaveLength(first)
    expect(sorted([...handled, ...(await heardBy(opened(), 200 - first))])).toEqual(upTo(200))
  })

  test('while a listener starts on a broker that is away: the start fails, and nothing is left', async () => {
    const proxy = await corner.proxy()
    await proxy.refuse()
    const transport = opened({ proxy })
    const listener = listenerOf(transport, () => {})
    const starting = listener.start({ timeout: 0 }).then(undefined, (error: unknown) => error)
    await sleep(50)
    expect(await timed(() => transport.cleanup())).toBeLessThan(3_000)
    expect(await starting).toMatchObject({ name: 'NotOpen' })
    await listener.stop()
    await listener.wait()
  })
})

test('an endpoint that hangs for ever is given up at the deadline, its message is handled by the next start, and its late end counts as stale', async () => {
  const transport = opened()
  const held: (() => void)[] = []
  const handled: number[] = []
  const listener = listenerOf(
    transport,
    (_ctxt, _publisherId, _eventType, { n }) => {
      if (held.length === 2 || n % 2 === 0) return void handled.push(n)
      return new Promise<undefined>((resolve) => held.push(() => resolve(undefined)))
    },
    { concurrency: 2 },
  )
  await send(6)
  await listener.start()
  await until(() => held.length === 2)
  await listener.stop()
  expect(await timed(() => listener.wait({ timeout: 300 }))).toBeLessThan(2_000)
  expect(listener.stats().driver).toMatchObject({ unsettled: 0, stale: 0 })
  for (const end of held) end()
  await until(() => listener.stats().driver.stale === 2)
  await listener.start()
  await until(() => handled.length === 6)
  expect(sorted(handled)).toEqual(upTo(6))
  expect(listener.stats().driver).toMatchObject({ unsettled: 0, stale: 0 })
  await listener.stop()
  await listener.wait()
})
