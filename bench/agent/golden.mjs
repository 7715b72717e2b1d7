/** What is converted: real notifications, and Ceilometer's own definitions, which both sides read. test/fixtures/agent/golden/README.md */

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { root } from '../../scripts/step.mjs'

const folder = `${root}/test/fixtures/agent/golden`

export const golden = {
  notifications: `${folder}/public.jsonl`,
  meters: `${folder}/ceilometer-meters.yaml`,
  events: `${folder}/ceilometer-event-definitions.yaml`,
}

/**
 * @typedef {object} Case
 * @property {object} notification
 * @property {{ samples?: object[], error?: object }} expected
 */

/** @returns {Case[]} */
export function readGolden() {
  return readFileSync(golden.notifications, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** By what they are measured for. `conversion.py` has the same words. */
export const groups = {
  all: () => true,
  measured: ({ expected }) => (expected.samples?.length ?? 0) > 0,
}

/** What goes through the broker: nothing that an agent would give back or complain about, all in one queue. */
export function isForTheQueue({ notification, expected }) {
  return notification.priority === 'info' && expected.error === undefined
}

/** A body as oslo.messaging puts it on the wire, with ids of its own: repeated ones are dropped by it. */
export function wireBody({ priority, ctxt, publisher_id, event_type, payload, metadata }) {
  const context = Object.entries(ctxt ?? {}).map(([key, value]) => [`_context_${key}`, value])
  const message = {
    ...Object.fromEntries(context),
    message_id: randomUUID(),
    publisher_id,
    event_type,
    priority: priority.toUpperCase(),
    payload,
    timestamp: metadata.timestamp,
    _unique_id: randomUUID().replaceAll('-', ''),
  }
  return Buffer.from(JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(message) }))
}

/** Meter definitions in the form of a file, for services that nobody has. */
export function furtherDefinitions(count) {
  return JSON.stringify({
    metric: Array.from({ length: count }, (_none, index) => ({
      name: `bench${index}.size`,
      event_type: [`bench${index}\\.thing\\.(create|update)\\.end`, `bench${index}\\.thing\\.exists`],
      type: 'gauge',
      unit: 'GB',
      volume: '$.payload.size',
      user_id: '$.payload.user_id',
      project_id: '$.payload.tenant_id',
      resource_id: '$.payload.id',
    })),
  })
}
