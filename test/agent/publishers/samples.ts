import type { Event, Sample } from '../../../src/agent/index.js'

let count = 0

/** A sample like those of a real cloud; each with an id of its own. */
export function sample(fields: Partial<Sample> = {}): Sample {
  count += 1
  return {
    id: `8f1c9e4a-0000-11e6-8000-${String(count).padStart(12, '0')}`,
    name: 'memory',
    type: 'gauge',
    unit: 'MiB',
    volume: 512,
    user_id: '1e3ce043029547f1a61c1996d1a531a2',
    user_name: null,
    project_id: '7c150a59fe714e6f9263774af9688f0e',
    project_name: null,
    resource_id: '9f9d01b9-4a58-4271-9e27-398b21ab20d1',
    timestamp: '2012-05-08T20:23:48.028195+00:00',
    resource_metadata: { host: 'compute.vagrant-precise', vcpus: 1, tags: ['a', 'é'], nested: { x: null } },
    source: 'openstack',
    monotonic_time: null,
    ...fields,
  }
}

export function samples(number: number, fields: Partial<Sample> = {}): Sample[] {
  return Array.from({ length: number }, () => sample(fields))
}

export function event(fields: Partial<Event> = {}): Event {
  return {
    message_id: 'dae6f69c-00e0-41c0-b371-41ec3b7f4451',
    event_type: 'compute.instance.create.end',
    generated: '2012-05-08T20:23:48.028195',
    traits: [
      ['service', 1, 'compute.vagrant-precise'],
      ['memory_mb', 2, 512],
      ['launched_at', 4, '2012-05-08T20:23:47.985999'],
      ['ratio', 3, 0.5],
    ],
    raw: {},
    ...fields,
  }
}
