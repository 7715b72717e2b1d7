/** Heat's stacks, Aodh's alarms, traces of osprofiler. */
import { type EventDefinitionConfig, members, membersOf, typed } from './config.js'

export const telemetryEvents: readonly EventDefinitionConfig[] = [
  {
    event_type: 'orchestration.stack.*',
    traits: {
      resource_id: 'payload.stack_identity',
      project_id: 'payload.tenant_id',
      // Who trusts the service with it, where it acts for somebody.
      user_id: ['ctxt.trustor_user_id', 'ctxt.user_id'],
      ...members('name'),
    },
  },
  {
    event_type: 'alarm.*',
    traits: {
      id: 'payload.alarm_id',
      ...members('user_id', 'project_id', 'on_behalf_of', 'severity', 'detail', 'type'),
    },
  },
  {
    event_type: 'profiler.*',
    traits: {
      ...members('project', 'service', 'name', 'base_id', 'trace_id', 'parent_id'),
      ...typed('datetime', members('timestamp')),
      ...membersOf('payload.info', 'host'),
      ...membersOf('payload.info.request', 'path', 'query', 'method', 'scheme'),
      'db.statement': 'payload.info.db.statement',
      'db.params': 'payload.info.db.params',
    },
  },
]
