import { expect, test } from '@jest/globals'
import { createMeterConverter, type MeterConverter } from '../../../src/agent/meters/converter.js'
import { loadMeters } from '../../../src/agent/meters/load.js'
import type { MeterOptions } from '../../../src/agent/meters/options.js'
import type { AgentNotification } from '../../../src/agent/notification.js'
import type { Sample } from '../../../src/agent/sample.js'

const base = { event_type: 'probe.x', type: 'gauge', unit: 'u', volume: 1, resource_id: '$.payload.id' }

function converter(definitions: readonly object[], options: MeterOptions = {}): MeterConverter {
  const { definitions: loaded, problems } = loadMeters([{ file: 'test', definitions }], options)
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  return createMeterConverter(loaded, options)
}

function notification(payload: unknown, more: Partial<AgentNotification> = {}): AgentNotification {
  return {
    priority: 'info',
    ctxt: { request_id: 'req-1' },
    publisher_id: 'host.example',
    event_type: 'probe.x',
    payload,
    metadata: { message_id: 'm-1', timestamp: '2032-07-08 09:10:11.5' },
    ...more,
  }
}

function only(definition: object, payload: unknown, options?: MeterOptions): Sample | undefined {
  const found = converter([{ name: 'm', ...base, ...definition }], options).samples(notification(payload))
  expect(found.length).toBeLessThan(2)
  return found[0]
}

test('a sample has all that its notification tells', () => {
  expect(only({}, { id: 'r', size: 3 })).toEqual({
    id: expect.stringMatching(/^[\da-f-]{36}$/),
    name: 'm',
    type: 'gauge',
    unit: 'u',
    volume: 1,
    user_id: null,
    user_name: null,
    project_id: null,
    project_name: null,
    resource_id: 'r',
    timestamp: '2032-07-08T09:10:11.500000+00:00',
    resource_metadata: { id: 'r', size: 3, event_type: 'probe.x', host: 'host.example' },
    source: 'openstack',
    monotonic_time: null,
  })
})

test.each([
  ['@', { id: 'r', size: 3 }],
  ['payload.$.payload.size', 3],
  ['@.payload.size', 3],
  ['payload.@.size', 3],
  ['size', null],
  ['@size', null],
])('the user by the path %s', (user_id, found) => {
  const user = only({ user_id }, { id: 'r', size: 3 })?.user_id as unknown
  expect(user_id === '@' ? (user as { payload: unknown }).payload : user).toEqual(found)
})

test('samples have ids of their own', () => {
  const two = converter([
    { ...base, name: 'a' },
    { ...base, name: 'b' },
  ])
  const ids = [1, 2].flatMap(() => two.samples(notification({})).map(({ id }) => id))
  expect(new Set(ids).size).toBe(4)
})

test.each<[ctxt: object, user: unknown, project: unknown]>([
  [{ user_id: 'u', project_id: 'p' }, 'u', 'p'],
  [{ user: 'u', tenant_id: 't' }, 'u', 't'],
  [{ user_id: null, user: 'u2', project_id: 'p', tenant_id: 't' }, 'u2', 'p'],
  [{}, null, null],
])('the context %j tells user and project where the definition does not', (ctxt, user_id, project_id) => {
  const sent = notification({}, { ctxt: ctxt as AgentNotification['ctxt'] })
  expect(converter([{ ...base, name: 'm' }]).samples(sent)).toMatchObject([{ user_id, project_id }])
  const asThere = converter([{ ...base, name: 'm' }], { compatibility: { contextFallback: false } })
  expect(asThere.samples(sent)).toMatchObject([{ user_id: null, project_id: null }])
})

test.each<[definition: object, payload: unknown, options: MeterOptions, metadata: unknown]>([
  [{ metadata: { a: '$.payload.a', z: '$.payload.z' } }, { a: 1, z: 0 }, {}, { a: 1 }],
  [
    { metadata: { a: '$.payload.a', z: '$.payload.z' } },
    { a: 1, z: 0 },
    { compatibility: { falsyMetadata: true } },
    { a: 1, z: 0 },
  ],
  [{ metadata: { z: '$.payload.z' } }, { z: 0 }, {}, { z: 0, event_type: 'probe.x', host: 'host.example' }],
  [{ metadata: { z: '$.payload.z' } }, { z: 0 }, { compatibility: { emptyMetadata: 'empty' } }, {}],
  [{}, [1], {}, { event_type: 'probe.x', host: 'host.example' }],
  [{}, { event_type: 'own', host: 'own' }, {}, { event_type: 'probe.x', host: 'host.example' }],
  [
    { user_metadata: '$.payload.m' },
    { m: { 'metering.a.b': '1', other: 2 } },
    {},
    { user_metadata: { a_b: '1' } },
  ],
  [
    { user_metadata: '$.payload.m' },
    { m: { 'metering.a': '\u{1f600}bc', keep: 'kkk', x: 1 } },
    { reserved: { keys: ['keep'], length: 2 } },
    { user_metadata: { a: '\u{1f600}b', keep: 'kk' } },
  ],
  [
    { user_metadata: '$.payload.m' },
    { m: { 'x:a': 1, 'metering.b': 2 } },
    { reserved: { namespaces: ['x:'] } },
    { user_metadata: { a: 1 } },
  ],
  [
    { user_metadata: '$.payload.m', metadata: { a: '$.payload.id' } },
    { id: 'r', m: { 'metering.a': 1 } },
    {},
    { a: 'r' },
  ],
  [{ metadata: { ['__proto__']: '$.payload.id' } }, { id: 'r' }, {}, JSON.parse('{"__proto__": "r"}')],
  [
    {},
    JSON.parse('{"__proto__": {"polluted": true}}'),
    {},
    JSON.parse('{"__proto__": {"polluted": true}, "event_type": "probe.x", "host": "host.example"}'),
  ],
])('metadata of %j for %j with %j', (definition, payload, options, metadata) => {
  const sample = only(definition, payload, options)
  expect(sample?.resource_metadata).toEqual(metadata)
  expect(JSON.stringify(sample?.resource_metadata)).toBe(JSON.stringify(metadata))
})

