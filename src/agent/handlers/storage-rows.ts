/** glance, cinder and swift. source: ceilometer 2015.1, ceilometer/{image,volume,objectstore}/notifications.py */

import { objectsIn, ownOf } from './member.js'
import { type Field, type HandlerRow } from './row.js'

const IMAGES = ['image.update', 'image.upload', 'image.delete']
const VOLUMES = [
  'volume.exists',
  'volume.create.*',
  'volume.delete.*',
  'volume.resize.*',
  'volume.attach.*',
  'volume.detach.*',
  'volume.update.*',
]
const SNAPSHOTS = ['snapshot.exists', 'snapshot.create.*', 'snapshot.delete.*', 'snapshot.update.*']

const ofImage = { project: '$.payload.owner', resource: '$.payload.id' } as const
const ofVolume = {
  user: '$.payload.user_id',
  project: '$.payload.tenant_id',
  resource: '$.payload.volume_id',
} as const
const ofSnapshot = { ...ofVolume, resource: '$.payload.snapshot_id' } as const
const ofRequest = {
  user: '$.payload.initiator.id',
  project: '$.payload.initiator.project_id',
  resource: '$.payload.target.id',
} as const

type Owner = typeof ofImage | typeof ofVolume | typeof ofSnapshot

/** That it happened (a delta named after the event type), that it is there (a gauge), and how big it is. */
function family(
  kind: string,
  eventTypes: readonly string[],
  owner: Owner,
  size: { unit: string; volume: Field },
): HandlerRow[] {
  return [
    {
      name: `${kind}_crud`,
      eventTypes,
      isNonMetric: true,
      samples: [{ name: '$.event_type', type: 'delta', unit: kind, volume: 1, ...owner }],
    },
    {
      name: kind,
      eventTypes,
      isNonMetric: true,
      samples: [{ name: kind, type: 'gauge', unit: kind, volume: 1, ...owner }],
    },
    {
      name: `${kind}_size`,
      eventTypes,
      samples: [{ name: `${kind}.size`, type: 'gauge', ...size, ...owner }],
    },
  ]
}

export const STORAGE_ROWS: readonly HandlerRow[] = [
  ...family('image', IMAGES, ofImage, { unit: 'B', volume: '$.payload.size' }),
  {
    name: 'image_download',
    eventTypes: ['image.send'],
    samples: [
      {
        name: 'image.download',
        type: 'delta',
        unit: 'B',
        volume: '$.payload.bytes_sent',
        user: '$.payload.receiver_user_id',
        project: '$.payload.receiver_tenant_id',
        resource: '$.payload.image_id',
      },
    ],
  },
  {
    name: 'image_serve',
    eventTypes: ['image.send'],
    samples: [
      {
        name: 'image.serve',
        type: 'delta',
        unit: 'B',
        volume: '$.payload.bytes_sent',
        project: '$.payload.owner_id',
        resource: '$.payload.image_id',
      },
    ],
  },
  ...family('volume', VOLUMES, ofVolume, { unit: 'GB', volume: '$.payload.size' }),
  ...family('snapshot', SNAPSHOTS, ofSnapshot, { unit: 'GB', volume: '$.payload.volume_size' }),
  {
    name: 'objectstore.request',
    eventTypes: ['objectstore.http.request'],
    isNonMetric: true,
    samples: [{ name: 'storage.api.request', type: 'delta', unit: 'request', volume: 1, ...ofRequest }],
  },
  {
    name: 'objectstore.request.meters',
    eventTypes: ['objectstore.http.request'],
    items: ({ payload }) => objectsIn(ownOf(payload, 'measurements')),
    samples: [
      {
        name: '$.item.metric.name',
        type: 'delta',
        unit: '$.item.metric.unit',
        volume: '$.item.result',
        ...ofRequest,
      },
    ],
  },
]
