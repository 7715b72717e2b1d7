/**
 * Which of Gnocchi's resources a meter belongs to, and what of a sample describes that resource. The types and their attributes are those that
 * OpenStack clouds have in Gnocchi; this table is of our own making.
 */
import type { Event } from '../event.js'
import type { Sample } from '../sample.js'

export interface ResourceType {
  readonly type: string
  /** Attribute -> names in the sample's metadata, the first that is there. */
  readonly attributes: Readonly<Record<string, readonly string[]>>
}

interface Entry extends ResourceType {
  /** Names of meters, `*` = any further characters. The longest one that fits wins. */
  readonly meters: readonly string[]
}

const entries: readonly Entry[] = [
  {
    type: 'instance',
    meters: [
      'compute.instance.booting.time',
      'cpu',
      'cpu_*',
      'disk.ephemeral.size',
      'disk.root.size',
      'memory',
      'memory.*',
      'perf.*',
      'power.state',
      'vcpus',
    ],
    attributes: {
      display_name: ['display_name'],
      flavor_id: ['instance_flavor_id', 'flavor_id', 'flavor.id', 'instance_type_id'],
      flavor_name: ['flavor_name', 'flavor.name', 'instance_type'],
      host: ['instance_host', 'host'],
      image_ref: ['image_ref', 'image_ref_url'],
      server_group: ['server_group', 'user_metadata.server_group'],
    },
  },
  {
    type: 'instance_disk',
    meters: ['disk.device.*'],
    attributes: { name: ['disk_name'], instance_id: ['instance_id'] },
  },
  {
    type: 'instance_network_interface',
    meters: ['network.incoming.*', 'network.outgoing.*'],
    attributes: { name: ['vnic_name'], instance_id: ['instance_id'] },
  },
  {
    type: 'volume',
    meters: ['backup.size', 'snapshot.size', 'volume', 'volume.*'],
    attributes: {
      display_name: ['display_name', 'name'],
      volume_type: ['volume_type'],
      image_id: ['image_id'],
      instance_id: ['instance_id'],
    },
  },
  {
    type: 'image',
    meters: ['image', 'image.*'],
    attributes: {
      name: ['name'],
      container_format: ['container_format'],
      disk_format: ['disk_format'],
    },
  },
  {
    type: 'network',
    meters: ['bandwidth', 'ip.floating', 'network', 'network.*', 'port', 'router', 'subnet'],
    attributes: {},
  },
  { type: 'identity', meters: ['identity.*'], attributes: {} },
  { type: 'ipmi_sensor', meters: ['hardware.ipmi.*'], attributes: { node: ['node'] } },
  { type: 'nova_compute', meters: ['compute.node.cpu.*'], attributes: { host_name: ['host'] } },
  { type: 'stack', meters: ['stack.*'], attributes: {} },
  { type: 'swift_account', meters: ['storage.*'], attributes: {} },
  { type: 'manila_share', meters: ['manila.share.size'], attributes: { name: ['name'], host: ['host'] } },
  { type: 'loadbalancer', meters: ['network.services.lb.*'], attributes: {} },
]

/** For meters that the table does not have: a resource with no attributes of its own. */
const generic: ResourceType = { type: 'generic', attributes: {} }

const exact = new Map<string, ResourceType>()
const prefixes: (readonly [string, ResourceType])[] = []
for (const entry of entries) {
  for (const meter of entry.meters) {
    if (meter.endsWith('*')) prefixes.push([meter.slice(0, -1), entry])
    else exact.set(meter, entry)
  }
}
prefixes.sort(([one], [other]) => other.length - one.length)

export function resourceTypeOf(meter: string): ResourceType {
  return exact.get(meter) ?? prefixes.find(([prefix]) => meter.startsWith(prefix))?.[1] ?? generic
}

/** What a sample says of the attributes of its resource, as texts. */
export function attributesOf(sample: Sample, { attributes }: ResourceType): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [attribute, names] of Object.entries(attributes)) {
    const value = names.map((name) => member(sample.resource_metadata, name)).find(isSaid)
    if (value !== undefined) found[attribute] = String(value)
  }
  return found
}

/** Metadata may be nested, or have dots in its names. */
function member(metadata: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(metadata, name)) return metadata[name]
  let value: unknown = metadata
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}

function isSaid(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || typeof value === 'number'
}

/** Event types that end a resource, and the traits that may name it. */
const endings = new Map<string, { readonly type: string; readonly traits: readonly string[] }>([
  ['compute.instance.delete.start', { type: 'instance', traits: ['resource_id', 'instance_id'] }],
  ['volume.delete.start', { type: 'volume', traits: ['resource_id'] }],
  ['image.delete', { type: 'image', traits: ['resource_id'] }],
  ['network.delete.end', { type: 'network', traits: ['resource_id'] }],
  ['orchestration.stack.delete.end', { type: 'stack', traits: ['resource_id'] }],
])

/** The resource that an event ends; undefined = none. */
export function endedResource(event: Event): { readonly type: string; readonly id: string } | undefined {
  const ending = endings.get(event.event_type)
  const id = ending?.traits
    .map((wanted) => event.traits.find(([name]) => name === wanted)?.[2])
    .find((value) => typeof value === 'string' && value !== '')
  return ending === undefined || typeof id !== 'string' ? undefined : { type: ending.type, id }
}
