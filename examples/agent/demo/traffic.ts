/** What a small cloud says in a day: instances, volumes, images, networks, a compute node and its sensors. */
import type { Context, Priority } from 'tocsin'

export interface Said {
  readonly priority: Priority
  readonly exchange: string
  readonly publisherId: string
  readonly ctxt: Context
  readonly eventType: string
  readonly payload: Readonly<Record<string, unknown>>
}

const FLAVORS = [
  { instance_type: 'm1.tiny', memory_mb: 512, vcpus: 1, root_gb: 1, ephemeral_gb: 0 },
  { instance_type: 'm1.small', memory_mb: 2_048, vcpus: 1, root_gb: 20, ephemeral_gb: 0 },
  { instance_type: 'm1.large', memory_mb: 8_192, vcpus: 4, root_gb: 80, ephemeral_gb: 40 },
] as const

const PROJECTS = ['shop', 'search', 'mail'] as const
const INSTANCES = 12
const HOURS = 24

export function* day(): Generator<Said> {
  for (let number = 0; number < INSTANCES; number += 1) yield* birth(number)
  for (let hour = 0; hour < HOURS; hour += 1) {
    for (let number = 0; number < INSTANCES; number += 1)
      yield instance(number, 'compute.instance.exists', hour)
    yield node(hour)
    yield sensors(hour)
  }
  yield instance(INSTANCES - 1, 'compute.instance.delete.end', HOURS)
  yield {
    ...instance(0, 'compute.instance.create.error', HOURS),
    priority: 'error',
  }
}

function* birth(number: number): Generator<Said> {
  yield instance(number, 'compute.instance.create.end', 0)
  yield {
    priority: 'info',
    exchange: 'cinder',
    publisherId: 'volume.store-1',
    ctxt: contextOf(number),
    eventType: 'volume.create.end',
    payload: {
      volume_id: `volume-${number}`,
      size: 10 * (1 + (number % 4)),
      tenant_id: projectOf(number),
      user_id: `${projectOf(number)}-admin`,
      display_name: `data of server ${number}`,
    },
  }
  yield {
    priority: 'info',
    exchange: 'neutron',
    publisherId: 'network.controller',
    ctxt: contextOf(number),
    eventType: 'port.create.end',
    payload: { port: { id: `port-${number}`, device_id: `instance-${number}`, status: 'ACTIVE' } },
  }
  if (number % 4 > 0) return
  yield {
    priority: 'info',
    exchange: 'glance',
    publisherId: 'image.controller',
    ctxt: contextOf(number),
    eventType: 'image.upload',
    payload: { id: `image-${number}`, size: 300_000_000 + number * 1_000_000, owner: projectOf(number) },
  }
}

function instance(number: number, eventType: string, hour: number): Said {
  return {
    priority: 'info',
    exchange: 'nova',
    publisherId: `compute.node-${1 + (number % 2)}`,
    ctxt: contextOf(number),
    eventType,
    payload: {
      ...FLAVORS[number % FLAVORS.length],
      instance_id: `instance-${number}`,
      display_name: `server ${number}`,
      host: `node-${1 + (number % 2)}`,
      tenant_id: projectOf(number),
      user_id: `${projectOf(number)}-admin`,
      state: eventType.endsWith('delete.end') ? 'deleted' : 'active',
      created_at: '2026-03-01 00:00:00',
      launched_at: '2026-03-01 00:00:09',
      metadata: { 'metering.stack': `stack-${number % 3}` },
      audit_period_ending: `2026-03-01 ${String(hour % 24).padStart(2, '0')}:00:00`,
    },
  }
}

function node(hour: number): Said {
  const busy = 0.3 + 0.2 * Math.sin(hour / 4)
  const metric = (name: string, value: number): object => ({
    name,
    value,
    source: 'libvirt.LibvirtDriver',
    timestamp: `2026-03-01T${String(hour).padStart(2, '0')}:00:00`,
  })
  return {
    priority: 'info',
    exchange: 'nova',
    publisherId: 'compute.node-1',
    ctxt: {},
    eventType: 'compute.metrics.update',
    payload: {
      host: 'node-1',
      nodename: 'node-1.example.org',
      host_ip: '10.0.0.11',
      metrics: [
        metric('cpu.frequency', 2_600),
        metric('cpu.percent', busy),
        metric('cpu.idle.percent', 1 - busy),
        metric('cpu.user.time', 3_600_000_000_000 * hour * busy),
      ],
    },
  }
}

function sensors(hour: number): Said {
  const sensor = (id: string, reading: string): object => ({
    [id]: { 'Sensor ID': id, 'Sensor Reading': reading, Status: 'ok' },
  })
  return {
    priority: 'info',
    exchange: 'ironic',
    publisherId: 'conductor.controller',
    ctxt: {},
    eventType: 'hardware.ipmi.metrics.update',
    payload: {
      node_uuid: 'node-1',
      event_type: 'hardware.ipmi.metrics.update',
      timestamp: `2026-03-01T${String(hour).padStart(2, '0')}:00:00`,
      payload: {
        Temperature: {
          ...sensor('CPU1 Temp (0x36)', `${40 + (hour % 12)} (+/- 0.500) degrees C`),
          ...sensor('CPU2 Temp (0x37)', 'Disabled'),
        },
        Fan: sensor('Fan 1 (0x40)', `${4_000 + 100 * (hour % 12)} (+/- 0) RPM`),
      },
    },
  }
}

function projectOf(number: number): string {
  return PROJECTS[number % PROJECTS.length] ?? 'shop'
}

function contextOf(number: number): Context {
  return { user_id: `${projectOf(number)}-admin`, tenant_id: projectOf(number), request_id: `req-${number}` }
}
