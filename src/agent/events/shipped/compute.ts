/** Nova's notifications of old, and its compute nodes' metrics. */
import { type EventDefinitionConfig, members, type TraitConfigs, typed } from './config.js'

const instance: TraitConfigs = {
  // The publisher is `compute.<host>`.
  service: 'publisher_id.`split(., 0, -1)`',
  host: 'publisher_id.`split(., 1, 1)`',
  ...members('tenant_id', 'user_id', 'instance_id', 'display_name', 'cell_name', 'state'),
  ...members('instance_type', 'instance_type_id', 'instance_flavor_id'),
  resource_id: 'payload.instance_id',
  ...typed('int', members('memory_mb', 'disk_gb', 'root_gb', 'ephemeral_gb', 'vcpus')),
  os_architecture: "payload.image_meta.'org.openstack__1__architecture'",
  os_version: "payload.image_meta.'org.openstack__1__os_version'",
  os_distro: "payload.image_meta.'org.openstack__1__os_distro'",
  ...typed('datetime', members('launched_at', 'deleted_at')),
}

export const computeEvents: readonly EventDefinitionConfig[] = [
  { event_type: 'compute.instance.*', traits: instance },
  { event_type: 'compute.instance.create.end', traits: { ...instance, ...members('availability_zone') } },
  { event_type: 'compute.instance.update', traits: { ...instance, ...members('old_state') } },
  {
    event_type: 'compute.instance.exists',
    traits: { ...instance, ...typed('datetime', members('audit_period_beginning', 'audit_period_ending')) },
  },
  // The original knows only the default traits of it, by its catch-all.
  {
    event_type: 'compute.metrics.update',
    traits: { ...members('host', 'nodename'), resource_id: 'payload.nodename' },
  },
]
