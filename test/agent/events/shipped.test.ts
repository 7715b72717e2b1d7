import { describe, expect, test } from '@jest/globals'

import { readSource } from '../../../src/agent/definitions/source.js'
import { EventConverter, loadEvents, shippedEvents } from '../../../src/agent/events/index.js'
import type { AgentNotification, Event } from '../../../src/agent/index.js'
import { comparable, type PublicCase, publicCases, readGolden } from './golden.js'

const { definitions, problems } = loadEvents(shippedEvents)
const original = loadEvents([
  { file: 'event_definitions.yaml', text: readGolden('ceilometer-event-definitions.yaml') },
])

test('the definitions that are shipped have no mistakes, and events reach all of them', () => {
  expect(problems).toEqual([])
})

/** Names of traits that an event has here and not there, or with another value, as `+name`, `-name`, `~name`. */
function differences(event: Event | null, wanted: Event | null): string[] {
  const own = new Map(event?.traits.map(([name, type, value]) => [name, comparable([type, value])]))
  const other = new Map(wanted?.traits.map(([name, type, value]) => [name, comparable([type, value])]))
  const names = [...new Set([...own.keys(), ...other.keys()])].sort()
  return names.flatMap((name) => {
    if (!other.has(name)) return [`+${name}`]
    if (!own.has(name)) return [`-${name}`]
    return JSON.stringify(own.get(name)) === JSON.stringify(other.get(name)) ? [] : [`~${name}`]
  })
}

describe('the traits of public notifications are those that the original file gives', () => {
  const ours = new EventConverter(definitions)
  const theirs = new EventConverter(original.definitions)
  const found = new Map<string, Set<string>>()
  for (const { notification } of publicCases()) {
    if (isVersioned(notification)) continue
    const event = ours.event(notification)
    const wanted = theirs.event(notification)
    const changes = differences(event, wanted)
    if (changes.length === 0) continue
    const type = notification.event_type
    found.set(type, new Set([...(found.get(type) ?? []), ...changes]))
  }

  test('but for what is mended', () => {
    expect(Object.fromEntries([...found].map(([type, changes]) => [type, [...changes].sort()]))).toEqual({
      // Of the catch-all there.
      'compute.metrics.update': ['+host', '+nodename', '+resource_id'],
      'l3.meter': ['+bytes', '+host', '+label_id', '+pkts', '+resource_id'],
      // Its definition there is never reached.
      'objectstore.http.request': [
        '+target_action',
        '+target_metadata_container',
        '+target_metadata_object',
        '+target_metadata_path',
        '+target_metadata_version',
      ],
    })
  })
})

describe('a notification that has all that the original file looks for', () => {
  const source = readSource({ file: 'e.yaml', text: readGolden('ceilometer-event-definitions.yaml') })
  const entries = source.value as { event_type: string | string[]; traits: Record<string, unknown> }[]
  const fields = entries.flatMap(({ traits }) => Object.values(traits).flatMap((trait) => fieldsOf(trait)))
  const types = entries.flatMap(({ event_type }) => event_type).map((glob) => glob.replaceAll('*', 'x'))
  const payload: Record<string, unknown> = {
    // Which the original looks for outside of the payload.
    parent_domain_id: 'parent',
    glance_metadata: [{ key: 'image_id', value: 'image' }],
    volume_attachment: [{ server_id: 'server' }],
    image_meta: Object.fromEntries(
      ['architecture', 'os_version', 'os_distro'].map((name) => [`org.openstack__1__${name}`, name]),
    ),
  }
  for (const { path, type } of fields)
    if (/^payload(\.\w+)+$/.test(path)) put(payload, path.split('.').slice(1), type)
  const ours = new EventConverter(definitions)
  const theirs = new EventConverter(original.definitions)

  test.each([...new Set(types)])('%s has the same traits', (event_type) => {
    const notification: AgentNotification = {
      priority: 'info',
      ctxt: { request_id: 'r', user_id: 'cu', project_id: 'cp', tenant_id: 'ct', trustor_user_id: 'trustor' },
      publisher_id: 'compute.host.domain',
      event_type,
      payload,
      metadata: { message_id: 'm', timestamp: '2012-05-08' },
    }
    expect(differences(ours.event(notification), theirs.event(notification))).toEqual(mended(event_type))
  })

  function mended(eventType: string): string[] {
    if (eventType === 'objectstore.http.request')
      return [
        '+initiator_project_id',
        '+target_action',
        '+target_metadata_container',
        '+target_metadata_object',
        '+target_metadata_path',
        '+target_metadata_version',
      ]
    if (eventType.startsWith('dns.domain.')) return ['+parent_domain_id']
    return eventType.startsWith('share.') ? ['~project_id'] : []
  }
})

