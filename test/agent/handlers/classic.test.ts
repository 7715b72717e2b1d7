/** The classic handlers: against the golden data where it has them, else against what the original's code says. */
import { describe, expect, test } from '@jest/globals'

import {
  CLASSIC_HANDLERS,
  classicHandler,
  DEFAULT_HANDLERS,
  METRIC_HANDLERS,
} from '../../../src/agent/handlers/classic.js'
import { RESERVED_METADATA } from '../../../src/agent/handlers/plugin.js'
import { PluginSet } from '../../../src/agent/handlers/plugin-set.js'
import type { AgentNotification } from '../../../src/agent/notification.js'
import { golden, goldenCases } from '../golden.js'

function setOf(...names: string[]): PluginSet {
  const plugins = names.map((name) => classicHandler(name, { reserved: RESERVED_METADATA }))
  return new PluginSet(
    plugins.map((plugin) => {
      if (plugin === undefined) throw new Error('no such handler')
      return plugin
    }),
    'openstack',
  )
}

interface Result {
  readonly samples: readonly Record<string, unknown>[]
  readonly drops: readonly string[]
}

function run(set: PluginSet, notification: AgentNotification): Result {
  const drops: string[] = []
  const samples = set.samples(notification, { drop: (code) => void drops.push(code) })
  return { samples: samples.map(({ id: _id, ...rest }) => rest), drops }
}

/** [name, type, unit, volume, user, project, resource] */
function brief(file: string, ...handlers: string[]): unknown[] {
  return run(setOf(...handlers), golden(file).notification).samples.map((sample) => [
    sample['name'],
    sample['type'],
    sample['unit'],
    sample['volume'],
    sample['user_id'],
    sample['project_id'],
    sample['resource_id'],
  ])
}

describe('golden data', () => {
  const cases = goldenCases.flatMap(({ file, notification, expected }) =>
    Object.entries(expected.endpoints ?? {}).map(
      ([endpoint, made]) => [file, endpoint, notification, made] as const,
    ),
  )

  test('has cases of the other endpoints', () => {
    expect(cases).toHaveLength(18)
  })

  test.each(cases)('%s: %s gives what Ceilometer gives', (_, endpoint, notification, made) => {
    const { samples, drops } = run(setOf(endpoint), notification)
    expect(samples).toEqual(made.samples ?? [])
    // Ceilometer raises or warns where we drop and count.
    expect(drops.length > 0).toBe(made.error !== undefined || made.log !== undefined)
  })

  test.each(goldenCases.filter(({ expected }) => expected.endpoints === undefined).map(({ file }) => [file]))(
    '%s: no endpoint of the default gives anything',
    (file) => {
      const { notification } = golden(file.replace('.json', ''))
      expect(run(setOf(...DEFAULT_HANDLERS), notification).samples).toEqual([])
    },
  )

  test('nothing changes a notification', () => {
    const all = setOf(...CLASSIC_HANDLERS)
    for (const { notification } of goldenCases) {
      const before = JSON.stringify(notification)
      run(all, notification)
      expect(JSON.stringify(notification)).toBe(before)
    }
  })
})

const nova = ['1e3ce043029547f1a61c1996d1a531a2', '7c150a59fe714e6f9263774af9688f0e'] as const

