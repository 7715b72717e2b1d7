/** `tocsin agent run` over a real broker ends when it is told to, whatever hangs; what was not acknowledged comes again. */
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { connect } from 'amqplib'

import { getTransport, Notifier, PRIORITIES, silentLogger } from '../../src/index.js'
import { HttpReceiver } from '../agent/publishers/http-receiver.js'
import { brokerUrl, TcpProxy } from '../support/tcp-proxy.js'
import { until } from '../support/until.js'
import { type Collected, codeOf, collect, kill, startTocsin } from './tocsin.js'

const TIMEOUT = 60_000
/** Seconds. */
const STOP_TIMEOUT = 1

let folder: string
let name: string
let children: ChildProcess[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-stop-'))
  name = `stop-${randomUUID().slice(0, 8)}`
  children = []
})

afterEach(async () => {
  for (const child of children) await kill(child)
  const connection = await connect(brokerUrl)
  const channel = await connection.createChannel()
  for (const priority of PRIORITIES)
    for (const end of ['', '.dead']) await channel.deleteQueue(`${name}.${priority}${end}`)
  await channel.deleteExchange(name)
  await connection.close()
  rmSync(folder, { recursive: true })
})

const OPEN_TIMER = 'setInterval(() => {}, 1_000)'
const PLUGIN = `
export default {
  name: 'things',
  eventTypes: ['thing'],
  *processNotification({ payload }) {
    yield { name: 'thing', type: 'gauge', unit: 'thing', volume: payload.size, resource_id: 'r' }
  },
}
`

interface Started {
  readonly child: ChildProcess
  readonly stderr: Collected
}

/** Resolves when it listens. `plugin`: what else its module does. */
async function run(
  publisher: string,
  { plugin = '', urls = brokerUrl, stopTimeout = STOP_TIMEOUT } = {},
): Promise<Started> {
  writeFileSync(join(folder, 'plugin.mjs'), `${plugin}${PLUGIN}`)
  const path = join(folder, 'agent.json')
  const config = {
    messaging: { urls: urls.replace(/^amqp/, 'rabbit'), exchanges: [name], topics: [name] },
    meters: false,
    events: false,
    plugins: ['plugin.mjs'],
    handlers: [],
    pipeline: {
      sources: [{ name: 's', meters: ['*'], sinks: ['k'] }],
      sinks: [{ name: 'k', publishers: [publisher] }],
    },
    stopTimeout,
    watch: false,
  }
  writeFileSync(path, JSON.stringify(config))
  const child = startTocsin(['agent', 'run', '--config', path])
  children.push(child)
  const stderr = collect(child, 'stderr')
  await until(() => stderr.text.includes('the agent listens') || child.exitCode !== null, 20_000)
  expect(stderr.text).toContain('the agent listens')
  return { child, stderr }
}

async function notify(...sizes: readonly number[]): Promise<void> {
  await using transport = getTransport(brokerUrl.replace(/^amqp/, 'rabbit'), { logger: silentLogger })
  const notifier = new Notifier(transport, { publisherId: 'test', topics: [name], exchange: name })
  for (const size of sizes) await notifier.info({}, 'thing.made', { size })
}

/** Milliseconds from SIGTERM to its end, and its exit code. */
async function stopped({ child }: Started): Promise<{ readonly code: number | null; readonly took: number }> {
  const before = performance.now()
  child.kill('SIGTERM')
  const code = await codeOf(child)
  return { code, took: performance.now() - before }
}

/** The time that it gives, and a moment. */
const MOST = (STOP_TIMEOUT + 6 + 3) * 1_000

function volumesOf({ bodies }: HttpReceiver): readonly number[] {
  return bodies
    .flatMap((samples: readonly { volume: number }[]) => samples.map(({ volume }) => volume))
    .sort((one, other) => one - other)
}

