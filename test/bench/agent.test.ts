/** The bench of the agent feeds both sides the same, and counts right what comes out. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, test } from '@jest/globals'

import { loadMeters } from '../../src/agent/index.js'

const load = (path: string) => import(new URL(`../../bench/${path}`, import.meta.url).href)
const { furtherDefinitions, golden, groups, isForTheQueue, readGolden, wireBody } =
  await load('agent/golden.mjs')
const { LineCounter } = await load('agent/lines.mjs')
const { agents } = await load('agent/agents.mjs')
const { AgentProcess } = await load('agent/agent-process.mjs')
const { goals } = await load('agent/goals.mjs')
const { conversions, DEFINITIONS, endToEnd, growth } = await load('agent/scenarios.mjs')

const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-agent-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('what is fed in', () => {
  test('is as many notifications as the page says', () => {
    const cases = readGolden()
    const numbers = [groups.all, groups.measured, isForTheQueue].map((is) => cases.filter(is).length)
    expect(numbers).toEqual([309, 43, 272])
  })

  test('fills batches of 100 to the last, so that none waits for more', () => {
    const count = readGolden().filter(isForTheQueue).length
    for (const { passes } of endToEnd.contenders) expect((count * passes) % 100).toBe(0)
  })

  test('is on the wire as oslo.messaging has it, each time with ids of its own', () => {
    const [{ notification }] = readGolden()
    const read = () => JSON.parse(JSON.parse(wireBody(notification).toString())['oslo.message'])
    const [one, other] = [read(), read()]
    expect(one).toMatchObject({
      event_type: notification.event_type,
      priority: notification.priority.toUpperCase(),
      payload: notification.payload,
      timestamp: notification.metadata.timestamp,
    })
    for (const [key, value] of Object.entries(notification.ctxt))
      expect(one[`_context_${key}`]).toEqual(value)
    for (const key of ['_unique_id', 'message_id']) expect(one[key]).not.toBe(other[key])
  })

  test('are as many definitions as are said, all of them sound', () => {
    const few = { file: 'meters.yaml', text: readFileSync(golden.meters, 'utf8') }
    const more = { file: 'more.yaml', text: furtherDefinitions(DEFINITIONS.many - DEFINITIONS.few) as string }
    expect(loadMeters([few]).definitions).toHaveLength(DEFINITIONS.few)
    const { definitions, problems } = loadMeters([few, more])
    expect(definitions).toHaveLength(DEFINITIONS.many)
    expect(problems.filter(({ file }) => file === 'more.yaml')).toEqual([])
  })

  test('goes to the same files from both agents', () => {
    const place = { folder, url: 'amqp://guest:guest@127.0.0.1:1/' }
    expect(agents.tocsin(place).sinks).toEqual(agents.ceilometer(place).sinks)
    const settings = readFileSync(`${folder}/ceilometer.conf`, 'utf8')
    expect(settings).toContain('transport_url = rabbit://guest:guest@127.0.0.1:1//\n')
    expect(JSON.parse(readFileSync(`${folder}/pipeline.yaml`, 'utf8')).sources[0].meters).toEqual(['*'])
  })
})

test('lines are counted as files come and grow, and only when they are whole', () => {
  const paths = [`${folder}/one`, `${folder}/other`]
  const lines = new LineCounter(paths)
  expect(lines.count()).toBe(0)
  appendFileSync(paths[0] as string, 'a\nb\nhalf')
  expect(lines.count()).toBe(2)
  appendFileSync(paths[0] as string, ' and whole\n')
  appendFileSync(paths[1] as string, '\n')
  expect(lines.count()).toBe(4)
  expect(lines.count()).toBe(4)
  lines.close()
})

test('an agent is measured with the processes that it starts, and none of them outlives it', async () => {
  const spin = 'for (const end = Date.now() + 150; Date.now() < end; );'
  const script = `require('node:child_process').spawnSync(process.execPath, ['-e', '${spin} setInterval(() => {}, 1000)'])`
  const agent = new AgentProcess({ command: [process.execPath, '-e', script] }, `${folder}/log`)
  for (let cpuUs = 0; cpuUs < 150_000; cpuUs = agent.cpuUs) {
    expect(agent.isRunning).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  agent.pause()
  expect(agent.peakMiB).toBeGreaterThan(50)
  const standing = agent.cpuUs
  expect(agent.cpuUs).toBe(standing)
  agent.resume()
  await agent.stop()
  expect(agent.isRunning).toBe(false)
  while (agent.cpuUs > 0) await new Promise((resolve) => setTimeout(resolve, 10))
})

test('each goal is of runs that there are', () => {
  const contenders: Record<string, string[]> = Object.fromEntries([
    ...conversions.map(({ name }: { name: string }) => [name, ['tocsin', 'ceilometer']]),
    ...growth.map(({ name }: { name: string }) => [
      name,
      Object.values<number>(DEFINITIONS).map((count) => `definitions-${count}`),
    ]),
    [endToEnd.name, endToEnd.contenders.map(({ name }: { name: string }) => name)],
  ])
  for (const goal of goals) {
    const runs = contenders[goal.scenario]?.map((contender) => ({
      round: 1,
      contender,
      messages: 10,
      ms: 1,
      userUs: 5,
      systemUs: 5,
    }))
    expect([goal.work, goal.measure(runs)?.median]).toEqual([goal.work, 1])
  }
})
