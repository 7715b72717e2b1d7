/** The agent over memory://: what comes in, what goes out, what comes back, and what a new configuration does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

import type { AgentConfig, PipelineDefinition } from '../../../src/agent/config/agent-config.js'
import type { Event } from '../../../src/agent/event.js'
import type { NotificationPlugin } from '../../../src/agent/handlers/plugin.js'
import { registerPublisher } from '../../../src/agent/publishers/registry.js'
import type { Sample } from '../../../src/agent/sample.js'
import { type AgentOptions, NotificationAgent } from '../../../src/agent/service/agent.js'
import { Counters } from '../../../src/agent/service/counters.js'
import { Retries } from '../../../src/agent/service/retries.js'
import {
  ConfigurationError,
  getBatchNotificationListener,
  getTransport,
  Notifier,
  type Priority,
  silentLogger,
  Target,
  type Transport,
} from '../../../src/index.js'

/** Publishers of this test, by the host of `probe://name`. */
const probes = new Map<string, Probe>()

class Probe {
  readonly samples: Sample[][] = []
  readonly events: Event[][] = []
  /** What the next calls reject with; undefined = taken. */
  failures: (Error | undefined)[] = []

  get sampleNames(): string[] {
    return this.samples.flat().map(({ name }) => name)
  }

  take(): void {
    const failure = this.failures.shift()
    if (failure !== undefined) throw failure
  }
}

registerPublisher('probe', ({ safe }) => {
  const name = safe.replace('probe://', '').replaceAll('/', '')
  const probe = probeOf(name)
  return {
    url: safe,
    async publishSamples(samples) {
      await Promise.resolve()
      probe.take()
      probe.samples.push([...samples])
    },
    async publishEvents(events) {
      await Promise.resolve()
      probe.take()
      probe.events.push([...events])
    },
    flush: async () => {},
    close: async () => {},
  }
})

function probeOf(name: string): Probe {
  let probe = probes.get(name)
  if (probe === undefined) {
    probe = new Probe()
    probes.set(name, probe)
  }
  return probe
}

function refusal(): Error {
  return Object.assign(new Error('not this'), { outcome: 'refused' })
}

const METERS = {
  metric: [
    {
      name: 'size',
      event_type: 'thing\\..*',
      type: 'gauge',
      unit: 'B',
      volume: '$.payload.size',
      resource_id: '$.payload.id',
    },
  ],
}

let broker = 0
let transport: Transport
let notifier: Notifier
let agents: NotificationAgent[]
let folder: string

beforeEach(() => {
  broker += 1
  probes.clear()
  agents = []
  folder = mkdtempSync(join(tmpdir(), 'tocsin-agent-'))
  transport = getTransport(url())
  notifier = new Notifier(transport, { publisherId: 'svc.host' })
})

afterEach(async () => {
  for (const agent of agents) await agent.stop()
  await transport.cleanup()
  rmSync(folder, { recursive: true })
})

function url(): string {
  return `memory://agent-test-${broker}`
}

function sinks(...publishers: string[]): PipelineDefinition {
  return {
    sources: [{ name: 'all', meters: ['*'], sinks: publishers.map((_, index) => `k${index}`) }],
    sinks: publishers.map((publisher, index) => ({ name: `k${index}`, publishers: [publisher] })),
  }
}

function config(more: Partial<AgentConfig> = {}): AgentConfig {
  return {
    meters: { definitions: METERS },
    events: { definitions: [] },
    pipeline: sinks('probe://samples'),
    eventPipeline: {
      sources: [{ name: 'all', events: ['*'], sinks: ['k'] }],
      sinks: [{ name: 'k', publishers: ['probe://events'] }],
    },
    watch: false,
    ...more,
    messaging: {
      urls: url(),
      exchanges: ['openstack'],
      batchTimeout: 20,
      retry: { limit: 3, delay: 10, backoff: 1 },
      ...more.messaging,
    },
  }
}

async function start(given: AgentConfig | string, options: AgentOptions = {}): Promise<NotificationAgent> {
  const agent = new NotificationAgent(given, { logger: silentLogger, ...options })
  agents.push(agent)
  await agent.start()
  return agent
}

