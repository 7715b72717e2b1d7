/**
 * Nova's versioned notifications, which the original does not know. They come on a topic of their own (`versioned_notifications`), in envelopes:
 * `payload.nova_object.data`. Traits have the names that they have in its notifications of old.
 */
import { type EventDefinitionConfig, membersOf, type TraitConfigs, typed } from './config.js'

const data = "payload.'nova_object.data'"

function inner(...names: readonly string[]): string {
  return [data, ...names.map((name) => `${name}.'nova_object.data'`)].join('.')
}

/** The publisher is `nova-compute:<host>`. */
const publisher: TraitConfigs = {
  service: 'publisher_id.`split(:, 0, -1)`',
  host: 'publisher_id.`split(:, 1, 1)`',
}

function ownedBy(path: string, project: 'project_id' | 'tenant_id'): TraitConfigs {
  const projects = [`${path}.${project}`, 'ctxt.project_id']
  return { project_id: projects, tenant_id: projects, user_id: [`${path}.user_id`, 'ctxt.user_id'] }
}

const flavorSizes = ['memory_mb', 'root_gb', 'ephemeral_gb', 'vcpus']

const instance: TraitConfigs = {
  ...publisher,
  ...ownedBy(data, 'tenant_id'),
  instance_id: `${data}.uuid`,
  resource_id: `${data}.uuid`,
  ...membersOf(data, 'display_name', 'state', 'task_state', 'power_state', 'availability_zone', 'node'),
  image_ref: `${data}.image_uuid`,
  os_architecture: `${data}.architecture`,
  os_type: `${data}.os_type`,
  instance_type: `${inner('flavor')}.name`,
  instance_flavor_id: `${inner('flavor')}.flavorid`,
  ...typed('int', membersOf(inner('flavor'), ...flavorSizes)),
  ...typed('datetime', membersOf(data, 'created_at', 'launched_at', 'terminated_at', 'deleted_at')),
  ...fault('fault'),
}

/** Of what failed. */
function fault(name: string): TraitConfigs {
  return membersOf(inner(name), 'exception', 'exception_message')
}

const volume: TraitConfigs = { ...instance, ...membersOf(data, 'volume_id') }

export const versionedNovaEvents: readonly EventDefinitionConfig[] = [
  { event_type: 'instance.*', traits: instance },
  {
    event_type: 'instance.exists',
    traits: {
      ...instance,
      ...typed('datetime', membersOf(inner('audit_period'), 'audit_period_beginning', 'audit_period_ending')),
    },
  },
  {
    event_type: 'instance.update',
    traits: {
      ...instance,
      ...typed('datetime', membersOf(inner('audit_period'), 'audit_period_beginning', 'audit_period_ending')),
      old_display_name: `${data}.old_display_name`,
      old_state: `${inner('state_update')}.old_state`,
      new_task_state: `${inner('state_update')}.new_task_state`,
      old_task_state: `${inner('state_update')}.old_task_state`,
    },
  },
  {
    event_type: ['instance.resize*.*', 'instance.rebuild.*'],
    traits: {
      ...instance,
      new_instance_type: `${inner('new_flavor')}.name`,
      new_instance_flavor_id: `${inner('new_flavor')}.flavorid`,
    },
  },
  { event_type: ['instance.volume_attach.*', 'instance.volume_detach.*'], traits: volume },
  {
    event_type: 'instance.volume_swap.*',
    traits: { ...instance, ...membersOf(data, 'old_volume_id', 'new_volume_id') },
  },
  {
    event_type: ['instance.share_attach.*', 'instance.share_detach.*'],
    traits: { ...instance, ...membersOf(data, 'share_id') },
  },
  {
    event_type: 'instance.snapshot.*',
    traits: { ...instance, ...membersOf(data, 'snapshot_image_id') },
  },
  {
    event_type: 'volume.usage',
    traits: {
      ...publisher,
      // Of old it was sent under the same name, without an envelope.
      ...ownedBy(data, 'project_id'),
      resource_id: [`${data}.volume_id`, 'payload.volume_id'],
      volume_id: [`${data}.volume_id`, 'payload.volume_id'],
      instance_id: [`${data}.instance_uuid`, 'payload.instance_id'],
      availability_zone: [`${data}.availability_zone`, 'payload.availability_zone'],
      ...typed('int', membersOf(data, 'reads', 'read_bytes', 'writes', 'write_bytes')),
      ...typed('datetime', membersOf(data, 'last_refreshed')),
    },
  },
  {
    event_type: 'aggregate.*',
    traits: {
      ...publisher,
      resource_id: [`${data}.uuid`, `${data}.id`, 'payload.aggregate_id'],
      aggregate_id: [`${data}.id`, 'payload.aggregate_id'],
      name: [`${data}.name`, 'payload.name'],
      ...typed('int', membersOf(data, 'total', 'index')),
    },
  },
  {
    event_type: 'flavor.*',
    traits: {
      ...publisher,
      resource_id: `${data}.flavorid`,
      ...membersOf(data, 'name', 'flavorid', 'is_public', 'disabled', 'description'),
      ...typed('int', membersOf(data, ...flavorSizes)),
    },
  },
  {
    event_type: 'keypair.*',
    traits: {
      ...publisher,
      user_id: [`${data}.user_id`, 'payload.user_id', 'ctxt.user_id'],
      resource_id: [`${data}.name`, 'payload.key_name'],
      key_name: [`${data}.name`, 'payload.key_name'],
      ...membersOf(data, 'fingerprint', 'type'),
    },
  },
  {
    event_type: 'server_group.*',
    traits: {
      ...publisher,
      ...ownedBy(data, 'project_id'),
      resource_id: `${data}.uuid`,
      ...membersOf(data, 'name', 'policy'),
    },
  },
  {
    event_type: 'service.*',
    traits: {
      ...publisher,
      resource_id: `${data}.uuid`,
      // The service that it is about, and where that runs.
      ...membersOf(data, 'host', 'binary', 'topic', 'availability_zone', 'disabled', 'disabled_reason'),
      ...membersOf(data, 'forced_down'),
      ...typed('int', membersOf(data, 'version', 'report_count')),
      ...typed('datetime', membersOf(data, 'last_seen_up')),
    },
  },
  {
    event_type: 'scheduler.select_destinations.*',
    traits: {
      ...publisher,
      ...ownedBy(data, 'project_id'),
      instance_id: `${data}.instance_uuid`,
      resource_id: `${data}.instance_uuid`,
      ...membersOf(data, 'availability_zone'),
      instance_type: `${inner('flavor')}.name`,
      instance_flavor_id: `${inner('flavor')}.flavorid`,
      ...typed('int', membersOf(data, 'num_instances')),
    },
  },
  {
    event_type: 'compute_task.*',
    traits: {
      ...publisher,
      ...ownedBy(inner('request_spec'), 'project_id'),
      instance_id: `${data}.instance_uuid`,
      resource_id: `${data}.instance_uuid`,
      ...membersOf(data, 'state'),
      ...fault('reason'),
    },
  },
  {
    event_type: 'compute.exception',
    traits: {
      ...publisher,
      ...membersOf(data, 'exception', 'exception_message', 'function_name', 'module_name'),
    },
  },
  {
    event_type: 'libvirt.connect.error',
    traits: { ...publisher, ...membersOf(data, 'ip'), ...fault('reason') },
  },
  {
    event_type: 'metrics.update',
    traits: {
      ...publisher,
      ...membersOf(data, 'host', 'host_ip', 'nodename'),
      resource_id: `${data}.nodename`,
    },
  },
]
