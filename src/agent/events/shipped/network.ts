/** Neutron, its services, Octavia. */
import { type EventDefinitionConfig, members, typed } from './config.js'

/** Things that have a name. */
const named = [
  'network',
  'subnet',
  'port',
  'router',
  'firewall',
  'firewall_policy',
  'firewall_rule',
  'vpnservice',
  'ipsecpolicy',
  'ikepolicy',
]

const nameless = ['floatingip', 'ipsec_site_connection']

/**
 * The original reads the owner from `ctxt.user_id` and `ctxt.tenant_id` alone, in place of its default traits: an event of a service that no longer
 * sends `tenant_id` is nobody's.
 */
const owner = {
  user_id: ['ctxt.user_id', 'ctxt.user'],
  project_id: ['ctxt.tenant_id', 'ctxt.project_id', 'ctxt.tenant'],
}

export const networkEvents: readonly EventDefinitionConfig[] = [
  ...[...named, ...nameless].map((thing) => ({
    event_type: `${thing}.*`,
    traits: {
      ...owner,
      resource_id: [`payload.${thing}.id`, 'payload.id'],
      ...(named.includes(thing) ? { name: `payload.${thing}.name` } : {}),
    },
  })),
  // The original knows only the default traits of it, by its catch-all.
  {
    event_type: 'l3.meter',
    traits: {
      ...members('label_id', 'host'),
      resource_id: 'payload.label_id',
      ...typed('int', members('bytes', 'pkts')),
    },
  },
  {
    event_type: 'octavia.loadbalancer.*',
    traits: {
      resource_id: 'payload.loadbalancer_id',
      ...members('project_id', 'name', 'description', 'admin_state_up', 'availability_zone'),
      ...members('vip_address', 'vip_network_id', 'vip_port_id', 'vip_qos_policy_id', 'vip_subnet_id'),
    },
  },
]
