/** Cinder, Manila and Glance. */
import { actions, type EventDefinitionConfig, members, type TraitConfigs, typed } from './config.js'

const cinder: TraitConfigs = {
  ...members('user_id', 'availability_zone', 'display_name', 'replication_status', 'status'),
  project_id: 'payload.tenant_id',
  ...typed('datetime', members('created_at')),
  image_id: 'payload.glance_metadata[?key=image_id].value',
  instance_id: 'payload.volume_attachment[0].server_id',
}

const volume: TraitConfigs = {
  ...cinder,
  resource_id: 'payload.volume_id',
  ...members('host'),
  ...typed('int', members('size')),
  type: 'payload.volume_type',
}

const snapshot: TraitConfigs = { ...cinder, resource_id: 'payload.snapshot_id', ...members('volume_id') }

/** The original reads the project from tenant_id, which Manila does not send: it calls it project_id. */
const share: TraitConfigs = {
  ...members('share_id', 'user_id', 'snapshot_id', 'share_group_id', 'availability_zone', 'status'),
  ...members('name', 'proto', 'is_public', 'description', 'host'),
  project_id: ['payload.project_id', 'payload.tenant_id'],
  ...typed('datetime', members('created_at')),
  ...typed('int', members('size')),
}

const image: TraitConfigs = {
  project_id: 'payload.owner',
  user_id: 'payload.owner',
  resource_id: 'payload.id',
  ...members('name', 'status'),
  ...typed('datetime', members('created_at', 'deleted_at')),
  ...typed('int', members('size')),
}

export const storageEvents: readonly EventDefinitionConfig[] = [
  {
    event_type: [
      'volume.exists',
      'volume.retype',
      'volume.transfer.*',
      // `manage` falls to the original's catch-all.
      ...actions('volume', 'create', 'delete', 'resize', 'attach', 'detach', 'update', 'manage'),
    ],
    traits: volume,
  },
  {
    event_type: ['snapshot.exists', ...actions('snapshot', 'create', 'delete', 'update', 'manage')],
    traits: snapshot,
  },
  {
    event_type: 'snapshot.transfer.accept.end',
    traits: { ...cinder, resource_id: 'payload.snapshot_id' },
  },
  // The original knows only the default traits of backups, by its catch-all.
  {
    event_type: ['backup.exists', ...actions('backup', 'create', 'delete', 'restore')],
    traits: {
      ...members(
        'user_id',
        'availability_zone',
        'display_name',
        'status',
        'volume_id',
        'snapshot_id',
        'host',
      ),
      project_id: 'payload.tenant_id',
      resource_id: 'payload.backup_id',
      ...typed('datetime', members('created_at')),
      ...typed('int', members('size')),
    },
  },
  { event_type: actions('share', 'create', 'delete', 'extend', 'shrink'), traits: share },
  { event_type: 'image_volume_cache.*', traits: members('image_id', 'host') },
  { event_type: ['image.create', 'image.update', 'image.upload', 'image.delete'], traits: image },
  {
    event_type: 'image.send',
    traits: {
      ...members('image_id', 'destination_ip'),
      receiver_project: 'payload.receiver_tenant_id',
      receiver_user: 'payload.receiver_user_id',
      user_id: 'payload.owner_id',
      ...typed('int', members('bytes_sent')),
    },
  },
]
