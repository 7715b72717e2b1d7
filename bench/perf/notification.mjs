/** The notification of all measurements, as oslo.messaging has it on the wire, and the work that peers without an idea of it do by hand. */

import { randomUUID } from 'node:crypto'

export const eventType = 'compute.instance.update'
export const publisherId = 'compute.node-17'

/** What the endpoint wants, as text: tocsin and oslo.messaging take it as it is. */
export const wanted = { eventType: '^compute\\.instance\\..*$', publisherId: '^compute\\..*$' }

/** Of nova's, in part. With it a body has about 1,060 bytes. */
export const payload = {
  tenant_id: '7c150a59fe714e6f9263774af9688f0e',
  user_id: '1e3ce043029547f1a61c1996d1a531a2',
  instance_id: 'c03c0bf9-f46e-4e4f-93f1-817568567ee2',
  display_name: 'web-front-17',
  host: 'node-17',
  state: 'active',
  old_state: 'building',
  memory_mb: 4096,
  disk_gb: 40,
  vcpus: 2,
  image_meta: { base_image_ref: '155d900f-4e14-4e4c-a73d-069cbf4541e6', min_disk: '20' },
  audit_period: '2026-11-24T06:00:00.000000',
  created_at: '2026-11-24 06:17:38+00:00',
  access_ip_v4: null,
  metadata: { team: 'billing', stage: 'production' },
  launched_at: '2026-11-24T06:17:41.000000',
  node: 'node-17.example.org',
  availability_zone: 'eu-1a',
  tags: ['web', 'billing', 'production'],
  locked: false,
}

/** A payload of about 20 bytes, for what is counted by the hundred thousand. */
export const smallPayload = { instance: 'i-17' }

/** A body with ids and a time of its own: what a notifier does for each message. */
export function build(values, { type = eventType } = {}) {
  const message = {
    message_id: randomUUID(),
    publisher_id: publisherId,
    event_type: type,
    priority: 'INFO',
    payload: values,
    timestamp: `${new Date().toISOString().slice(0, 23).replace('T', ' ')}000`,
    _unique_id: randomUUID().replaceAll('-', ''),
  }
  return Buffer.from(JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(message) }))
}

/** The fields of a message, from its bytes. */
export const read = (body) => readInner(JSON.parse(body.toString()))

/** The same, for libraries that have parsed the outer object themselves. */
export const readInner = (outer) => JSON.parse(outer['oslo.message'])

const [typePattern, publisherPattern] = [new RegExp(wanted.eventType), new RegExp(wanted.publisherId)]

export const isWanted = (message) =>
  typePattern.test(message.event_type) && publisherPattern.test(message.publisher_id)

/** AMQP properties as oslo.messaging's. */
export const properties = { contentType: 'application/json', contentEncoding: 'utf-8', headers: {} }

/** For errors that a library tells by an event and would otherwise get over: there are no figures of a run with any. */
export function fail(error) {
  throw error
}
