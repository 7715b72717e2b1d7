/** keystone. source: ceilometer 2015.1, ceilometer/identity/notifications.py */
import { pythonText } from '../values/index.js'
import { type HandlerRow, path } from './row.js'

const initiator = '$.payload.initiator.id'

function crudRow(resource: string, eventTypes: readonly string[]): HandlerRow {
  return {
    name: resource === 'OS-TRUST:trust' ? 'trust' : resource,
    eventTypes,
    isNonMetric: true,
    samples: [
      {
        name: '$.event_type',
        type: 'delta',
        unit: resource,
        volume: 1,
        user: initiator,
        resource: '$.payload.resource_info',
      },
    ],
  }
}

const action = path('payload.action')
const outcome = path('payload.outcome')

export const IDENTITY_ROWS: readonly HandlerRow[] = [
  // The dot is written out: open-ended as they are, `identity.role.*` would take role_assignment, too.
  ...['user', 'group', 'project', 'role'].map((resource) =>
    crudRow(resource, [`identity\\.${resource}\\..*`]),
  ),
  crudRow('OS-TRUST:trust', ['identity.OS-TRUST:trust.created', 'identity.OS-TRUST:trust.deleted']),
  {
    name: 'role_assignment',
    eventTypes: ['identity.role_assignment.created', 'identity.role_assignment.deleted'],
    isNonMetric: true,
    samples: [
      {
        name: (view) => {
          // created.role_assignment
          const [verb = ''] = pythonText(action(view) ?? '').split('.')
          return verb === '' ? undefined : `identity.role_assignment.${verb}`
        },
        type: 'delta',
        unit: 'role_assignment',
        volume: 1,
        user: initiator,
        resource: '$.payload.role',
      },
    ],
  },
  {
    name: 'authenticate',
    eventTypes: ['identity.authenticate'],
    isNonMetric: true,
    samples: [
      {
        name: (view) => {
          const how = outcome(view)
          return typeof how === 'string' && how !== '' ? `identity.authenticate.${how}` : undefined
        },
        type: 'delta',
        unit: 'user',
        volume: 1,
        user: initiator,
        resource: initiator,
      },
    ],
  },
]
