/** The first fields of a body, without parsing it. */
import { readFileSync } from 'node:fs'

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { NotificationFilter } from '../../src/index.js'
import { decodeNotification, encodeNotification } from '../../src/notify/envelope.js'
import { peek } from '../../src/notify/peek.js'
import { Stage } from '../support/stage.js'
import { until } from '../support/until.js'

const fields = {
  message_id: 'id-1',
  publisher_id: 'compute.host1',
  event_type: 'compute.instance.update',
  priority: 'INFO',
  payload: { event_type: 'of the payload', priority: 'ERROR' },
  timestamp: '2026-11-24 06:17:38.418102',
}
const told = { publisherId: 'compute.host1', eventType: 'compute.instance.update', priority: 'info' }

function decoded(body: Uint8Array): unknown {
  const { message } = decodeNotification(body, undefined, { maxBodySize: 1e6, maxDepth: 100 })
  const { publisher_id: publisherId, event_type: eventType, priority } = message
  return { publisherId, eventType, priority: String(priority).toLowerCase() }
}

/** As the original writes: a space behind each colon and comma. */
const pythonic = (value: object): string =>
  `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}: ${JSON.stringify(member)}`)
    .join(', ')}}`

describe('the first fields', () => {
  test.each([
    ['of envelope 1', Buffer.from(encodeNotification(fields, {}).toBytes(1))],
    ['of envelope 2', Buffer.from(encodeNotification(fields, {}).toBytes(2))],
    ['as the original writes envelope 1', Buffer.from(pythonic(fields))],
    [
      'as the original writes envelope 2',
      Buffer.from(pythonic({ 'oslo.version': '2.0', 'oslo.message': pythonic(fields) })),
    ],
  ])('%s are read', (_, body) => {
    expect(peek(body)).toEqual(told)
    expect(decoded(body)).toEqual(told)
  })

  test.each([
    ['v1_default', 1],
    ['v2_default', 2],
    ['v2_requestcontext', 2],
  ])('of a recorded body of oslo.messaging, %s, are read', (name) => {
    const capture: unknown = JSON.parse(
      readFileSync(new URL(`../fixtures/wire/notify_${name}.json`, import.meta.url), 'utf8'),
    )
    const bodies = bodiesIn(capture)
    expect(bodies.length).toBeGreaterThan(0)
    for (const body of bodies) expect(peek(Buffer.from(body))).toEqual(decoded(Buffer.from(body)))
  })

  const body = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
  test.each([
    ['a payload before them', body({ data: { event_type: 'inner' }, ...fields })],
    ['a text with an escape', body({ ...fields, event_type: 'a"b' })],
    ['a text that is no ASCII', body({ ...fields, publisher_id: 'compute.höst' })],
    ['an event type that is null', body({ ...fields, event_type: null })],
    [
      'another version of the envelope',
      body({ 'oslo.version': '3.0', 'oslo.message': JSON.stringify(fields) }),
    ],
    ['no object', body([fields])],
    ['a body that ends too early', Buffer.from('{"publisher_id": "p", "event_type": "t", "pri')],
    ['no JSON at all', Buffer.from('event_type')],
    ['nothing', Buffer.alloc(0)],
    ['texts that are longer than what is looked at', body({ ...fields, publisher_id: 'p'.repeat(2_000) })],
  ])('can not be told of %s', (_, bytes) => {
    expect(peek(bytes)).toBeUndefined()
  })

  test('are what parsing says, or not told', () => {
    const value = fc.oneof(fc.string(), fc.constantFrom('a.b', 'INFO', null, 5), fc.json())
    const key = fc.constantFrom('message_id', 'publisher_id', 'event_type', 'priority', 'payload', 'x')
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name }),
        fc.boolean(),
        (all, isTwo) => {
          const inner = JSON.stringify(Object.fromEntries(all))
          const bytes = isTwo ? body({ 'oslo.version': '2.0', 'oslo.message': inner }) : Buffer.from(inner)
          const peeked = peek(bytes)
          expect(peeked ?? decoded(bytes)).toEqual(decoded(bytes))
        },
      ),
    )
  })
})

test('what nobody wants is acknowledged without being parsed, once that is known of its event type and publisher', async () => {
  await using stage = new Stage()
  const heard: string[] = []
  const listener = await stage.listen({
    filterRule: new NotificationFilter({ eventType: 'compute', publisherId: 'compute' }),
    info: (_ctxt, _publisherId, eventType) => void heard.push(eventType),
  })
  await stage.send('volume.create')
  await stage.send('compute.create')
  // Broken behind the fields that tell that nobody wants it.
  await stage.sendBytes(
    '{"publisher_id": "compute.host1", "event_type": "volume.create", "priority": "INFO", "payl',
  )
  await stage.sendBytes(
    '{"publisher_id": "compute.host1", "event_type": "compute.create", "priority": "INFO", "payl',
  )
  await until(() => listener.stats().received === 4)
  expect(heard).toEqual(['compute.create'])
  expect(listener.stats()).toMatchObject({ unwanted: 2, handled: 1, undecodable: 1 })
  expect(listener.stats().endpoints['endpoint-0(info)']).toMatchObject({ received: 3, filtered: 2 })
})

/** Texts of a capture that are bodies. */
function bodiesIn(capture: unknown): string[] {
  if (typeof capture !== 'object' || capture === null) return []
  return Object.entries(capture).flatMap(([key, value]) =>
    key === 'body' && typeof value === 'string' ? [value] : bodiesIn(value),
  )
}
