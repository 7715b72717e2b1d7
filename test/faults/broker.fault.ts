/** A broker that dies, stops and stands still, while notifications are published to it and consumed from it. */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect } from '@jest/globals'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import { until } from '../support/until.js'
import { atScale } from './support/campaign.js'
import { faultCase } from './support/case.js'

let node: RabbitNode

beforeAll(async () => {
  node = await RabbitNode.start()
}, 120_000)

afterAll(() => node.remove(), 60_000)

faultCase('kill -9 of the broker and restart', async (one) => {
  const load = await one.load({
    publish: node.url,
    rate: 400,
    work: (number) => (number % 10 === 0 ? sleep(10) : undefined),
  })
  for (let round = 0; round < atScale(2, 10); round += 1) {
    await load.handles(400)
    await node.kill()
    await until(() => ['down', 'connecting'].includes(load.publishing.health().state))
    expect(load.publishing.health().lastError).toMatch(/lost|could be reached/)
    await node.restart()
    one.faultEnded()
    await one.recovered()
  }
  expect(load.listener?.stats().driver.stale).toBeGreaterThanOrEqual(0)
})
