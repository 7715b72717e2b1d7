/** What is counted, and shown: each notification once, however often it is tried. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

import type { AgentConfig } from '../../../src/agent/config/agent-config.js'
import type { NotificationPlugin } from '../../../src/agent/handlers/plugin.js'
import { registerPublisher } from '../../../src/agent/publishers/registry.js'
import { type AgentOptions, NotificationAgent } from '../../../src/agent/service/agent.js'
import { getTransport, Notifier, silentLogger, type Transport } from '../../../src/index.js'
import { until } from '../../support/until.js'

/** How many calls of each kind fail before the first is taken. */
const failures = { samples: 0, events: 0 }
const taken = { samples: 0, events: 0 }

registerPublisher('stumbles', ({ safe }) => {
  const take = async (kind: keyof typeof taken, count: number): Promise<void> => {
    await Promise.resolve()
    if (failures[kind] > 0) {
      failures[kind] -= 1
      throw new Error(`no ${kind} today`)
    }
    taken[kind] += count
  }
  return {
    url: safe,
    publishSamples: (samples) => take('samples', samples.length),
    publishEvents: (events) => take('events', events.length),
    flush: async () => {},
    close: async () => {},
  }
})

const METERS = {
  metric: ['volume', 'nothing'].map((field) => ({
    name: field,
    event_type: 'thing.made',
    type: 'gauge',
    unit: 'B',
    volume: `$.payload.${field}`,
    resource_id: '$.payload.id',
  })),
}
const COUNT = 3

let broker = 0
let transport: Transport
let agent: NotificationAgent

beforeEach(() => {
  broker += 1
  Object.assign(failures, { samples: 0, events: 0 })
  Object.assign(taken, { samples: 0, events: 0 })
  transport = getTransport(`memory://counting-${broker}`)
})

afterEach(async () => {
  await agent.stop()
  await transport.cleanup()
})

async function start(more: Partial<AgentConfig> = {}, options: AgentOptions = {}): Promise<void> {
  const sinks = [{ name: 'k', publishers: ['stumbles://there'] }]
  agent = new NotificationAgent(
    {
      messaging: {
        urls: `memory://counting-${broker}`,
        exchanges: ['openstack'],
        batchTimeout: 10,
        retry: { delay: 10, backoff: 1 },
      },
      meters: { definitions: METERS },
      events: { definitions: [] },
      pipeline: { sources: [{ name: 's', meters: ['*'], sinks: ['k'] }], sinks },
      eventPipeline: { sources: [{ name: 's', events: ['*'], sinks: ['k'] }], sinks },
      handlers: [],
      status: { port: 0 },
      watch: false,
      ...more,
    },
    { logger: silentLogger, ...options },
  )
  await agent.start()
}

async function send(): Promise<void> {
  const notifier = new Notifier(transport, { publisherId: 'svc.host' })
  for (let index = 0; index < COUNT; index += 1)
    await notifier.info({}, 'thing.made', { volume: index, nothing: null, id: 'r' })
}

async function live(): Promise<Record<string, unknown>> {
  return (await (await fetch(`${agent.statusUrl}/live`)).json()) as Record<string, unknown>
}

async function all(): Promise<void> {
  await until(() => taken.samples === COUNT && taken.events === COUNT)
  await until(() => agent.status().listeners.every(({ inHand }) => inHand === 0))
}

describe('each notification counts once', () => {
  test.each([
    ['without a failure', 0, 0],
    ['while the sink of samples is down', 7, 0],
    ['while that of events, which comes first, is down', 0, 7],
    ['while both are', 5, 7],
  ])('%s', async (_, samples, events) => {
    Object.assign(failures, { samples, events })
    await start()
    await send()
    await all()
    const { counters } = agent.status()
    expect(counters).toMatchObject({
      matched: { 'kind="samples"': COUNT, 'kind="events"': COUNT },
      samples: { '': COUNT },
      events: { '': COUNT },
      dropped: { 'reason="null-volume"': COUNT },
      published: { 'kind="samples",sink="k"': COUNT, 'kind="events",sink="k"': COUNT },
    })
    expect((counters['consumed']?.[''] ?? 0) > COUNT).toBe(samples + events > 0)
    expect(await live()).toMatchObject({
      notifications: COUNT,
      exchanges: [{ name: 'openstack', total: COUNT }],
      services: [{ name: 'svc', total: COUNT }],
      eventTypes: [{ name: 'thing.made', total: COUNT }],
      meters: [{ name: 'volume', total: COUNT }],
      latestSamples: Array.from({ length: COUNT }, () => ({ name: 'volume' })),
      latestEvents: Array.from({ length: COUNT }, () => ({ traits: 'service=svc.host' })),
    })
  })

  test('also where a plug-in fails at first', async () => {
    let calls = 0
    const plugin: NotificationPlugin = {
      name: 'stumbles',
      eventTypes: ['thing'],
      processNotification() {
        calls += 1
        if (calls <= COUNT) throw new Error('not yet')
        return []
      },
    }
    await start({}, { plugins: [plugin] })
    await send()
    await all()
    expect(agent.status().counters).toMatchObject({
      matched: { 'kind="samples"': COUNT, 'kind="events"': COUNT },
      samples: { '': COUNT },
    })
  })

  test('that nobody handles counts as well', async () => {
    await start()
    await new Notifier(transport, { publisherId: 'svc.host' }).audit({}, 'thing.made', {})
    await until(() => agent.status().counters['dropped']?.['reason="priority-audit"'] === 1)
    expect(await live()).toMatchObject({ notifications: 1, eventTypes: [{ name: 'thing.made', total: 1 }] })
  })
})

test('a sink that does not take is shown with the reason, until it takes', async () => {
  failures.samples = Number.POSITIVE_INFINITY
  await start()
  expect(await live()).toMatchObject({ sinks: [{ state: 'was given nothing yet' }, {}] })
  await send()
  await until(async () =>
    JSON.stringify((await live())['sinks']).includes('fails: stumbles://there: no samples today'),
  )
  expect(await live()).toMatchObject({
    sinks: [
      { kind: 'samples', name: 'k' },
      { kind: 'events', state: 'takes' },
    ],
  })
  failures.samples = 0
  await all()
  expect(await live()).toMatchObject({ sinks: [{ kind: 'samples', published: COUNT, state: 'takes' }, {}] })
})
