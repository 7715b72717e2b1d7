/** nova. source: ceilometer 2015.1, ceilometer/compute/notifications/{instance,cpu}.py */

import { pythonText } from '../values/index.js'
import { objectsIn, ownOf } from './member.js'
import { type Field, type HandlerRow, path, type SampleRow, type View } from './row.js'

const INSTANCES = ['compute.instance.*']
const ofInstance = {
  user: '$.payload.user_id',
  project: '$.payload.tenant_id',
  resource: '$.payload.instance_id',
} as const

/** A gauge that every notification about an instance carries. */
function instanceRow(handler: string, sample: string, unit: string, volume: Field): HandlerRow {
  return {
    name: handler,
    eventTypes: INSTANCES,
    metadata: 'user-metadata',
    samples: [{ name: sample, type: 'gauge', unit, volume, ...ofInstance }],
  }
}

/** [metric of nova, sample, type, unit, factor of the value] */
const CPU_METRICS = [
  ['cpu.frequency', 'gauge', 'MHz', 1],
  ['cpu.user.time', 'cumulative', 'ns', 1],
  ['cpu.kernel.time', 'cumulative', 'ns', 1],
  ['cpu.idle.time', 'cumulative', 'ns', 1],
  ['cpu.iowait.time', 'cumulative', 'ns', 1],
  ['cpu.kernel.percent', 'gauge', '%', 100],
  ['cpu.idle.percent', 'gauge', '%', 100],
  ['cpu.user.percent', 'gauge', '%', 100],
  ['cpu.iowait.percent', 'gauge', '%', 100],
  ['cpu.percent', 'gauge', '%', 100],
] as const

function cpuRow([metric, type, unit, factor]: (typeof CPU_METRICS)[number]): HandlerRow {
  const sample: SampleRow = {
    name: `compute.node.${metric}`,
    type,
    unit,
    volume: ({ item }) => scaled(ownOf(item, 'value'), factor),
    resource: ({ payload }) =>
      `${pythonText(ownOf(payload, 'host'))}_${pythonText(ownOf(payload, 'nodename'))}`,
    timestamp: '$.item.timestamp',
  }
  return {
    name: metric.replaceAll('.', '_'),
    eventTypes: ['compute.metrics.update'],
    items: (view) => firstNamed(view, metric),
    metadata: 'item',
    samples: [sample],
  }
}

function firstNamed({ payload }: View, name: string): readonly unknown[] {
  const found = objectsIn(ownOf(payload, 'metrics')).find((metric) => ownOf(metric, 'name') === name)
  return found === undefined ? [] : [found]
}

function scaled(value: unknown, factor: number): unknown {
  if (factor === 1) return value
  return typeof value === 'number' ? value * factor : undefined
}

const flavor = path('payload.instance_type')

export const COMPUTE_ROWS: readonly HandlerRow[] = [
  { ...instanceRow('instance', 'instance', 'instance', 1), isNonMetric: true },
  {
    name: 'instance_flavor',
    eventTypes: INSTANCES,
    isNonMetric: true,
    metadata: 'user-metadata',
    samples: [
      {
        name: (view) => {
          const type = flavor(view)
          return typeof type === 'string' && type !== '' ? `instance:${type}` : undefined
        },
        type: 'gauge',
        unit: 'instance',
        volume: 1,
        ...ofInstance,
      },
    ],
  },
  instanceRow('memory', 'memory', 'MB', '$.payload.memory_mb'),
  instanceRow('vcpus', 'vcpus', 'vcpu', '$.payload.vcpus'),
  instanceRow('disk_root_size', 'disk.root.size', 'GB', '$.payload.root_gb'),
  instanceRow('disk_ephemeral_size', 'disk.ephemeral.size', 'GB', '$.payload.ephemeral_gb'),
  {
    name: 'instance_delete',
    eventTypes: ['compute.instance.delete.samples'],
    items: ({ payload }) => objectsIn(ownOf(payload, 'samples')),
    metadata: 'user-metadata',
    samples: [
      {
        name: '$.item.name',
        type: '$.item.type',
        unit: '$.item.unit',
        volume: '$.item.volume',
        ...ofInstance,
      },
    ],
  },
  {
    name: 'instance_scheduled',
    eventTypes: ['scheduler.run_instance.scheduled'],
    isNonMetric: true,
    samples: [
      {
        name: 'instance.scheduled',
        type: 'delta',
        unit: 'instance',
        volume: 1,
        project: '$.payload.request_spec.instance_properties.project_id',
        resource: '$.payload.instance_id',
      },
    ],
  },
  ...CPU_METRICS.map(cpuRow),
]