describe('the handlers of 2015', () => {
  test.each([
    [
      'compute.instance.create.end--kilo-1',
      ['memory', 'vcpus', 'disk_root_size', 'disk_ephemeral_size', 'instance', 'instance_flavor'],
      [
        ['memory', 'gauge', 'MB', 512, ...nova, '9f9d01b9-4a58-4271-9e27-398b21ab20d1'],
        ['vcpus', 'gauge', 'vcpu', 1, ...nova, '9f9d01b9-4a58-4271-9e27-398b21ab20d1'],
        ['disk.root.size', 'gauge', 'GB', 0, ...nova, '9f9d01b9-4a58-4271-9e27-398b21ab20d1'],
        ['disk.ephemeral.size', 'gauge', 'GB', 0, ...nova, '9f9d01b9-4a58-4271-9e27-398b21ab20d1'],
        ['instance', 'gauge', 'instance', 1, ...nova, '9f9d01b9-4a58-4271-9e27-398b21ab20d1'],
        ['instance:m1.tiny', 'gauge', 'instance', 1, ...nova, '9f9d01b9-4a58-4271-9e27-398b21ab20d1'],
      ],
    ],
    [
      'identity.role_assignment.created--kilo-1',
      ['role_assignment', 'role'],
      [['identity.role_assignment.created', 'delta', 'role_assignment', 1, 'user_id', null, 'role_id']],
    ],
    [
      'identity.authenticate--kilo-1',
      ['authenticate'],
      [['identity.authenticate.success', 'delta', 'user', 1, 'user_id', null, 'user_id']],
    ],
    [
      'identity.user.created--kilo-1',
      ['user', 'group', 'project', 'role', 'trust'],
      [['identity.user.created', 'delta', 'user', 1, null, null, 'user_id']],
    ],
    [
      'profiler.compute--kilo',
      ['profiler'],
      [
        [
          'some_name',
          'gauge',
          'trace',
          1,
          '1e3ce043029547f1a61c1996d1a531a2',
          '663ce04332954555a61c1996d1a53143',
          'profiler-2e3ce043029547f1a61c1996d1a531a2',
        ],
      ],
    ],
    [
      'magnetodb.table.create.end--kilo',
      ['magnetodb_table', 'magnetodb_index_count'],
      [
        [
          'magnetodb.table.create',
          'gauge',
          'table',
          1,
          'uuuuuuuu-uuuu-uuuu-uuuuuuuuuuuu',
          'tttttttt-tttt-tttt-tttttttttttt',
          'rrrrrrrr-rrrr-rrrr-rrrrrrrrrrrr',
        ],
        [
          'magnetodb.table.index.count',
          'gauge',
          'index',
          2,
          'uuuuuuuu-uuuu-uuuu-uuuuuuuuuuuu',
          'tttttttt-tttt-tttt-tttttttttttt',
          'rrrrrrrr-rrrr-rrrr-rrrrrrrrrrrr',
        ],
      ],
    ],
    [
      'sahara.cluster.create--kilo',
      ['data_processing'],
      [
        [
          'cluster.create',
          'delta',
          'cluster',
          1,
          '2e61f25ec63a4f6c954a6245421448a4',
          '4c35985848bf4419b3f3d52c22e5792d',
          'cb4a6fd1-1f5d-4002-ae91-9b91573cfb03',
        ],
      ],
    ],
    [
      'trove.instance.exists--l15',
      ['trove.instance.exists'],
      [
        [
          'trove.instance.exists',
          'cumulative',
          's',
          3600,
          'b70ece400e4e45c187168c40fa42ff7a',
          '76538754af6548f5b53cf9af2d35d582',
          'a8b55824-e731-40a3-a32d-de81474d74b2',
        ],
      ],
    ],
    [
      'dns.domain.exists--l15',
      ['dns.domain.exists'],
      [
        [
          'dns.domain.exists',
          'cumulative',
          's',
          3600,
          'b70ece400e4e45c187168c40fa42ff7a',
          '76538754af6548f5b53cf9af2d35d582',
          'a8b55824-e731-40a3-a32d-de81474d74b2',
        ],
      ],
    ],
    [
      'network.create.end--kilo-1',
      ['network', 'subnet'],
      [
        [
          'network',
          'gauge',
          'network',
          1,
          'b44b7ce67fc84414a5c1660a92a1b862',
          '82ed0c40ebe64d0bb3310027039c8ed2',
          '7fd4eb2f-a38e-4c25-8490-71ca8800c9be',
        ],
        [
          'network.create',
          'delta',
          'network',
          1,
          'b44b7ce67fc84414a5c1660a92a1b862',
          '82ed0c40ebe64d0bb3310027039c8ed2',
          '7fd4eb2f-a38e-4c25-8490-71ca8800c9be',
        ],
      ],
    ],
  ])('%s through %j', (file, handlers, samples) => {
    expect(brief(file, ...handlers)).toEqual(samples)
  })

  test('ten handlers read the metrics of a compute node', () => {
    const cpus = CLASSIC_HANDLERS.filter((name) => name.startsWith('cpu_'))
    expect(cpus).toHaveLength(10)
    expect(brief('compute.metrics.update--kilo-1', ...cpus)).toHaveLength(10)
    expect(brief('compute.metrics.update--kilo-1', 'cpu_percent')).toEqual([
      [
        'compute.node.cpu.percent',
        'gauge',
        '%',
        2.7501485834103514,
        null,
        null,
        'tianst_tianst.sh.intel.com',
      ],
    ])
  })

  test("an instance's own metadata is reduced to what is reserved", () => {
    const { notification } = golden('compute.instance.create.end--kilo-1')
    const payload = {
      ...(notification.payload as object),
      metadata: { 'metering.server.group': 'a'.repeat(300), other: 'gone', __proto__x: 1 },
    }
    const [sample] = run(setOf('memory'), { ...notification, payload }).samples
    expect(sample?.['resource_metadata']).toMatchObject({ user_metadata: { server_group: 'a'.repeat(256) } })
    expect(sample?.['resource_metadata']).not.toHaveProperty('metadata')
  })

  test('an instance that is deleted brings samples of its own; those of an unknown type are dropped', () => {
    const { notification } = golden('compute.instance.delete.samples--kilo')
    expect(run(setOf('instance_delete'), notification)).toEqual({
      samples: [],
      drops: ['bad-type', 'bad-type'],
    })
    const samples = [{ name: 'disk.read', type: 'cumulative', unit: 'B', volume: 7 }]
    const made = run(setOf('instance_delete'), {
      ...notification,
      payload: { ...(notification.payload as object), samples },
    })
    expect(made.samples).toMatchObject([
      { ...samples[0], resource_id: '648e8963-6886-4c3c-98f9-4511c292f86b' },
    ])
  })

  test('of neutron update.start the id is beside the resource', () => {
    const { notification } = golden('floatingip.update.start--kilo')
    const fixed = {
      ...notification,
      metadata: { ...notification.metadata, timestamp: '2014-05-31 07:19:43' },
    }
    expect(
      run(setOf('floatingip'), fixed).samples.map(({ name, resource_id }) => [name, resource_id]),
    ).toEqual([
      ['ip.floating', '64262b2a-8f5d-4ade-9405-0cbdd03c1555'],
      ['ip.floating.update', '64262b2a-8f5d-4ade-9405-0cbdd03c1555'],
    ])
  })

  test('a list of resources gives samples of each', () => {
    const { notification } = golden('network.create.end--kilo-1')
    const payload = { networks: [{ id: 'a' }, 7, { id: 'b' }] }
    const made = run(setOf('network'), { ...notification, event_type: 'network.exists', payload })
    expect(made.samples.map(({ resource_id }) => resource_id)).toEqual(['a', 'b'])
  })

  test.each([
    ['payload', null],
    ['payload', 'text'],
    ['payload', []],
    ['ctxt', null],
  ])('no handler minds when %s is %j', (key, value) => {
    const all = setOf(...CLASSIC_HANDLERS)
    for (const { notification } of goldenCases) run(all, { ...notification, [key]: value })
  })
})

