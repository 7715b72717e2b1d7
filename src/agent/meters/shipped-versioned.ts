/**
 * Instances and hosts from nova's versioned notifications (topic `versioned_notifications`), which the original knows nothing of. The same meters as
 * from the unversioned ones: whoever lets nova send both should convert one kind only, or has each sample twice.
 * source: nova/notifications/objects/{instance,metrics}.py
 */
import type { MeterSource } from './load.js'
import { NODE_METRICS } from './shipped-compute.js'
import type { FieldConfig, MeterConfig } from './shipped-config.js'

const DATA = "'nova_object.data'"

function data(name: string): string {
  return `$.payload.${DATA}.${name}`
}

function flavor(name: string): string {
  return data(`flavor.${DATA}.${name}`)
}

/**
 * An expression that always finds this name. Definitions of the same text are one, so the plain name would be taken for that of the unversioned
 * notifications when both are loaded.
 */
function named(name: string): string {
  return `'${name}' + ''`
}

const ABOUT_INSTANCES: Pick<
  MeterConfig,
  'project_id' | 'resource_id' | 'user_id' | 'metadata' | 'user_metadata'
> = {
  resource_id: data('uuid'),
  user_id: data('user_id'),
  project_id: data('tenant_id'),
  user_metadata: data('metadata'),
  metadata: {
    host: data('host'),
    flavor_id: flavor('flavorid'),
    flavor_name: flavor('name'),
    display_name: data('display_name'),
    image_ref: data('image_uuid'),
    launched_at: data('launched_at'),
    created_at: data('created_at'),
    deleted_at: data('deleted_at'),
    state: data('state'),
    availability_zone: data('availability_zone'),
  },
}

function instanceMeter(name: string, unit: string, volume: FieldConfig, events?: string): MeterConfig {
  return {
    name: named(name),
    event_type: events ?? 'instance\\.(?!create\\.start|update).*',
    type: 'gauge',
    unit,
    volume,
    ...ABOUT_INSTANCES,
  }
}

const METERS: readonly MeterConfig[] = [
  instanceMeter('memory', 'MiB', flavor('memory_mb')),
  instanceMeter('vcpus', 'vcpu', flavor('vcpus')),
  instanceMeter(
    'compute.instance.booting.time',
    'sec',
    { fields: [data('created_at'), data('launched_at')], plugin: 'timedelta' },
    'instance\\.create\\.end',
  ),
  instanceMeter('disk.root.size', 'GiB', flavor('root_gb')),
  instanceMeter('disk.ephemeral.size', 'GiB', flavor('ephemeral_gb')),
  ...NODE_METRICS.map(([metric, type, unit]): MeterConfig => {
    const item = data(`metrics[?(@.${DATA}.name='cpu.${metric}')].${DATA}`)
    return {
      name: named(`compute.node.cpu.${metric}`),
      event_type: 'metrics\\.update',
      type,
      unit,
      // Shares are percent already here.
      volume: `${item}.value`,
      resource_id: `${data('host')} + '_' + ${data('nodename')}`,
      timestamp: `${item}.timestamp`,
      metadata: { event_type: '$.event_type', host: '$.publisher_id', source: `${item}.source` },
    }
  }),
]

/** For loadMeters, beside or instead of the shipped definitions. */
export const VERSIONED_METERS: MeterSource = {
  file: 'tocsin:versioned-meters',
  definitions: { metric: METERS },
}