test('a notification is left as it was, and so are its parts', () => {
  const sent = notification({ id: 'r', metadata: { 'metering.a': 1 } })
  const before = structuredClone(sent)
  converter([{ ...base, name: 'm', user_metadata: '$.payload.metadata' }]).samples(sent)
  expect(sent).toEqual(before)
})

test('what is left out is told, each time', () => {
  const drops: [string, string][] = []
  const report = { drop: (code: string, text: string): void => void drops.push([code, text]) }
  const { samples } = converter(
    [
      { ...base, name: 'empty', volume: '$.payload.nope' },
      { ...base, name: '$.payload.nope' },
      { ...base, name: '$.payload.names[*]', volume: '$.payload.volumes[*]', lookup: ['name', 'volume'] },
      { ...base, name: 'late', volume: { fields: '$.payload.id', plugin: 'timedelta' } },
    ],
    { report },
  )
  expect(samples(notification({ id: 'r', names: ['a', 'b'], volumes: [1] }))).toEqual([])
  expect(drops.map(([code]) => code)).toEqual([
    'NOT_TWO_TIMESTAMPS',
    'null-volume',
    'lookup-mismatch',
    'raw-name',
    'null-volume',
  ])
  expect(drops[3]?.[1]).toContain('$.payload.nope')
})

test.each<[name: string, found: unknown]>([
  ['cpu', 'cpu'],
  ['image.size', 'image.size'],
  ['instance:m1.tiny', 'instance:m1.tiny'],
  ['%', '%'],
  ['payload.id', 'r'],
  ["'a.' + $.payload.id", 'a.r'],
  ['payload.nope', undefined],
  ['ctxt.nope', undefined],
  ['$.nope', undefined],
  ["$.payload.nope + '.x'", undefined],
  ['$.payload.names[0]', undefined],
])('a sample of %s is named %j', (name, found) => {
  expect(only({ name }, { id: 'r' })?.name).toBe(found)
  expect(only({ name }, { id: 'r' }, { compatibility: { rawNames: true } })?.name).toBe(found ?? name)
})

test('names of ids come from whoever knows them, for all samples', () => {
  const identityNames = { user: (id: unknown) => `user ${String(id)}`, project: () => null }
  expect(only({ user_id: '$.payload.id' }, { id: 'u' }, { identityNames })).toMatchObject({
    user_name: 'user u',
    project_name: null,
  })
})

test.each<[definition: object, payload: unknown, more: Partial<AgentNotification>, code: string]>([
  [{ timestamp: '$.payload.t' }, { t: 'bad' }, {}, 'BAD_TIMESTAMP'],
  [{ timestamp: '$.payload.t' }, { t: 5 }, {}, 'BAD_TIMESTAMP'],
  [{}, {}, { metadata: { message_id: 'm', timestamp: null } }, 'BAD_TIMESTAMP'],
  [{ user_metadata: '$.payload.m' }, { m: 'text' }, {}, 'BAD_USER_METADATA'],
  [
    { name: '$.payload.n[*]', type: '$.payload.n[*]', lookup: ['name', 'type'] },
    { n: ['a'] },
    {},
    'LITERAL_IN_LOOKUP',
  ],
  [
    { name: '$.payload.n[*]', volume: '$.payload.n[*]', type: '$.payload.n[*]', lookup: ['name', 'type'] },
    { n: ['a'] },
    {},
    'BAD_SAMPLE_TYPE',
  ],
  [
    { name: '$.payload.n[*]', volume: { fields: 'a', plugin: 'timedelta' }, lookup: 'name' },
    { n: ['a'] },
    {},
    'PLUGIN_IN_LOOKUP',
  ],
  [{}, {}, { event_type: null as unknown as string }, 'BAD_EVENT_TYPE'],
])('%j of %j fails as a whole', (definition, payload, more, code) => {
  const { samples } = converter([{ ...base, name: 'm', ...definition }])
  expect(() => samples(notification(payload, more))).toThrow(expect.objectContaining({ code }))
})

test('a falsy timestamp is that of the notification', () => {
  for (const t of ['', null, 0, [], {}])
    expect(only({ timestamp: '$.payload.t' }, { t })?.timestamp).toBe('2032-07-08T09:10:11.500000+00:00')
})

test('event types are remembered, and made-up ones do not fill the memory', () => {
  const { samples } = converter([{ ...base, name: 'm', event_type: 'probe.*' }])
  for (let at = 0; at < 30_000; at++) samples(notification({}, { event_type: `made.up.${at}` }))
  expect(samples(notification({}, { event_type: 'probe.y' }))).toHaveLength(1)
  expect(samples(notification({}, { event_type: 'a.probe' }))).toHaveLength(0)
})
