/** A network that cuts, swallows, trickles and garbles, between the library and a broker that is well. */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect } from '@jest/globals'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import type { TcpProxy } from '../support/tcp-proxy.js'
import { until } from '../support/until.js'
import { atScale, chance } from './support/campaign.js'
import { type FaultCase, faultCase } from './support/case.js'
import { type FrameKind, Frames } from './support/frames.js'
import type { Load, LoadOptions } from './support/load.js'
import { quick, withOptions } from './support/operator.js'

let node: RabbitNode

beforeAll(async () => {
  node = await RabbitNode.start()
}, 120_000)

afterAll(() => node.remove(), 60_000)

const work = (number: number): Promise<void> | undefined => (number % 10 === 0 ? sleep(10) : undefined)

async function loadThrough(
  proxy: TcpProxy,
  one: FaultCase,
  options: Readonly<Record<string, string | number>> = {},
  load: Partial<LoadOptions> = {},
): Promise<Load> {
  return one.load({
    publish: withOptions(proxy.url('', node.url), { ...quick, ...options }),
    rate: 400,
    work,
    ...load,
  })
}

/** Both links were given up since then. */
async function bothAreLost(load: Load, since: number, within = 10_000): Promise<void> {
  const isLost = (name: string): boolean =>
    load.states.slice(since).some(({ link, state }) => link === name && state === 'down')
  await until(() => isLost('publish') && isLost('consume'), within)
}

faultCase('TCP cut again and again', async (one) => {
  const proxy = await one.proxy(node.url)
  const load = await loadThrough(proxy, one)
  const random = chance()
  await load.handles(200)
  const end = Date.now() + atScale(4_000, 60_000)
  while (Date.now() < end) {
    await sleep(100 + random() * 700)
    proxy.cut()
  }
  one.faultEnded()
  await one.recovered()
  expect(load.states.filter(({ state }) => state === 'down').length).toBeGreaterThan(4)
})

faultCase('half-open: both directions swallowed', async (one) => {
  const proxy = await one.proxy(node.url)
  const load = await loadThrough(proxy, one, { heartbeat_timeout_threshold: 2 })
  for (let round = 0; round < atScale(1, 5); round += 1) {
    await load.handles(400)
    const before = load.states.length
    proxy.hold()
    // Nothing says that the connection is gone: two intervals without a sign of life do.
    await bothAreLost(load, before)
    expect(['down', 'connecting']).toContain(load.publishing.health().state)
    expect(load.publishing.health().consumers?.live).toBe(0)
    proxy.release()
    one.faultEnded()
    await one.recovered()
  }
})

faultCase('half-open: only what the broker says is swallowed', async (one) => {
  const proxy = await one.proxy(node.url)
  const load = await loadThrough(proxy, one, { heartbeat_timeout_threshold: 2 })
  await load.handles(400)
  const before = load.states.length
  // Of the connections that are open now; those made after it are well.
  proxy.holdAnswers()
  await bothAreLost(load, before)
  proxy.release()
  one.faultEnded()
  await one.recovered()
})

faultCase('a link that only trickles', async (one) => {
  const proxy = await one.proxy(node.url)
  const buffered = 1_000
  const load = await loadThrough(
    proxy,
    one,
    { bufferMessages: buffered },
    { rate: 'full', window: 3_000, bytes: 4_000, notify: { timeout: 0 } },
  )
  await load.handles(3_000)
  const memory = process.memoryUsage.rss()
  proxy.bytesPerSecond = 100_000
  const before = load.ledger.handled
  await sleep(atScale(4_000, 60_000))
  expect(load.ledger.handled).toBeGreaterThan(before)
  // Callers wait, with bytes of their own; it is still up, since it moves.
  expect(load.publishing.health()).toMatchObject({ state: 'up', pendingSends: 3_000 })
  expect(process.memoryUsage.rss() - memory).toBeLessThan(64 * 1_048_576)
  proxy.bytesPerSecond = undefined
  one.faultEnded()
  await one.recovered()
})

faultCase('a reset in the middle of a frame', async (one) => {
  const proxy = await one.proxy(node.url)
  const frames = new Frames(proxy)
  const load = await loadThrough(proxy, one, {}, { bytes: 20_000, rate: 100 })
  const places = (['method', 'header', 'body'] as const).flatMap(
    (kind): [FrameKind, 'client' | 'broker'][] => [
      [kind, 'client'],
      [kind, 'broker'],
    ],
  )
  for (let round = 0; round < atScale(1, 10); round += 1) {
    for (const [kind, from] of places) {
      await load.handles(20)
      const { cuts } = frames
      frames.cutInside(kind, from)
      await until(() => frames.cuts > cuts)
      one.faultEnded()
      await one.recovered()
    }
  }
})

faultCase('bytes from the broker that are no frame', async (one) => {
  const proxy = await one.proxy(node.url)
  const load = await loadThrough(proxy, one)
  const random = chance()
  for (let round = 0; round < atScale(3, 30); round += 1) {
    await load.handles(100)
    const before = load.states.length
    const bytes = Buffer.from(Array.from({ length: 64 }, () => Math.floor(random() * 256)))
    // Once they look like the head of a frame of 1 MiB, whose rest would be waited for.
    if (round === 0) bytes.writeUInt32BE(1_048_576, 3)
    proxy.inject(bytes)
    await until(() => load.states.slice(before).some(({ state }) => state === 'down'), 30_000)
    one.faultEnded()
    await one.recovered()
  }
})