describe('polled samples', () => {
  const message = {
    counter_name: 'cpu',
    counter_type: 'cumulative',
    counter_unit: 'ns',
    counter_volume: '12',
    user_id: 'u',
    project_id: 'p',
    resource_id: 'r',
    timestamp: '2026-01-02T03:04:05.000001',
    resource_metadata: { a: 1 },
    source: 'hardware',
    message_id: 'id-1',
  }
  const polled = (payload: unknown): AgentNotification => ({
    ...golden('http.request--kilo').notification,
    event_type: 'telemetry.polling',
    payload,
  })

  test('keep their id, source and metadata', () => {
    const made = setOf('_sample').samples(polled({ samples: [message] }), { drop: () => {} })
    expect(made).toEqual([
      {
        id: 'id-1',
        name: 'cpu',
        type: 'cumulative',
        unit: 'ns',
        volume: 12,
        user_id: 'u',
        user_name: null,
        project_id: 'p',
        project_name: null,
        resource_id: 'r',
        timestamp: '2026-01-02T03:04:05.000001+00:00',
        resource_metadata: { a: 1 },
        source: 'hardware',
        monotonic_time: null,
      },
    ])
  })

  test('that lack something are dropped alone', () => {
    const { counter_name: _name, ...rest } = message
    const { samples, drops } = run(setOf('_sample'), polled({ samples: [rest, message] }))
    expect(samples.map(({ name }) => name)).toEqual(['cpu'])
    expect(drops).toEqual(['incomplete-sample'])
  })

  test('with a wrong signature are dropped when signatures are looked at', () => {
    const plugin = classicHandler('_sample', {
      reserved: RESERVED_METADATA,
      verify: (one) => one['message_signature'] === 'right',
    })
    const set = new PluginSet(plugin === undefined ? [] : [plugin], 'openstack')
    const { samples, drops } = run(
      set,
      polled({ samples: [message, { ...message, message_signature: 'right' }] }),
    )
    expect(samples).toHaveLength(1)
    expect(drops).toEqual(['bad-signature'])
  })
})

test('event types match at their start, with an open end', () => {
  const memory = setOf('memory')
  expect(memory.wanting('compute.instance.create.end')).toHaveLength(1)
  expect(memory.wanting('compute_instance')).toHaveLength(1)
  expect(memory.wanting('xcompute.instance.create')).toHaveLength(0)
})

test('the metric handlers measure something', () => {
  expect(METRIC_HANDLERS).toContain('memory')
  expect(METRIC_HANDLERS).not.toContain('instance')
  expect(METRIC_HANDLERS.length).toBeLessThan(CLASSIC_HANDLERS.length)
})