async function send(eventType: string, payload: unknown, priority: Priority = 'info'): Promise<void> {
  await notifier[priority]({}, eventType, payload)
}

async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!isSo()) {
    if (Date.now() > end) throw new Error('it did not become so within 10 s')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function deadLetters(): Promise<readonly { readonly reason: string }[]> {
  const listener = getBatchNotificationListener(
    transport,
    [new Target({ topic: 'notifications', exchange: 'openstack' })],
    [{ info() {} }],
    { retry: {} },
  )
  return listener.deadLetters().list()
}

describe('notifications', () => {
  test('become samples and events, each batch in one call per sink', async () => {
    const agent = await start(config())
    for (let index = 0; index < 5; index += 1) await send('thing.made', { size: index, id: `r${index}` })
    await until(
      () => probeOf('samples').samples.flat().length === 5 && probeOf('events').events.flat().length === 5,
    )
    expect(probeOf('samples').samples.length).toBeLessThan(5)
    expect(
      probeOf('samples')
        .samples.flat()
        .map(({ volume }) => volume),
    ).toEqual([0, 1, 2, 3, 4])
    expect(probeOf('samples').samples[0]?.[0]).toMatchObject({
      name: 'size',
      type: 'gauge',
      unit: 'B',
      resource_id: 'r0',
      source: 'openstack',
      resource_metadata: { size: 0, id: 'r0', event_type: 'thing.made', host: 'svc.host' },
    })
    expect(probeOf('events').events[0]?.[0]).toMatchObject({ event_type: 'thing.made' })
    await until(() => agent.status().listeners.every(({ inHand }) => inHand === 0))
    expect(agent.status()).toMatchObject({
      state: 'running',
      isHealthy: true,
      counters: {
        consumed: { '': 5 },
        samples: { '': 5 },
        events: { '': 5 },
        matched: { 'kind="samples"': 5, 'kind="events"': 5 },
        published: { 'kind="samples",sink="k0"': 5, 'kind="events",sink="k"': 5 },
      },
    })
  })

  test.each([
    ['info', 1, 1],
    ['sample', 1, 0],
    ['error', 0, 1],
    ['warn', 0, 0],
    ['audit', 0, 0],
  ] as const)('of priority %s give %d samples and %d events', async (priority, samples, events) => {
    const agent = await start(config())
    await send('thing.made', { size: 1, id: 'r' }, priority)
    await until(
      () => agent.status().counters['consumed']?.[''] === 1 && agent.status().listeners[0]?.inHand === 0,
    )
    expect(probeOf('samples').samples.flat()).toHaveLength(samples)
    expect(probeOf('events').events.flat()).toHaveLength(events)
  })

  test('go through plug-ins of the code and of modules, and classic handlers by name', async () => {
    const plugin: NotificationPlugin = {
      name: 'mine',
      eventTypes: ['thing.*'],
      *processNotification({ payload }) {
        yield { name: 'mine', type: 'delta', unit: 'x', volume: (payload as { size: number }).size * 2 }
      },
    }
    const module = join(folder, 'plugin.mjs')
    writeFileSync(
      module,
      "export default { name: 'theirs', eventTypes: [], *processNotification() { yield { name: 'theirs', type: 'gauge', unit: 'y', volume: 1 } } }\n",
    )
    await start(config({ plugins: ['plugin.mjs'], handlers: ['bandwidth'] }), { plugins: [plugin], folder })
    await send('l3.meter', { bytes: 7, label_id: 'l' })
    await send('thing.made', { size: 4 })
    await until(() => probeOf('samples').samples.flat().length === 5)
    expect(probeOf('samples').sampleNames).toEqual(['bandwidth', 'theirs', 'theirs', 'mine', 'size'])
  })
})

describe('a sink that fails', () => {
  test('gets it again later, alone, and the other endpoint is not asked again', async () => {
    probeOf('bad').failures = [new Error('down'), new Error('down')]
    const agent = await start(config({ pipeline: sinks('probe://good', 'probe://bad') }))
    for (let index = 0; index < 3; index += 1) await send('thing.made', { size: index, id: 'r' })
    await until(() => probeOf('bad').samples.flat().length >= 3)
    await until(() => agent.status().listeners[0]?.inHand === 0)
    expect(
      probeOf('bad')
        .samples.flat()
        .map(({ volume }) => volume)
        .sort((a, b) => Number(a) - Number(b)),
    ).toEqual([0, 1, 2])
    expect(probeOf('good').samples.flat()).toHaveLength(3)
    expect(probeOf('events').events.flat()).toHaveLength(3)
    expect(agent.status().counters['retried']?.['endpoint="samples"']).toBeGreaterThanOrEqual(3)
    expect(await deadLetters()).toEqual([])
  })

  test('for good, has the notification among the dead letters with the reason', async () => {
    probeOf('samples').failures = Array.from({ length: 50 }, () => new Error('down for good'))
    const agent = await start(config())
    await send('thing.made', { size: 1, id: 'r' })
    await until(() => agent.status().counters['dead']?.['endpoint="samples"'] === 1)
    await until(() => agent.status().listeners[0]?.inHand === 0)
    const [letter] = await deadLetters()
    expect(letter?.reason).toContain('down for good')
    expect(letter?.reason).toContain('4 attempts')
    expect(probeOf('events').events.flat()).toHaveLength(1)
  })

  test('that refuses a batch gets each notification alone, so that one takes no other with it', async () => {
    const probe = probeOf('samples')
    probe.take = () => {}
    const taken: unknown[] = []
    Object.defineProperty(probe, 'samples', {
      value: {
        push(samples: Sample[]) {
          if (samples.some(({ volume }) => volume === 13)) throw refusal()
          taken.push(...samples.map(({ volume }) => volume))
        },
      },
    })
    const agent = await start(config())
    for (const size of [1, 13, 2]) await send('thing.made', { size, id: 'r' })
    await until(() => agent.status().counters['dead']?.['endpoint="samples"'] === 1 && taken.length === 2)
    expect(taken).toEqual(expect.arrayContaining([1, 2]))
    expect(await deadLetters()).toHaveLength(1)
  })

  test('best-effort loses it, and nothing comes back', async () => {
    probeOf('samples').failures = [new Error('down')]
    const agent = await start(
      config({
        pipeline: {
          sources: [{ name: 's', meters: ['*'], sinks: ['k'] }],
          sinks: [{ name: 'k', publishers: ['probe://samples'], delivery: 'best-effort' }],
        },
      }),
    )
    await send('thing.made', { size: 1, id: 'r' })
    await until(() => agent.status().counters['failed']?.['kind="samples",sink="k"'] === 1)
    await send('thing.made', { size: 2, id: 'r' })
    await until(() => probeOf('samples').samples.flat().length === 1)
    expect(agent.status().counters['retried']).toEqual({})
  })
})

describe('retries', () => {
  test.each([
    [{}, 'fault', 9, 'requeue'],
    [{}, 'fault', 10, 'reject'],
    [{}, 'outage', 999, 'requeue'],
    [{}, 'outage', 1_000, 'reject'],
    [{}, 'vain', 0, 'reject'],
    [{ limit: 2 }, 'outage', 1, 'requeue'],
    [{ limit: 2 }, 'outage', 2, 'reject'],
    // biome-ignore lint: `then` is the policy's word, the object is never awaited
    [{ then: 'discard' }, 'fault', 10, 'handled'],
  ] as const)('by %j: a %s after %d attempts is %s', (policy, trouble, attempts, verb) => {
    const retries = new Retries(policy)
    const result = retries.sequel(trouble, attempts, 'why', 'samples', new Counters())
    expect(typeof result === 'string' ? result : result.verb).toBe(verb)
    // Whatever the endpoint says must come before the listener's own end.
    expect(retries.policy.limit).toBeGreaterThan(attempts)
  })

  test('wait longer from one to the next, up to a bound', () => {
    const retries = new Retries({ delay: 100, backoff: 3, maxDelay: 1_000 })
    const delays = [0, 1, 2, 3, 900].map((attempts) =>
      retries.sequel('outage', attempts, 'why', 'samples', new Counters()),
    )
    expect(delays).toEqual([100, 300, 900, 1_000, 1_000].map((delay) => ({ verb: 'requeue', delay })))
  })
})

describe('poison', () => {
  test('that no retry would help is among the dead letters at once, its event once among the events', async () => {
    const agent = await start(
      config({
        meters: {
          definitions: { metric: [{ ...METERS.metric[0], user_metadata: '$.payload.metadata' }] },
        },
      }),
    )
    await send('thing.made', { size: 1, id: 'r', metadata: 'a text' })
    await send('thing.made', { size: 2, id: 'r', metadata: {} })
    await until(() => agent.status().counters['dead']?.['endpoint="samples"'] === 1)
    await until(() => probeOf('samples').samples.flat().length === 1)
    await until(() => agent.status().listeners[0]?.inHand === 0)
    expect((await deadLetters()).map(({ reason }) => reason)).toEqual([
      expect.stringContaining('the conversion to samples failed'),
    ])
    expect(probeOf('events').events.flat()).toHaveLength(2)
  })

  test('of a plug-in has its retries first', async () => {
    let calls = 0
    const plugin: NotificationPlugin = {
      name: 'throws',
      eventTypes: [],
      processNotification() {
        calls += 1
        throw new Error('always')
      },
    }
    const agent = await start(config(), { plugins: [plugin] })
    await send('thing.made', { size: 1, id: 'r' })
    await until(() => agent.status().counters['dead']?.['endpoint="samples"'] === 1)
    expect(calls).toBe(4)
    await until(() => agent.status().listeners[0]?.inHand === 0)
    expect((await deadLetters())[0]?.reason).toContain('always')
  })
})

describe('transformers', () => {
  const pipeline: PipelineDefinition = {
    sources: [{ name: 's', meters: ['*'], sinks: ['k'] }],
    sinks: [
      {
        name: 'k',
        publishers: ['probe://samples'],
        transformers: [{ name: 'delta', parameters: { target: { name: 'size.delta' } } }],
      },
    ],
  }

  test.each([
    ['in this agent alone', {}],
    ['behind the queues of partitions', { partition: { partitions: 3, own: [0, 1, 2] } }],
  ])('%s see all samples of a resource', async (_, more) => {
    await start(config({ pipeline, ...more }))
    for (const [id, size] of [
      ['a', 1],
      ['b', 10],
      ['a', 3],
      ['b', 15],
    ] as const) {
      await notifier.info({}, 'thing.made', { size, id })
      // Deltas need their order, which batches side by side do not keep.
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    await until(() => probeOf('samples').samples.flat().length === 2)
    expect(
      probeOf('samples')
        .samples.flat()
        .map(({ name, resource_id, volume }) => [name, resource_id, volume]),
    ).toEqual(
      expect.arrayContaining([
        ['size.delta', 'a', 2],
        ['size.delta', 'b', 5],
      ]),
    )
  })
})

describe('reload', () => {
  function writeConfig(name: string, more: Partial<AgentConfig> = {}): string {
    const path = join(folder, 'agent.json')
    const definitions = { metric: [{ ...METERS.metric[0], name }] }
    writeFileSync(path, JSON.stringify(config({ meters: { definitions }, ...more })))
    return path
  }

  test('takes a new configuration, and loses nothing meanwhile', async () => {
    const path = writeConfig('before')
    const agent = await start(path)
    await send('thing.made', { size: 1, id: 'r' })
    await until(() => probeOf('samples').sampleNames.length === 1)
    writeConfig('after')
    const reload = agent.reload()
    await send('thing.made', { size: 2, id: 'r' })
    expect(await reload).toBe('reloaded')
    await send('thing.made', { size: 3, id: 'r' })
    await until(() => probeOf('samples').sampleNames.length === 3)
    expect(probeOf('samples').sampleNames[0]).toBe('before')
    expect(probeOf('samples').sampleNames[2]).toBe('after')
    expect(agent.status().counters['consumed']?.['']).toBe(3)
  })

  test('leaves the old one when the new one is invalid, and says what is wrong', async () => {
    const agent = await start(writeConfig('before'))
    const told: string[] = []
    agent.on('problems', (problems) => told.push(...problems.map(({ code }) => code)))
    writeConfig('after', { source: '' })
    expect(await agent.reload()).toBe('invalid')
    expect(told).toEqual(['BAD_VALUE'])
    await send('thing.made', { size: 1, id: 'r' })
    await until(() => probeOf('samples').sampleNames.length === 1)
    expect(probeOf('samples').sampleNames).toEqual(['before'])
    expect(agent.status().isHealthy).toBe(true)
  })

  test('goes back to the old one when the new one can not start', async () => {
    const taken = await start(config({ messaging: { urls: `${url()}-other` }, status: { port: 0 } }))
    const port = Number(new URL(taken.statusUrl as string).port)
    const agent = await start(writeConfig('before'))
    writeConfig('after', { status: { port } })
    expect(await agent.reload()).toBe('failed')
    await send('thing.made', { size: 1, id: 'r' })
    await until(() => probeOf('samples').sampleNames.length === 1)
    expect(probeOf('samples').sampleNames).toEqual(['before'])
  })

  test('happens by itself when a file changes, and only then', async () => {
    const path = writeConfig('before', { watch: true })
    const agent = await start(path, { watchInterval: 20 })
    const outcomes: string[] = []
    agent.on('reloaded', (outcome) => outcomes.push(outcome))
    writeConfig('after', { watch: true })
    await until(() => outcomes.length > 0)
    expect(outcomes).toEqual(['reloaded'])
    expect(await agent.reload()).toBe('unchanged')
  })
})

describe('start', () => {
  test('rejects with everything that is wrong', async () => {
    const agent = new NotificationAgent(config({ handlers: ['nothing'], source: '' }), {
      logger: silentLogger,
    })
    const error = await agent.start().then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(ConfigurationError)
    expect((error as ConfigurationError).problems).toHaveLength(2)
  })

  test('does not take a plug-in of the code that is none', async () => {
    const plugins = [{ name: '', eventTypes: ['('] }] as unknown as NotificationPlugin[]
    const agent = new NotificationAgent(config(), { logger: silentLogger, plugins })
    await expect(agent.start()).rejects.toThrow('plugin 1 of the code: error: its name must be a text')
    await expect(agent.start()).rejects.toThrow('start() is called once; it is stopped')
  })

  test('goes on with what can be read when it is lenient', async () => {
    await start(config({ handlers: ['nothing'], lenient: true }))
    await send('thing.made', { size: 1, id: 'r' })
    await until(() => probeOf('samples').sampleNames.length === 1)
  })
})

test('the status is served: metrics for Prometheus, health, and all of it', async () => {
  const agent = await start(config({ status: { port: 0 } }))
  const base = agent.statusUrl as string
  expect(new URL(base).hostname).toBe('127.0.0.1')
  await send('thing.made', { size: 1, id: 'r' })
  await until(() => probeOf('samples').sampleNames.length === 1)
  const metrics = await (await fetch(`${base}/metrics`)).text()
  expect(metrics).toContain('# TYPE tocsin_agent_consumed_total counter\ntocsin_agent_consumed_total 1\n')
  expect(metrics).toContain('tocsin_agent_lag_seconds{kind="samples"} ')
  const health = await fetch(`${base}/health`)
  expect([health.status, await health.json()]).toEqual([200, expect.objectContaining({ isHealthy: true })])
  expect(await (await fetch(`${base}/status`)).json()).toMatchObject({ state: 'running' })
  expect(await (await fetch(`${base}/live`)).json()).toMatchObject({
    state: 'running',
    notifications: 1,
    listeners: [{ state: 'listening' }],
    sinks: [
      { kind: 'samples', name: 'k0', published: 1 },
      { kind: 'events', name: 'k', published: 1 },
    ],
    services: [{ name: 'svc', total: 1 }],
    eventTypes: [{ name: 'thing.made', total: 1 }],
    meters: [{ name: 'size', total: 1 }],
    latestSamples: [{ name: 'size', volume: '1' }],
    latestEvents: [{ event_type: 'thing.made' }],
    deadLetters: [],
  })
  expect((await fetch(`${base}/nothing`)).status).toBe(404)
  expect((await fetch(base, { method: 'POST' })).status).toBe(405)
})
