import { randomUUID } from 'node:crypto'

import { describe, expect, test } from '@jest/globals'

import { Partitioning } from '../../../src/agent/partition/partitioning.js'
import { partitionOf } from '../../../src/agent/partition/placement.js'
import { loadSamplePipelines } from '../../../src/agent/pipeline/load.js'
import { ConfigurationError, getTransport, Notifier } from '../../../src/index.js'
import { until } from '../../support/until.js'
import { sample } from '../pipeline/support/data.js'
import { Receivers } from '../pipeline/support/receiver.js'
import { Agent, FILE, owned, results, round, shares } from './support/agent.js'

describe('partitioning over memory://', () => {
  test('brings all samples of a resource to the agent that has its partition', async () => {
    const url = `memory://${randomUUID()}`
    const agents = [
      new Agent(url, { partitions: 4, own: [0, 1] }),
      new Agent(url, { partitions: 4, own: [2, 3] }),
    ] as const
    await Promise.all(agents.map(({ partitioning }) => partitioning.start()))
    // Each half of a round comes through another agent, in turns: alone, neither would see two of a resource.
    for (const number of [0, 1, 2]) {
      const samples = round(number)
      await agents[number % 2 === 0 ? 0 : 1].pipelines.publish(samples.slice(0, 10))
      await agents[number % 2 === 0 ? 1 : 0].pipelines.publish(samples.slice(10))
    }
    await until(() => results(agents).length === 40)
    expect(results(agents).map(({ name, volume }) => [name, volume])).toEqual(
      Array.from({ length: 40 }, () => ['rate', 1]),
    )
    for (const [index, agent] of agents.entries())
      for (const { resource_id } of agent.rates.taken.flat())
        expect(Math.floor(partitionOf(resource_id, 4) / 2)).toBe(index)
    // What has no transformers goes its straight way.
    expect(agents.map(({ plain }) => plain.taken.flat().length)).toEqual([30, 30])
    expect(agents[0].partitioning.stats).toMatchObject({
      partitions: 4,
      owned: [0, 1],
      members: [],
      failed: 0,
    })
    expect(agents[0].partitioning.stats.sent + agents[1].partitioning.stats.sent).toBe(60)
    await Promise.all(agents.map((agent) => agent.end()))
  })

  test('sends again only what a sink did not take, and transformers see it once', async () => {
    const agent = new Agent(`memory://${randomUUID()}`, { partitions: 1, own: [0], retry: { delay: 1 } })
    await agent.partitioning.start()
    await agent.pipelines.publish(round(0))
    agent.rates.fail()
    await agent.pipelines.publish(round(1))
    await until(() => agent.rates.calls >= 2)
    agent.rates.failure = undefined
    await until(() => results([agent]).length === 20)
    expect(new Set(results([agent]).map(({ volume }) => volume))).toEqual(new Set([1]))
    await agent.end()
  })

  test('keeps integers beyond 2^53', async () => {
    const agent = new Agent(`memory://${randomUUID()}`, { partitions: 2, own: [0, 1] })
    await agent.partitioning.start()
    const at = (minute: number): string => new Date(Date.UTC(2026, 10, 24, 12, minute)).toISOString()
    await agent.pipelines.publish([
      sample({ volume: 9_007_199_254_740_993n, timestamp: at(0), type: 'cumulative' }),
    ])
    await agent.pipelines.publish([
      sample({ volume: 9_007_199_254_741_053n, timestamp: at(1), type: 'cumulative' }),
    ])
    await until(() => results([agent]).length === 1)
    expect(results([agent])[0]?.volume).toBe(1)
    await agent.end()
  })

  test('waits in the queue of a partition that nobody has', async () => {
    const url = `memory://${randomUUID()}`
    const first = new Agent(url, { partitions: 1, own: [] })
    await first.partitioning.start()
    await first.pipelines.publish(round(0))
    await first.pipelines.publish(round(1))
    const second = new Agent(url, { partitions: 1, own: [0] })
    await second.partitioning.start()
    await until(() => results([second]).length === 20)
    await first.end()
    await second.end()
  })

  test('divides the partitions among the agents that are there, and again when one leaves', async () => {
    const url = `memory://${randomUUID()}`
    const make = (): Agent => new Agent(url, { partitions: 6, heartbeat: 50 })
    const agents = [make(), make(), make()]
    await Promise.all(agents.map(({ partitioning }) => partitioning.start()))
    await until(() => shares(agents).join() === '2,2,2')
    expect(owned(agents)).toEqual([0, 1, 2, 3, 4, 5])
    await agents.pop()?.end()
    await until(() => shares(agents).join() === '3,3')
    for (const number of [0, 1]) await agents[number]?.pipelines.publish(round(number))
    await until(() => results(agents).length === 20)
    await Promise.all(agents.map((agent) => agent.end()))
  })

  test('tells all that is wrong with its options', () => {
    const { pipelines } = loadSamplePipelines(FILE, { makePublisher: new Receivers().make })
    const transport = getTransport('memory://options')
    const make = (): unknown =>
      pipelines &&
      new Partitioning(pipelines, transport, { partitions: 0, own: [7], heartbeat: 1, group: '' })
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow("'partitions' is an integer from 1 to 256; found 0")
    expect(make).toThrow("'group' is a name")
  })

  test('refuses what is no parcel, to the dead letters', async () => {
    const agent = new Agent(`memory://${randomUUID()}`, { partitions: 1, own: [0] })
    await agent.partitioning.start()
    const topic = 'tocsin-pipe-cpu:rates-0'
    const notifier = new Notifier(agent.transport, { topics: [topic], exchange: 'tocsin' })
    for (const payload of [
      null,
      {},
      { pipeline: 'x', id: '1', samples: [] },
      { pipeline: 'cpu:rates', id: '2', text: '[' },
    ])
      await notifier.sample(null, 'tocsin.pipeline', payload)
    const [dead] = agent.partitioning.deadLetters()
    await until(async () => (await dead?.list())?.length === 4)
    expect((await dead?.list())?.map(({ reason }) => reason)).toEqual([
      'it is no parcel of samples',
      'it is no parcel of samples',
      "no pipeline of this agent is named 'x' and has transformers",
      'it is no parcel of samples',
    ])
    expect(agent.partitioning.stats.lanes['0']?.handled).toBe(0)
    await agent.end()
  })
})
