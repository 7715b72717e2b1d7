/** neutron. source: ceilometer 2015.1, ceilometer/network/notifications.py */

import { isObject, objectsIn, ownOf } from './member.js'
import { type HandlerRow, path, type View } from './row.js'

/** [handler = event type = member of the payload, sample, unit] */
const RESOURCES = [
  ['network', 'network', 'network'],
  ['subnet', 'subnet', 'subnet'],
  ['port', 'port', 'port'],
  ['router', 'router', 'router'],
  ['floatingip', 'ip.floating', 'ip'],
  ['pool', 'network.services.lb.pool', 'pool'],
  ['vip', 'network.services.lb.vip', 'vip'],
  ['member', 'network.services.lb.member', 'member'],
  ['health_monitor', 'network.services.lb.health_monitor', 'health_monitor'],
  ['firewall', 'network.services.firewall', 'firewall'],
  ['firewall_policy', 'network.services.firewall.policy', 'firewall_policy'],
  ['firewall_rule', 'network.services.firewall.rule', 'firewall_rule'],
  ['vpnservice', 'network.services.vpn', 'vpnservice'],
  ['ipsecpolicy', 'network.services.vpn.ipsecpolicy', 'ipsecpolicy'],
  ['ikepolicy', 'network.services.vpn.ikepolicy', 'ikepolicy'],
  ['ipsec_site_connection', 'network.services.vpn.connections', 'ipsec_site_connection'],
] as const

const byContext = {
  user: '$.ctxt.user_id',
  project: ['$.ctxt.tenant_id', '$.ctxt.project_id'],
  resource: '$.item.id',
} as const

function resourceRow([resource, sample, unit]: (typeof RESOURCES)[number]): HandlerRow {
  return {
    name: resource,
    // Not create.start, which has no id yet, and no delete, which says less than the others.
    eventTypes: [`${resource}.create.end`, `${resource}.update.*`, `${resource}.exists`],
    isNonMetric: true,
    items: (view) => itemsOf(view, resource),
    metadata: 'item',
    samples: [
      { name: sample, type: 'gauge', unit, volume: 1, ...byContext },
      {
        name: ({ event_type }) => {
          const parts = event_type.split('.')
          return parts.length > 2 ? `${sample}.${parts[1] ?? ''}` : undefined
        },
        type: 'delta',
        unit,
        volume: 1,
        ...byContext,
      },
    ],
  }
}

const idOf = path('payload.id')

/** One member of the payload, or the list of its plural. At update.start the id is beside it. */
function itemsOf(view: View, resource: string): readonly unknown[] {
  const one = ownOf(view.payload, resource)
  if (!isObject(one)) return objectsIn(ownOf(view.payload, `${resource}s`))
  return view.event_type.endsWith('.update.start') ? [{ ...one, id: idOf(view) }] : [one]
}

export const NETWORK_ROWS: readonly HandlerRow[] = [
  ...RESOURCES.map(resourceRow),
  {
    name: 'bandwidth',
    eventTypes: ['l3.meter'],
    samples: [
      {
        name: 'bandwidth',
        type: 'delta',
        unit: 'B',
        volume: '$.payload.bytes',
        project: '$.payload.tenant_id',
        resource: '$.payload.label_id',
      },
    ],
  },
]
