/** Partitions on a RabbitMQ node of the test's own, which it may kill. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

import { RabbitNode } from '../../../scripts/rabbit-node.mjs'
import { TcpProxy } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'
import { Agent, owned, results, round, shares } from './support/agent.js'

const folders = ['/usr/lib/rabbitmq/bin', ...(process.env['PATH'] ?? '').split(delimiter)]
const isInstalled = folders.some((folder) => existsSync(join(folder, 'rabbitmq-server')))
const described = isInstalled ? describe : describe.skip
const TIMEOUT = 120_000

described('partitioning over RabbitMQ', () => {
  let node: RabbitNode

  beforeAll(async () => {
    node = await RabbitNode.start()
  }, TIMEOUT)

  afterAll(() => node.remove(), TIMEOUT)

  test(
    'follows agents that come, are cut off and return, and leaves nothing of them behind',
    async () => {
      const make = (url = node.url): Agent =>
        new Agent(url, { partitions: 6, heartbeat: 100, group: 'moving' })
      const agents = [make(), make()]
      await Promise.all(agents.map(({ partitioning }) => partitioning.start()))
      await until(() => shares(agents).join() === '3,3')
      for (const number of [0, 1]) await agents[number]?.pipelines.publish(round(number))
      await until(() => results(agents).length === 20, 20_000)

      const proxy = await TcpProxy.start(node.url)
      const third = make(proxy.url('', node.url))
      await third.partitioning.start()
      await until(() => shares([...agents, third]).join() === '2,2,2', 20_000)
      expect(owned([...agents, third])).toEqual([0, 1, 2, 3, 4, 5])

      // It says no word any more: the others take over after five beats.
      await proxy.refuse()
      await until(() => shares(agents).join() === '3,3', 20_000)
      const before = results(agents).length
      for (const number of [2, 3, 4]) await agents[number % 2]?.pipelines.publish(round(number))
      // Partitions that changed hands miss one rate at most.
      await until(() => results(agents).length >= before + 40, 20_000)
      for (const { volume } of results(agents)) expect(volume).toBe(1)

      await proxy.listen()
      await until(() => shares([...agents, third]).join() === '2,2,2', 30_000)
      expect(owned([...agents, third])).toEqual([0, 1, 2, 3, 4, 5])

      await Promise.all([...agents, third].map((agent) => agent.end()))
      await proxy.close()
      await until(async () => !(await node.ctl('list_queues', 'name')).includes('tocsin-agents'), 20_000)
      const queues = await node.ctl('list_queues', 'name', 'messages')
      expect(queues.match(/tocsin-pipe-cpu:rates-\d\.sample\t0/g)).toHaveLength(6)
    },
    TIMEOUT,
  )

  test(
    'loses nothing when the broker is killed',
    async () => {
      const make = (): Agent => new Agent(node.url, { partitions: 4, heartbeat: 100, group: 'killed' })
      const agents = [make(), make()]
      await Promise.all(agents.map(({ partitioning }) => partitioning.start()))
      await until(() => shares(agents).join() === '2,2')
      await agents[0]?.pipelines.publish(round(0))
      await until(
        () => agents.reduce((sum, { partitioning }) => sum + handled(partitioning.stats.lanes), 0) >= 4,
      )
      await node.kill()
      const publishing = [1, 2, 3].map(async (number) => {
        await agents[number % 2]?.pipelines.publish(round(number))
      })
      await node.restart()
      await Promise.all(publishing)
      // Each resource has its latest rate, from whichever samples were in order.
      const latest = (): number =>
        new Set(
          results(agents)
            .filter(({ timestamp }) => timestamp === round(3)[0]?.timestamp)
            .map(({ resource_id }) => resource_id),
        ).size
      await until(() => latest() === 20, 60_000)
      await until(() => shares(agents).join() === '2,2', 20_000)
      await Promise.all(agents.map((agent) => agent.end()))
    },
    TIMEOUT,
  )
})

function handled(lanes: Readonly<Record<string, { readonly handled: number }>>): number {
  return Object.values(lanes).reduce((sum, lane) => sum + lane.handled, 0)
}
