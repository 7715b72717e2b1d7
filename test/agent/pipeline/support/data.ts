import type { Event } from '../../../../src/agent/event.js'
import type { Sample } from '../../../../src/agent/sample.js'

let made = 0

/** A sample with something in every field. */
export function sample(fields: Partial<Sample> = {}): Sample {
  made += 1
  return {
    id: `sample-${made}`,
    name: 'cpu',
    type: 'gauge',
    unit: 'ns',
    volume: 1,
    user_id: 'user',
    user_name: null,
    project_id: 'project',
    project_name: null,
    resource_id: 'resource',
    timestamp: '2026-11-24T12:00:00+00:00',
    resource_metadata: {},
    source: 'openstack',
    monotonic_time: null,
    ...fields,
  }
}

export function event(fields: Partial<Event> = {}): Event {
  made += 1
  return {
    message_id: `event-${made}`,
    event_type: 'compute.instance.create.end',
    generated: '2026-11-24T12:00:00',
    traits: [],
    raw: {},
    ...fields,
  }
}
