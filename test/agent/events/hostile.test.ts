import { test } from '@jest/globals'
import fc from 'fast-check'

import { EventConverter, loadEvents } from '../../../src/agent/events/index.js'
import type { AgentNotification } from '../../../src/agent/index.js'
import { eventMessage, verify } from '../../../src/agent/signature/index.js'
import { readGolden } from './golden.js'

const json = fc.jsonValue({ maxDepth: 4 })
const eventType = fc.oneof(
  fc.constantFrom('compute.instance.exists', 'volume.create.end', 'identity.authenticate', 'a', ''),
  json,
)
const metadata = fc.oneof(
  json,
  fc.record({ message_id: json, timestamp: fc.oneof(json, fc.constant('2012-05-08')) }),
)
const notifications = fc.record(
  {
    priority: fc.constantFrom('info', 'error'),
    ctxt: json,
    publisher_id: json,
    event_type: eventType,
    payload: json,
    metadata,
  },
  { requiredKeys: ['priority'] },
) as unknown as fc.Arbitrary<AgentNotification>

const original = loadEvents([
  { file: 'e.yaml', text: readGolden('ceilometer-event-definitions.yaml') },
]).definitions

test('no notification makes the converter throw, and what it makes can be signed and sent', () => {
  const convert = new EventConverter(original, { storeRaw: ['info'], badTimestamp: 'now' })
  fc.assert(
    fc.property(notifications, (notification) => {
      const event = convert.event(notification)
      if (event === null) return true
      return verify(JSON.parse(JSON.stringify(eventMessage(event, 'secret'))), 'secret')
    }),
    { numRuns: 500 },
  )
})

test('no definitions make the loader throw, and what it leaves can be used', () => {
  const word = fc.constantFrom(
    'a',
    'payload.v',
    '*',
    '!a',
    '$',
    '[',
    "'",
    'int',
    'split',
    'map',
    '__proto__',
    '',
  )
  const value = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      word,
      fc.integer(),
      fc.constantFrom(null, true, 1.5),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(
        fc.oneof(
          word,
          fc.constantFrom('event_type', 'traits', 'fields', 'type', 'plugin', 'name', 'parameters', 'values'),
        ),
        tie('any'),
        { maxKeys: 4 },
      ),
    ),
  })).any
  const definition = fc.oneof(value, fc.record({ event_type: fc.oneof(word, value), traits: value }))
  fc.assert(
    fc.property(fc.array(definition, { maxLength: 3 }), notifications, (definitions, notification) => {
      const loaded = loadEvents([{ file: 'e.yaml', text: JSON.stringify(definitions) }])
      new EventConverter(loaded.definitions).event({ ...notification, event_type: 'a' })
    }),
    { numRuns: 500 },
  )
})

test('no text makes the loader throw', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 40, unit: fc.constantFrom(...Array.from('- {}[]:,&*!|>\'"%@`\n?#aéx<')) }),
      (text) => {
        loadEvents([{ file: 'e.yaml', text }])
      },
    ),
    { numRuns: 500 },
  )
})
