/** Instances and the hosts they run on, from nova's unversioned notifications (shipped-versioned.ts has the others). */
import { type MeterConfig, payload, sameNames } from './shipped-config.js'

/** An update may come before the instance has its sizes, and the start of a creation before it has an image. */
const EVENTS = 'compute.instance.(?!create.start|update).*'

const ABOUT_INSTANCES: Pick<MeterConfig, 'project_id' | 'resource_id' | 'metadata' | 'user_metadata'> = {
  resource_id: payload('instance_id'),
  project_id: payload('tenant_id'),
  user_metadata: payload('metadata'),
  metadata: {
    ...sameNames(['host']),
    flavor_id: payload('instance_flavor_id'),
    flavor_name: payload('instance_type'),
    ...sameNames(['display_name']),
    image_ref: payload('image_meta.base_image_ref'),
    ...sameNames(['image_meta', 'launched_at', 'created_at', 'deleted_at']),
  },
}

function instanceMeter(name: string, unit: string, volume: string): MeterConfig {
  return {
    name,
    event_type: EVENTS,
    type: 'gauge',
    unit,
    volume: payload(volume),
    user_id: payload('user_id'),
    ...ABOUT_INSTANCES,
  }
}

/** The sizes of instances, and how long they took to start. */
export const INSTANCE_METERS: readonly MeterConfig[] = [
  instanceMeter('memory', 'MiB', 'memory_mb'),
  instanceMeter('vcpus', 'vcpu', 'vcpus'),
  {
    name: 'compute.instance.booting.time',
    event_type: 'compute.instance.create.end',
    type: 'gauge',
    unit: 'sec',
    volume: { fields: [payload('created_at'), payload('launched_at')], plugin: 'timedelta' },
    ...ABOUT_INSTANCES,
  },
  instanceMeter('disk.root.size', 'GiB', 'root_gb'),
  instanceMeter('disk.ephemeral.size', 'GiB', 'ephemeral_gb'),
]

/** What nova measures of a host's processors, in its own order. */
export const NODE_METRICS: readonly (readonly [metric: string, type: MeterConfig['type'], unit: string])[] = [
  ['frequency', 'gauge', 'MHz'],
  ['user.time', 'cumulative', 'ns'],
  ['kernel.time', 'cumulative', 'ns'],
  ['idle.time', 'cumulative', 'ns'],
  ['iowait.time', 'cumulative', 'ns'],
  ['kernel.percent', 'gauge', 'percent'],
  ['idle.percent', 'gauge', 'percent'],
  ['user.percent', 'gauge', 'percent'],
  ['iowait.percent', 'gauge', 'percent'],
  ['percent', 'gauge', 'percent'],
]

/** Shares come as fractions of 1. */
export const NODE_METERS: readonly MeterConfig[] = NODE_METRICS.map(([metric, type, unit]): MeterConfig => {
  const item = payload(`metrics[?(@.name='cpu.${metric}')]`)
  return {
    name: `compute.node.cpu.${metric}`,
    event_type: 'compute.metrics.update',
    type,
    unit,
    volume: unit === 'percent' ? `${item}.value * 100` : `${item}.value`,
    resource_id: "$.payload.host + '_' + $.payload.nodename",
    timestamp: `${item}.timestamp`,
    metadata: { event_type: '$.event_type', host: '$.publisher_id', source: `${item}.source` },
  }
})
