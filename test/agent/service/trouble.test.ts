/** The agent in trouble, over memory://: sinks that refuse, hang or are away, and a new configuration in the midst of it. Nothing is lost, and nothing comes twice. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterEach, beforeEach, expect, test } from '@jest/globals'

import type { AgentConfig } from '../../../src/agent/config/agent-config.js'
import { PublishFailure } from '../../../src/agent/publishers/publish-failure.js'
import type { PublisherSurroundings } from '../../../src/agent/publishers/publisher-context.js'
import { registerPublisher } from '../../../src/agent/publishers/registry.js'
import { type AgentOptions, NotificationAgent } from '../../../src/agent/service/agent.js'
import {
  getBatchNotificationListener,
  getTransport,
  Notifier,
  silentLogger,
  Target,
  type Transport,
} from '../../../src/index.js'

/** What a publisher of `trouble://name` does. */
class Receiver {
  readonly volumes: unknown[] = []
  readonly names: (string | null)[] = []
  readonly events: string[] = []
  calls = 0
  opens: (() => Promise<void>) | undefined
  answer: (volumes: readonly unknown[]) => 'taken' | 'failed' | 'refused' | 'hangs' = () => 'taken'

  async take(volumes: readonly unknown[]): Promise<void> {
    this.calls += 1
    await new Promise((resolve) => setImmediate(resolve))
    const outcome = this.answer(volumes)
    if (outcome === 'hangs') await new Promise(() => {})
    if (outcome === 'failed' || outcome === 'refused')
      throw new PublishFailure(outcome, 'NO', `${outcome} by the test`)
  }
}

const receivers = new Map<string, Receiver>()
let around: PublisherSurroundings | undefined

function receiver(name: string): Receiver {
  let found = receivers.get(name)
  if (found === undefined) {
    found = new Receiver()
    receivers.set(name, found)
  }
  return found
}

registerPublisher('trouble', ({ safe, hostname }, given) => {
  around = given
  const one = receiver(hostname)
  return {
    url: safe,
    open: async () => one.opens?.(),
    async publishSamples(samples) {
      await one.take(samples.map(({ volume }) => volume))
      one.volumes.push(...samples.map(({ volume }) => volume))
      one.names.push(...samples.map(({ user_name }) => user_name))
    },
    async publishEvents(events) {
      await one.take([])
      one.events.push(...events.map(({ event_type }) => event_type))
    },
    flush: async () => {},
    close: () => (one.answer([]) === 'hangs' ? new Promise(() => {}) : Promise.resolve()),
  }
})

let turn = 0
let agents: NotificationAgent[]
let transports: Transport[]

beforeEach(() => {
  turn += 1
  receivers.clear()
  agents = []
  transports = []
})

afterEach(async () => {
  for (const agent of agents) await agent.stop()
  for (const transport of transports) await transport.cleanup()
})

const url = (name = 'a'): string => `memory://trouble-${turn}-${name}`

function notifierOf(name = 'a'): Notifier {
  const transport = getTransport(url(name))
  transports.push(transport)
  return new Notifier(transport, { publisherId: 'svc.host' })
}

function config(more: Partial<AgentConfig> = {}): AgentConfig {
  return {
    meters: {
      definitions: {
        metric: [
          {
            name: 'size',
            event_type: 'thing.*',
            type: 'gauge',
            unit: 'B',
            volume: '$.payload.size',
            resource_id: '$.payload.id',
            user_id: '$.payload.user',
          },
        ],
      },
    },
    events: false,
    handlers: [],
    pipeline: {
      sources: [{ name: 'all', meters: ['*'], sinks: ['good', 'bad'] }],
      sinks: [
        { name: 'good', publishers: ['trouble://good'] },
        { name: 'bad', publishers: ['trouble://bad'] },
      ],
    },
    watch: false,
    stopTimeout: 5,
    ...more,
    messaging: {
      urls: url(),
      exchanges: ['openstack'],
      batchTimeout: 10,
      retry: { limit: 1_000, delay: 10, backoff: 1 },
      ...more.messaging,
    },
  }
}

async function start(given: AgentConfig, options: AgentOptions = {}): Promise<NotificationAgent> {
  const agent = new NotificationAgent(given, { logger: silentLogger, ...options })
  agents.push(agent)
  await agent.start()
  return agent
}

