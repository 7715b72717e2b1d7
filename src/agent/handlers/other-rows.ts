/** heat, sahara, magnetodb, trove, designate, the profiler and the HTTP middleware. source: ceilometer 2015.1 and 2015-08, their notifications.py */
import { pythonText, readTime, secondsBetween } from '../values/index.js'
import { type HandlerRow, path, type View } from './row.js'

/** `create` of orchestration.stack.create.end, sahara.cluster.create and magnetodb.table.create.end. */
function verb({ event_type }: View): string {
  return event_type.split('.')[2] ?? ''
}

const begin = path('payload.audit_period_beginning')
const end = path('payload.audit_period_ending')
const traceBase = path('payload.base_id')

/** Seconds of the audit period; undefined when one of its ends can't be read. */
function auditSeconds(view: View): number | undefined {
  const [from, to] = [readTime(begin(view)), readTime(end(view))]
  return from === null || to === null ? undefined : secondsBetween(from, to)
}

function existsRow(name: string, user: string, resource: string): HandlerRow {
  return {
    name,
    eventTypes: [name],
    samples: [
      {
        name: '$.event_type',
        type: 'cumulative',
        unit: 's',
        volume: auditSeconds,
        user,
        project: '$.payload.tenant_id',
        resource,
      },
    ],
  }
}

function httpRow(kind: 'request' | 'response'): HandlerRow {
  return {
    name: `http.${kind}`,
    eventTypes: [`http.${kind}`],
    isNonMetric: true,
    samples: [
      {
        name: '$.event_type',
        type: 'delta',
        unit: kind,
        volume: 1,
        user: '$.payload.request.HTTP_X_USER_ID',
        project: '$.payload.request.HTTP_X_PROJECT_ID',
        resource: '$.payload.request.HTTP_X_SERVICE_NAME',
      },
    ],
  }
}

const ofTable = {
  user: ['$.ctxt.user', '$.ctxt.user_id'],
  project: ['$.ctxt.tenant', '$.ctxt.project_id'],
  resource: '$.payload.table_uuid',
} as const

export const OTHER_ROWS: readonly HandlerRow[] = [
  {
    name: 'stack_crud',
    eventTypes: ['create', 'update', 'delete', 'resume', 'suspend'].map(
      (done) => `orchestration.stack.${done}.end`,
    ),
    isNonMetric: true,
    samples: [
      {
        name: (view) => `stack.${verb(view)}`,
        type: 'delta',
        unit: 'stack',
        volume: 1,
        user: ['$.ctxt.trustor_user_id', '$.ctxt.user_id'],
        project: '$.payload.tenant_id',
        resource: '$.payload.stack_identity',
      },
    ],
  },
  {
    name: 'data_processing',
    eventTypes: ['sahara.cluster.create', 'sahara.cluster.update', 'sahara.cluster.delete'],
    isNonMetric: true,
    samples: [
      {
        name: (view) => `cluster.${verb(view)}`,
        type: 'delta',
        unit: 'cluster',
        volume: 1,
        user: '$.ctxt.user_id',
        project: '$.payload.project_id',
        resource: '$.payload.cluster_id',
      },
    ],
  },
  {
    name: 'magnetodb_table',
    eventTypes: ['magnetodb.table.create.end', 'magnetodb.table.delete.end'],
    isNonMetric: true,
    samples: [
      {
        name: (view) => `magnetodb.table.${verb(view)}`,
        type: 'gauge',
        unit: 'table',
        volume: 1,
        ...ofTable,
      },
    ],
  },
  {
    name: 'magnetodb_index_count',
    eventTypes: ['magnetodb.table.create.end'],
    samples: [
      {
        name: 'magnetodb.table.index.count',
        type: 'gauge',
        unit: 'index',
        volume: '$.payload.index_count',
        ...ofTable,
      },
    ],
  },
  {
    name: 'profiler',
    eventTypes: ['profiler.*'],
    isNonMetric: true,
    samples: [
      {
        name: '$.payload.name',
        type: 'gauge',
        unit: 'trace',
        volume: 1,
        user: '$.payload.user_id',
        project: '$.payload.project_id',
        resource: (view) => `profiler-${pythonText(traceBase(view))}`,
      },
    ],
  },
  existsRow('trove.instance.exists', '$.payload.user_id', '$.payload.instance_id'),
  existsRow('dns.domain.exists', '$.ctxt.user', '$.payload.id'),
  httpRow('request'),
  httpRow('response'),
]
