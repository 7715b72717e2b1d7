/** Images, volumes, snapshots, backups, shares, object storage: glance, cinder, manila, swift. */
import { type MeterConfig, payload, sameNames } from './shipped-config.js'

const IMAGES: readonly MeterConfig[] = [
  {
    name: 'image.size',
    event_type: ['image.upload', 'image.delete', 'image.update'],
    type: 'gauge',
    unit: 'B',
    volume: payload('size'),
    resource_id: payload('id'),
    project_id: payload('owner'),
  },
  // Who received it, and who served it.
  {
    name: 'image.download',
    event_type: 'image.send',
    type: 'delta',
    unit: 'B',
    volume: payload('bytes_sent'),
    resource_id: payload('image_id'),
    user_id: payload('receiver_user_id'),
    project_id: payload('receiver_tenant_id'),
  },
  {
    name: 'image.serve',
    event_type: 'image.send',
    type: 'delta',
    unit: 'B',
    volume: payload('bytes_sent'),
    resource_id: payload('image_id'),
    project_id: payload('owner_id'),
  },
]

/** Of a whole backend, and of each of its pools, which is named `backend#pool`. */
const CAPACITIES: readonly MeterConfig[] = [
  { prefix: 'volume.provider.capacity', events: 'capacity.backend.*', of: {} },
  {
    prefix: 'volume.provider.pool.capacity',
    events: 'capacity.pool.*',
    of: { metadata: { provider: '$.payload.name_to_id.`split(#, 0, 1)`' } },
  },
].flatMap(({ prefix, events, of }) =>
  ['total', 'free', 'allocated', 'provisioned', 'virtual_free'].map(
    (kind): MeterConfig => ({
      name: `${prefix}.${kind}`,
      event_type: events,
      type: 'gauge',
      unit: 'GiB',
      volume: payload(kind),
      resource_id: payload('name_to_id'),
      ...of,
    }),
  ),
)

interface SizeRow {
  readonly name: string
  /** Of the events, `<kind>.<verb>`. */
  readonly kind: string
  readonly verbs: readonly string[]
  readonly volume: string
  readonly project: string
  readonly metadata: MeterConfig['metadata']
}

/** Things that have an owner and a size in GiB. */
function sizeOf({ name, kind, verbs, volume, project, metadata = {} }: SizeRow): MeterConfig {
  return {
    name,
    event_type: verbs.map((verb) => `${kind}.${verb}`),
    type: 'gauge',
    unit: 'GiB',
    volume: payload(volume),
    resource_id: payload(`${kind}_id`),
    user_id: payload('user_id'),
    project_id: payload(project),
    metadata,
  }
}

const SIZES: readonly MeterConfig[] = [
  sizeOf({
    name: 'volume.size',
    kind: 'volume',
    verbs: [
      'exists',
      'retype',
      ...['create', 'delete', 'resize', 'attach', 'detach', 'update', 'manage'].map((verb) => `${verb}.*`),
    ],
    volume: 'size',
    project: 'tenant_id',
    metadata: {
      ...sameNames(['display_name', 'volume_type']),
      volume_type_id: payload('volume_type'),
      image_id: payload('glance_metadata[?key=image_id].value'),
      instance_id: payload('volume_attachment[0].server_id'),
    },
  }),
  sizeOf({
    name: 'snapshot.size',
    kind: 'snapshot',
    verbs: ['exists', 'create.*', 'delete.*', 'manage.*'],
    volume: 'volume_size',
    project: 'tenant_id',
    metadata: sameNames(['display_name']),
  }),
  sizeOf({
    name: 'backup.size',
    kind: 'backup',
    verbs: ['exists', 'create.*', 'delete.*', 'restore.*'],
    volume: 'size',
    project: 'tenant_id',
    metadata: sameNames(['display_name']),
  }),
]

/** In the order of the original. */
export const STORAGE_METERS: readonly MeterConfig[] = [...IMAGES, ...CAPACITIES, ...SIZES]

/** One sample per measurement. `metric` is one object or a list, so [*] takes both. */
export const OBJECT_STORE_METER: MeterConfig = {
  name: payload('measurements.[*].metric.[*].name'),
  event_type: 'objectstore.http.request',
  type: 'delta',
  unit: payload('measurements.[*].metric.[*].unit'),
  volume: payload('measurements.[*].result'),
  resource_id: payload('target.id'),
  user_id: payload('initiator.id'),
  project_id: payload('initiator.project_id'),
  lookup: ['name', 'unit', 'volume'],
}

/** Shares, whose project is no `tenant_id`. */
export const SHARE_METER: MeterConfig = sizeOf({
  name: 'manila.share.size',
  kind: 'share',
  verbs: ['create.*', 'delete.*', 'extend.*', 'shrink.*'],
  volume: 'size',
  project: 'project_id',
  metadata: { ...sameNames(['name', 'host', 'status', 'availability_zone']), protocol: payload('proto') },
})
