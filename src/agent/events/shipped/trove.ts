/** Trove. */
import { type EventDefinitionConfig, members, type TraitConfigs, typed } from './config.js'

const database: TraitConfigs = {
  resource_id: 'payload.instance_id',
  ...members('instance_name', 'instance_type', 'instance_type_id', 'nova_instance_id'),
  ...members('user_id', 'state', 'service_id', 'region'),
  ...typed('datetime', members('launched_at', 'created_at')),
}

/** Of what changes a database, not of what only tells that it is there. */
const changed: TraitConfigs = {
  ...database,
  ...members('name', 'availability_zone', 'nova_volume_id'),
  ...typed('int', members('instance_size', 'volume_size')),
}

export const troveEvents: readonly EventDefinitionConfig[] = [
  { event_type: 'trove.*', traits: database },
  { event_type: 'trove.instance.create', traits: changed },
  {
    event_type: 'trove.instance.modify_volume',
    traits: {
      ...changed,
      ...typed('int', members('old_volume_size')),
      ...typed('datetime', members('modify_at')),
    },
  },
  {
    event_type: 'trove.instance.modify_flavor',
    traits: {
      ...changed,
      ...typed('int', members('old_instance_size')),
      ...typed('datetime', members('modify_at')),
    },
  },
  {
    event_type: 'trove.instance.delete',
    traits: { ...changed, ...typed('datetime', members('deleted_at')) },
  },
  {
    event_type: 'trove.instance.exists',
    traits: {
      ...database,
      ...members('display_name'),
      ...typed('datetime', members('audit_period_beginning', 'audit_period_ending')),
    },
  },
]
