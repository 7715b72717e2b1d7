/** Keystone. */

import { cadf, cadfHosts } from './cadf.js'
import { type EventDefinitionConfig, members, membersOf, typed } from './config.js'

const kinds = [
  'user',
  'project',
  'group',
  'role',
  'OS-TRUST:trust',
  'region',
  'service',
  'endpoint',
  'policy',
]

export const identityEvents: readonly EventDefinitionConfig[] = [
  {
    event_type: kinds.map((kind) => `identity.${kind}.*`),
    traits: {
      resource_id: 'payload.resource_info',
      initiator_id: 'payload.initiator.id',
      ...membersOf('payload.initiator', 'project_id', 'domain_id'),
    },
  },
  {
    event_type: 'identity.role_assignment.*',
    traits: members('role', 'group', 'domain', 'user', 'project'),
  },
  {
    event_type: 'identity.authenticate',
    traits: {
      ...cadf,
      ...cadfHosts('initiator_host_addr'),
      initiator_name: 'payload.initiator.name',
      observer_typeURI: 'payload.observer.typeURI',
      ...typed('datetime', members('eventTime')),
    },
  },
]
