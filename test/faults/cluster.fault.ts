/** A cluster of three nodes, of which one after another dies. */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect } from '@jest/globals'

import { type RabbitNode, startCluster } from '../../scripts/rabbit-node.mjs'
import { until } from '../support/until.js'
import { atScale } from './support/campaign.js'
import { faultCase } from './support/case.js'
import { Load } from './support/load.js'
import { quick, withOptions } from './support/operator.js'

let nodes: RabbitNode[]

beforeAll(async () => {
  nodes = await startCluster(3)
}, 300_000)

afterAll(() => Promise.all(nodes.map((node) => node.remove())), 60_000)

const work = (number: number): Promise<void> | undefined => (number % 10 === 0 ? sleep(10) : undefined)

/** All hosts in one URL. */
function clusterUrl(options: Readonly<Record<string, string | number>>): string {
  const hosts = nodes.map(({ port }) => `guest:guest@127.0.0.1:${port}`)
  return withOptions(`rabbit://${hosts.join(',')}/`, { ...quick, ...options })
}

faultCase('three nodes with quorum queues, each killed -9 in turn', async (one) => {
  const load = await one.load({ publish: clusterUrl({ queueType: 'quorum' }), work, topics: 1 })
  for (let round = 0; round < atScale(1, 5); round += 1) {
    for (const node of nodes) {
      await load.handles(200)
      await node.kill()
      one.faultEnded()
      // With two nodes of three work goes on, long before the third is back.
      await one.recovered(40_000)
      await load.handles(200)
      await node.restart()
      await load.handles(200)
      await areInSync(node)
    }
  }
})

faultCase('a classic queue whose node is killed -9, in a cluster', async (one) => {
  const [home] = nodes as [RabbitNode]
  // Declared by way of the first node, the queues live on it.
  const first = await Load.start({ publish: withOptions(home.url, quick), topics: 1, count: 6 })
  one.atEnd(() => first.close())
  await first.finish()
  await first.close()
  const load = await one.load({ publish: clusterUrl({}), queuesOf: first, work })
  await load.handles(200)
  await home.kill()
  await until(() => load.troubles.some(({ message }) => /down or inaccessible/.test(message)), 30_000)
  expect(load.listener?.stats().driver.isLive).toBe(false)
  expect(load.publishing.health().consumers).toEqual({ wanted: 3, live: 0 })
  await sleep(atScale(1_000, 20_000))
  await home.restart()
  one.faultEnded()
  await one.recovered()
  await until(() => load.listener?.stats().driver.isLive === true)
  expect(load.rejections.size).toBe(0)
})

/** A majority holds what was confirmed, and not each node does: one that is back has to catch up before the next may die. */
async function areInSync(node: RabbitNode): Promise<void> {
  const critical = 'length(rabbit_quorum_queue:list_with_minimum_quorum()).'
  await until(async () => (await node.ctl('eval', critical)).trim() === '0', 60_000)
}
