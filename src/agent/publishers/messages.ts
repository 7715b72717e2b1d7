/** The forms in which samples and events leave the agent. source: ceilometer/publisher/utils.py, ceilometer/sample.py, ceilometer/event/models.py */
import type { Event } from '../event.js'
import type { Sample } from '../sample.js'

/** A sample with its own words, in the original's order, as http:// and file:// send it. */
export function sampleFields(sample: Sample): Record<string, unknown> {
  return {
    name: sample.name,
    type: sample.type,
    unit: sample.unit,
    volume: sample.volume,
    user_id: sample.user_id,
    user_name: sample.user_name,
    project_id: sample.project_id,
    project_name: sample.project_name,
    resource_id: sample.resource_id,
    timestamp: sample.timestamp,
    resource_metadata: sample.resource_metadata,
    source: sample.source,
    id: sample.id,
    monotonic_time: sample.monotonic_time,
  }
}

/** An event as http:// and console:// send it. */
export function eventFields(event: Event): Record<string, unknown> {
  const { message_id, event_type, generated, traits, raw } = event
  return { message_id, event_type, generated, traits, raw }
}