test(
  'a receiver that never answers: it says what it gives back, and that comes again',
  async () => {
    await using hanging = await HttpReceiver.start(() => ({ hang: true }))
    const agent = await run(`http://${hanging.place}/in?timeout=3600`)
    await notify(1, 2, 3)
    await until(() => hanging.requests.length > 0)
    const { code, took } = await stopped(agent)
    expect(code).toBe(0)
    expect(took).toBeLessThan(MOST)
    expect(agent.stderr.text).toMatch(/3 messages were still in hand after \d+ ms and are given back/)
    expect(agent.stderr.text).toMatch(/did not take 3; the notification is to come again/)
    await using receiver = await HttpReceiver.start()
    const next = await run(`http://${receiver.place}/in`)
    await until(() => volumesOf(receiver).length >= 3)
    expect(volumesOf(receiver)).toEqual([1, 2, 3])
    expect(await stopped(next)).toMatchObject({ code: 0 })
  },
  TIMEOUT,
)

test(
  'a plug-in that keeps the event loop alive: all is done, and it says why it leaves',
  async () => {
    await using receiver = await HttpReceiver.start()
    const agent = await run(`http://${receiver.place}/in`, { plugin: OPEN_TIMER })
    await notify(1)
    await until(() => receiver.requests.length > 0)
    const { code, took } = await stopped(agent)
    expect(code).toBe(0)
    expect(took).toBeLessThan(MOST)
    expect(agent.stderr.text).toMatch(
      /something keeps the process alive \(.*Timeout.*\).*plug-in; it ends now\n$/,
    )
  },
  TIMEOUT,
)

test(
  'a broker that falls silent while a receiver hangs',
  async () => {
    const proxy = await TcpProxy.start()
    await using hanging = await HttpReceiver.start(() => ({ hang: true }))
    const agent = await run(`http://${hanging.place}/in?timeout=3600`, {
      plugin: OPEN_TIMER,
      urls: proxy.url(),
    })
    await notify(1)
    await until(() => hanging.requests.length > 0)
    proxy.hold()
    const { code, took } = await stopped(agent)
    proxy.release()
    await proxy.close()
    expect(code).toBe(1)
    expect(took).toBeLessThan(MOST)
    expect(agent.stderr.text).toMatch(
      /the agent did not stop within 7 s: what was not acknowledged comes again from the broker\n$/,
    )
    await using receiver = await HttpReceiver.start()
    const next = await run(`http://${receiver.place}/in`)
    await until(() => volumesOf(receiver).length > 0)
    expect(volumesOf(receiver)).toEqual([1])
    expect(await stopped(next)).toMatchObject({ code: 0 })
  },
  TIMEOUT,
)

test(
  'a plug-in that keeps the event loop alive does not hold up a start that failed either',
  async () => {
    writeFileSync(join(folder, 'plugin.mjs'), `${OPEN_TIMER}${PLUGIN}`)
    const path = join(folder, 'agent.json')
    const config = { messaging: { urls: 'memory://x' }, plugins: ['plugin.mjs'], pipeline: { sources: [{}] } }
    writeFileSync(path, JSON.stringify(config))
    const child = startTocsin(['agent', 'run', '--config', path])
    children.push(child)
    expect(await codeOf(child)).toBe(1)
  },
  TIMEOUT,
)

test(
  'a second signal ends it at once, and it says what comes again',
  async () => {
    await using hanging = await HttpReceiver.start(() => ({ hang: true }))
    const agent = await run(`http://${hanging.place}/in?timeout=3600`, { stopTimeout: 3_600 })
    await notify(1)
    await until(() => hanging.requests.length > 0)
    agent.child.kill('SIGTERM')
    // It takes nothing new, and goes on with what is in hand: nothing tells when it has heard the first.
    await until(() => {
      agent.child.kill('SIGINT')
      return agent.child.exitCode !== null
    })
    expect(agent.child.exitCode).toBe(1)
    expect(agent.stderr.text).toMatch(/was told twice to stop: what was not acknowledged comes again/)
  },
  TIMEOUT,
)