async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 15_000
  while (!isSo()) {
    if (Date.now() > end) throw new Error('it did not become so within 15 s')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function deadLetters(): Promise<readonly { readonly reason: string }[]> {
  const transport = getTransport(url())
  transports.push(transport)
  const target = new Target({ topic: 'notifications', exchange: 'openstack' })
  return getBatchNotificationListener(transport, [target], [{ info() {} }], { retry: {} })
    .deadLetters()
    .list()
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const sorted = (volumes: readonly unknown[]): unknown[] =>
  [...volumes].sort((one, other) => Number(one) - Number(other))

test('two URLs and a sink that fails: each sink has every sample once', async () => {
  const [one, other] = [notifierOf('a'), notifierOf('b')]
  let calls = 0
  receiver('bad').answer = () => (++calls % 3 === 0 ? 'taken' : 'failed')
  const agent = await start(config({ messaging: { urls: [url('a'), url('b')], batchSize: 5 } }))
  for (const size of range(40)) await (size % 2 === 0 ? one : other).info({}, 'thing.made', { size, id: 'r' })
  await until(() => receiver('bad').volumes.length >= 40)
  await until(() => agent.status().listeners.every(({ inHand }) => inHand === 0))
  await agent.stop()
  expect([sorted(receiver('good').volumes), sorted(receiver('bad').volumes)]).toEqual([range(40), range(40)])
})

test('what a sink refuses is among the dead letters at once, and nobody has anything twice', async () => {
  const notifier = notifierOf()
  receiver('bad').answer = (volumes) => (volumes.includes(13) ? 'refused' : 'taken')
  const agent = await start(config({ messaging: { batchTimeout: 100 } }))
  for (const size of range(20)) await notifier.info({}, 'thing.made', { size, id: 'r' })
  await until(() => agent.status().counters['dead']?.['endpoint="samples"'] === 1)
  await until(() => receiver('bad').volumes.length === 19)
  await until(() => agent.status().listeners[0]?.inHand === 0)
  expect(sorted(receiver('good').volumes)).toEqual(range(20))
  expect(await deadLetters()).toEqual([
    expect.objectContaining({
      reason: 'sink bad: trouble://bad did not take 1: refused by the test',
    }),
  ])
  expect(agent.status().counters['retried']).toEqual({})
})

test('a sink that hangs holds up the end for no longer than it may, and what it had comes again', async () => {
  const notifier = notifierOf()
  receiver('bad').answer = () => 'hangs'
  const agent = await start(config({ stopTimeout: 0.3 }))
  await notifier.info({}, 'thing.made', { size: 1, id: 'r' })
  await until(() => receiver('bad').calls > 0)
  const began = performance.now()
  await agent.stop()
  expect(performance.now() - began).toBeLessThan(5_000)
  receiver('bad').answer = () => 'taken'
  await start(config())
  await until(() => receiver('bad').volumes.length === 1)
})

test('a new configuration while a sink is away: each sink has every sample once', async () => {
  const notifier = notifierOf()
  receiver('bad').answer = () => 'failed'
  const given: { -readonly [K in keyof AgentConfig]: AgentConfig[K] } = config({
    messaging: { batchSize: 7 },
  })
  const agent = await start(given)
  const progress = { isOver: false }
  const sending = (async () => {
    for (const size of range(300)) {
      await notifier.info({}, 'thing.made', { size, id: 'r' })
      if (size % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    progress.isOver = true
  })()
  for (let round = 0; !progress.isOver; round += 1) {
    given.source = `round-${round}`
    expect(await agent.reload()).toBe('reloaded')
    // A reload that has nothing to wait for takes no turn of the event loop, and the sender's timers would never come.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await sending
  receiver('bad').answer = () => 'taken'
  await until(() => receiver('bad').volumes.length >= 300)
  await until(() => agent.status().listeners[0]?.inHand === 0)
  expect([sorted(receiver('good').volumes), sorted(receiver('bad').volumes)]).toEqual([
    range(300),
    range(300),
  ])
  // Counts go on over all of it.
  expect(agent.status().counters['published']?.['kind="samples",sink="good"']).toBe(300)
})

test('a sink of another name owes nothing: what comes again goes to all', async () => {
  const notifier = notifierOf()
  receiver('bad').answer = () => 'failed'
  const given: { -readonly [K in keyof AgentConfig]: AgentConfig[K] } = config()
  const agent = await start(given)
  await notifier.info({}, 'thing.made', { size: 1, id: 'r' })
  await until(() => receiver('bad').calls > 0)
  given.pipeline = {
    sources: [{ name: 'all', meters: ['*'], sinks: ['other'] }],
    sinks: [{ name: 'other', publishers: ['trouble://other'] }],
  }
  expect(await agent.reload()).toBe('reloaded')
  await until(() => receiver('other').volumes.length === 1)
})

test('when neither the new configuration nor the old one can start, the old one is tried until it can', async () => {
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
  const { port } = blocker.address() as AddressInfo
  const notifier = notifierOf()
  const given: { -readonly [K in keyof AgentConfig]: AgentConfig[K] } = config()
  const agent = await start(given)
  let attempts = 0
  given.status = { port }
  receiver('good').opens = async () => {
    attempts += 1
    if (attempts === 1) throw new Error('not now')
  }
  const reload = agent.reload()
  await until(() => attempts >= 1)
  expect(agent.status().isHealthy).toBe(false)
  expect(await reload).toBe('failed')
  expect(agent.status()).toMatchObject({ isHealthy: true, state: 'running' })
  await notifier.info({}, 'thing.made', { size: 1, id: 'r' })
  await until(() => receiver('good').volumes.length === 1)
  await new Promise((resolve) => blocker.close(resolve))
})

test('what listens to the agent and throws does not end a reload', async () => {
  const given: { -readonly [K in keyof AgentConfig]: AgentConfig[K] } = config()
  const agent = await start(given)
  agent.on('reloaded', () => {
    throw new Error('mine')
  })
  given.source = 'other'
  expect(await agent.reload()).toBe('reloaded')
})

test('a sink that is down for long has the rest wait in the broker, not in memory', async () => {
  const notifier = notifierOf()
  receiver('bad').answer = () => 'failed'
  const agent = await start(
    config({
      messaging: { batchSize: 1, batchTimeout: 1, retry: { limit: 1_000, delay: 1_000, backoff: 1 } },
    }),
  )
  for (const size of range(900)) await notifier.info({}, 'thing.made', { size, id: 'r' })
  await until(() => (agent.status().counters['retried']?.['endpoint="samples"'] ?? 0) >= 900)
  // Batches that run side by side may each begin one more.
  expect(agent.status().sinks.samples?.owed).toBeLessThan(520)
  expect(receiver('good').volumes.length).toBeLessThan(520)
  receiver('bad').answer = () => 'taken'
  await until(() => receiver('bad').volumes.length >= 900)
  await until(() => agent.status().listeners[0]?.inHand === 0)
  expect([sorted(receiver('good').volumes), sorted(receiver('bad').volumes)]).toEqual([
    range(900),
    range(900),
  ])
})

test('the plug-in of a trait that met what it can not use is counted', async () => {
  const notifier = notifierOf()
  const agent = await start(
    config({
      events: {
        definitions: [
          {
            event_type: 'thing.*',
            traits: {
              state: {
                fields: 'payload.state',
                plugin: { name: 'map', parameters: { values: { up: 'on' } } },
              },
            },
          },
        ],
      },
      eventPipeline: {
        sources: [{ name: 'all', events: ['*'], sinks: ['k'] }],
        sinks: [{ name: 'k', publishers: ['trouble://events'] }],
      },
    }),
  )
  await notifier.info({}, 'thing.made', { size: 1, id: 'r', state: 'odd' })
  await until(() => receiver('events').events.length === 1)
  expect(agent.status().counters['dropped']).toEqual({ 'reason="UNKNOWN_VALUE"': 1 })
})

test('a name that is no text is dropped and counted, and the rest goes on', async () => {
  const notifier = notifierOf()
  const agent = await start(
    config({
      meters: {
        definitions: {
          metric: [
            {
              name: '$.payload.name',
              event_type: 'thing.*',
              type: 'gauge',
              unit: 'B',
              volume: 1,
              resource_id: '$.payload.id',
            },
          ],
        },
      },
    }),
  )
  for (const name of [['a'], { b: 1 }, 7, 'c']) await notifier.info({}, 'thing.made', { name, id: 'r' })
  await until(() => receiver('good').volumes.length >= 1)
  await until(() => agent.status().listeners[0]?.inHand === 0)
  expect(receiver('good').volumes).toEqual([1])
  expect(agent.status().counters['dropped']?.['reason="pipeline-no-name"']).toBe(6)
})

test('publishers know what the configuration says of them, and names come from the code', async () => {
  const notifier = notifierOf()
  await start(
    config({
      secret: 'mine',
      publishing: {
        host: 'node-1',
        meteringTopic: 'm',
        eventTopic: 'e',
        telemetryDriver: 'noop',
        controlExchange: 'x',
      },
      compatibility: { signatures: 'legacy2016' },
    }),
    { identityNames: { user: (id) => `name of ${String(id)}`, project: () => null } },
  )
  expect(around).toMatchObject({
    host: 'node-1',
    telemetrySecret: 'mine',
    signatures: 'legacy2016',
    meteringTopic: 'm',
    eventTopic: 'e',
    telemetryDriver: 'noop',
    controlExchange: 'x',
  })
  await notifier.info({}, 'thing.made', { size: 1, id: 'r', user: 'u' })
  await until(() => receiver('good').names.length === 1)
  expect(receiver('good').names).toEqual(['name of u'])
})
