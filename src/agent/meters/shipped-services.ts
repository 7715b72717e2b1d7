/** Networks, identity, names, databases, container clusters: neutron, keystone, designate, trove, magnum. */
import { type MeterConfig, payload, sameNames } from './shipped-config.js'

/** One sample per metric of the cluster. */
export const CLUSTER_METER: MeterConfig = {
  name: payload('metrics.[*].name'),
  event_type: 'magnum.bay.metrics.*',
  type: 'gauge',
  unit: payload('metrics.[*].unit'),
  volume: payload('metrics.[*].value'),
  resource_id: payload('resource_id'),
  user_id: payload('user_id'),
  project_id: payload('project_id'),
  lookup: ['name', 'unit', 'volume'],
}

/** Bytes that went through a label of a router. */
export const BANDWIDTH_METER: MeterConfig = {
  name: 'bandwidth',
  event_type: 'l3.meter',
  type: 'delta',
  unit: 'B',
  volume: payload('bytes'),
  resource_id: payload('label_id'),
  project_id: payload('tenant_id'),
}

/** How long something was there in the period that the notification is about. */
function lifetime(
  name: string,
  about: Pick<MeterConfig, 'resource_id' | 'user_id' | 'metadata'>,
): MeterConfig {
  return {
    name,
    event_type: name,
    type: 'cumulative',
    unit: 's',
    volume: {
      fields: [payload('audit_period_beginning'), payload('audit_period_ending')],
      plugin: 'timedelta',
    },
    project_id: payload('tenant_id'),
    ...about,
  }
}

/** Logins, and the lifetimes of domains and databases. */
export const SERVICE_METERS: readonly MeterConfig[] = [
  {
    // `identity.authenticate.success`, `.failure`, `.pending`; without an outcome there is no sample.
    name: "'identity.authenticate.' + $.payload.outcome",
    event_type: 'identity.authenticate',
    type: 'delta',
    unit: 'user',
    volume: 1,
    resource_id: payload('initiator.id'),
    user_id: payload('initiator.id'),
  },
  lifetime('dns.domain.exists', {
    resource_id: payload('id'),
    user_id: '$.ctxt.user',
    metadata: { ...sameNames(['status', 'pool_id']), host: '$.publisher_id' },
  }),
  lifetime('trove.instance.exists', {
    resource_id: payload('instance_id'),
    user_id: payload('user_id'),
    metadata: sameNames(['nova_instance_id', 'state', 'service_id', 'instance_type', 'instance_type_id']),
  }),
]
