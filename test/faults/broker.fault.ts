/** A broker that dies, stops and stands still, while notifications are published to it and consumed from it. */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect } from '@jest/globals'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import { until } from '../support/until.js'
import { atScale } from './support/campaign.js'
import { faultCase } from './support/case.js'
import type { Load } from './support/load.js'
import { quick, withOptions } from './support/operator.js'

let node: RabbitNode

beforeAll(async () => {
  node = await RabbitNode.start()
}, 120_000)

afterAll(() => node.remove(), 60_000)

/** Some handlers take a while, so that messages are in hand when the fault comes. */
const work = (number: number): Promise<void> | undefined => (number % 10 === 0 ? sleep(10) : undefined)

async function seesTheBrokerGone(load: Load, within: number): Promise<void> {
  await until(() => ['down', 'connecting'].includes(load.publishing.health().state), within)
  expect(load.publishing.health().lastError).toMatch(/was lost|could be reached/)
  await until(() => load.publishing.health().consumers?.live === 0)
  expect(load.listener?.stats().driver.isLive).toBe(false)
}

faultCase('kill -9 of the broker and restart', async (one) => {
  const load = await one.load({ publish: node.url, rate: 400, work })
  for (let round = 0; round < atScale(1, 10); round += 1) {
    await load.handles(400)
    await node.kill()
    await seesTheBrokerGone(load, 5_000)
    await node.restart()
    one.faultEnded()
    await one.recovered()
  }
})

faultCase('kill -9 of the broker under as much load as it takes', async (one) => {
  const load = await one.load({ publish: withOptions(node.url, quick), rate: 'full', work })
  for (let round = 0; round < atScale(1, 5); round += 1) {
    await load.handles(5_000)
    await node.kill()
    await seesTheBrokerGone(load, 5_000)
    await node.restart()
    one.faultEnded()
    await one.recovered()
  }
})

faultCase('polite stop of the broker and restart', async (one) => {
  const load = await one.load({ publish: withOptions(node.url, quick), rate: 400, work })
  for (let round = 0; round < atScale(1, 5); round += 1) {
    await load.handles(400)
    await node.shutDown()
    await seesTheBrokerGone(load, 5_000)
    await node.restart()
    one.faultEnded()
    await one.recovered()
  }
})

faultCase('SIGSTOP of the broker, shorter than the heartbeat', async (one) => {
  const load = await one.load({
    publish: withOptions(node.url, { ...quick, heartbeat_timeout_threshold: 4 }),
    work,
  })
  await load.handles(200)
  const before = load.states.length
  node.pause()
  one.atEnd(async () => node.resume())
  await sleep(2_000)
  node.resume()
  one.faultEnded()
  await one.recovered()
  // It was late, and nothing more: no link was given up.
  expect(load.states.slice(before)).toEqual([])
})

faultCase('SIGSTOP of the broker, longer than the heartbeat', async (one) => {
  const load = await one.load({
    publish: withOptions(node.url, { ...quick, heartbeat_timeout_threshold: 2 }),
    work,
  })
  await load.handles(200)
  node.pause()
  one.atEnd(async () => node.resume())
  const since = Date.now()
  // Two intervals without a sign of life.
  await seesTheBrokerGone(load, 10_000)
  await sleep(atScale(8_000, 30_000) - (Date.now() - since))
  node.resume()
  one.faultEnded()
  await one.recovered()
})
