/** An agent, as a process, that waits for its broker: it answers meanwhile, and ends when it is told to. */
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { connect } from 'amqplib'

import { PRIORITIES } from '../../../src/index.js'
import { codeOf, kill, type RunningAgent, servingAgent, startTocsin, tocsinHere } from '../../cli/tocsin.js'
import { brokerUrl, TcpProxy } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'

const TIMEOUT = 60_000

let folder: string
let proxy: TcpProxy
let children: ChildProcess[]
let topics: string[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-starting-'))
  children = []
  topics = []
  proxy = await TcpProxy.start()
  await proxy.refuse()
})

afterEach(async () => {
  for (const child of children) await kill(child)
  await proxy.close()
  await removeDeadLetters()
  rmSync(folder, { recursive: true })
})

/** All else goes with the agent: amqp_auto_delete. */
async function removeDeadLetters(): Promise<void> {
  const connection = await connect(brokerUrl)
  const channel = await connection.createChannel()
  for (const topic of topics)
    for (const priority of PRIORITIES) await channel.deleteQueue(`${topic}.${priority}.dead`)
  await connection.close()
}

function broker(): string {
  return proxy.url('?amqp_auto_delete=true').replace(/^amqp/, 'rabbit')
}

function writeConfig(more: object = {}): string {
  const path = join(folder, 'agent.json')
  const name = `starting-${randomUUID().slice(0, 8)}`
  topics.push(name)
  const config = {
    messaging: { urls: broker(), exchanges: [name], topics: [name] },
    meters: { definitions: { metric: [] } },
    events: false,
    pipeline: {
      sources: [{ name: 's', meters: ['*'], sinks: ['k'] }],
      sinks: [{ name: 'k', publishers: ['test://'], transformers: [{ name: 'delta' }] }],
    },
    status: { port: 0 },
    watch: false,
    ...more,
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

async function run(path: string): Promise<RunningAgent> {
  const child = startTocsin(['agent', 'run', '--config', path])
  children.push(child)
  return servingAgent(child)
}

async function health(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${url}/health`)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function waitsFor(url: string, what: string): Promise<void> {
  await until(async () => String((await health(url)).body['waitsFor']).includes(what), 10_000)
}

/** Milliseconds until it has ended after a SIGTERM, which must be in order. */
async function timeToEnd(child: ChildProcess): Promise<number> {
  const before = performance.now()
  child.kill('SIGTERM')
  expect(await codeOf(child)).toBe(0)
  return performance.now() - before
}

test(
  'it says that it starts and what it waits for, then that it listens',
  async () => {
    const { child, url } = await run(writeConfig())
    await waitsFor(url, 'the broker of ')
    expect(await health(url)).toMatchObject({
      status: 503,
      body: {
        isHealthy: false,
        state: 'starting',
        waitsFor: [expect.stringMatching(/^the broker of rabbit:\/\/guest:\*+@127\.0\.0\.1:/)],
      },
    })
    const status = await tocsinHere(['agent', 'status', '--url', url])
    expect([status.code, status.stdout]).toEqual([
      1,
      expect.stringMatching(/^agent +starting, waits for the broker of rabbit:/),
    ])
    expect((await fetch(url)).status).toBe(200)
    expect(await (await fetch(`${url}/live`)).json()).toMatchObject({ state: 'starting', deadLetters: [] })
    await proxy.listen()
    await until(async () => (await health(url)).status === 200, 30_000)
    expect((await health(url)).body).toMatchObject({ isHealthy: true, state: 'running', waitsFor: [] })
    expect(await timeToEnd(child)).toBeLessThan(5_000)
  },
  TIMEOUT,
)

test.each([
  ['listeners', {}, 'the broker of '],
  [
    'partitions that it finds with others',
    { partition: { partitions: 2 } },
    'its partitions at the broker of ',
  ],
  [
    'partitions of its own',
    { partition: { partitions: 2, own: [0, 1] } },
    'its partitions at the broker of ',
  ],
])(
  'told to end while the broker keeps %s waiting, it ends',
  async (_, more, what) => {
    const { child, url } = await run(writeConfig(more))
    await waitsFor(url, what)
    expect(await timeToEnd(child)).toBeLessThan(4_000)
  },
  TIMEOUT,
)

test(
  'a reload to a broker that is away is told at the same address, and is ended by SIGTERM',
  async () => {
    const path = writeConfig({ messaging: { urls: 'memory://starting' } })
    const { child, url } = await run(path)
    await until(async () => (await health(url)).status === 200)
    writeConfig()
    child.kill('SIGHUP')
    await waitsFor(url, 'the broker of ')
    expect(await health(url)).toMatchObject({ status: 503, body: { state: 'reloading' } })
    await proxy.listen()
    await until(async () => (await health(url)).status === 200, 30_000)

    await proxy.refuse()
    writeConfig()
    child.kill('SIGHUP')
    await waitsFor(url, 'the broker of ')
    expect(await timeToEnd(child)).toBeLessThan(5_000)
  },
  TIMEOUT,
)