interface Field {
  readonly path: string
  readonly type: unknown
}

function fieldsOf(trait: unknown): Field[] {
  const { fields, type } = (
    typeof trait === 'object' && trait !== null && 'fields' in trait ? trait : { fields: trait }
  ) as {
    fields: string | string[]
    type?: unknown
  }
  return [fields].flat().map((path) => ({ path, type }))
}

/** A value of the type that is looked for, which says where it stands. */
function put(object: Record<string, unknown>, names: readonly string[], type: unknown): void {
  const [name, ...rest] = names
  if (name === undefined) return
  if (rest.length > 0) {
    object[name] ??= {}
    // Where one definition looks for a value and another for an object, the value has to give way.
    if (typeof object[name] !== 'object') object[name] = {}
    put(object[name] as Record<string, unknown>, rest, type)
  } else if (typeof object[name] !== 'object') {
    object[name] =
      type === 'datetime' ? '2012-05-08T20:23:48' : type === 'int' ? name.length : `value of ${name}`
  }
}

test('a share whose project is sent as it was of old has it', () => {
  const event = new EventConverter(definitions).event({
    priority: 'info',
    ctxt: {},
    publisher_id: 'manila.host',
    event_type: 'share.create.end',
    payload: { tenant_id: 'old' },
    metadata: { message_id: 'm', timestamp: '2012-05-08' },
  })
  expect(event?.traits).toContainEqual(['project_id', 1, 'old'])
})

describe("nova's versioned notifications", () => {
  const converter = new EventConverter(definitions)
  const versioned = publicCases().filter(({ notification }) => isVersioned(notification))

  test('tell what they are about, where it runs and whose it is', () => {
    const nameless = new Set(['compute.exception', 'libvirt.connect.error'])
    const wrong = versioned.flatMap(({ file, notification }) => {
      const names = converter.event(notification)?.traits.map(([name]) => name) ?? []
      const wanted = ['service', 'host', 'project_id', 'user_id', 'resource_id']
      const missing = wanted.filter((name) => !names.includes(name))
      return missing.length === 0 || nameless.has(notification.event_type)
        ? []
        : [`${file}: ${missing.join()}`]
    })
    expect(wrong).toEqual([])
    expect(versioned).toHaveLength(140)
    expect(converter.drops.BAD_TRAIT).toBe(0)
  })

  test('have the traits of the notifications of old', () => {
    const { notification } = versioned.find(
      ({ file }) => file === 'instance.create.end--nova.json',
    ) as PublicCase
    expect(
      Object.fromEntries(converter.event(notification)?.traits.map(([name, , value]) => [name, value]) ?? []),
    ).toMatchObject({
      service: 'nova-compute',
      host: 'compute',
      instance_id: '178b0921-8f85-4257-88b6-2e743b5a975c',
      display_name: 'some-server',
      state: 'active',
      instance_type: 'test_flavor',
      memory_mb: 512,
      root_gb: 1,
      ephemeral_gb: 0,
      vcpus: 1,
      launched_at: '2012-10-29T13:42:11',
    })
  })
})

function isVersioned({ payload }: AgentNotification): boolean {
  return typeof payload === 'object' && payload !== null && 'nova_object.data' in payload
}
