import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import type { Trait } from '../../../src/agent/index.js'
import { eventLine } from '../../../src/agent/publishers/event-line.js'
import { event } from './samples.js'

const texts = fc.string({
  unit: fc.constantFrom('a', 'é', '"', '\\', '\n', '\u0000', '\u007F', '\u2028', '😀', '\uD800', '\uDC00'),
})

test('an event is the JSON that JSON.stringify would make of it', () => {
  const values = fc.oneof(texts, fc.double(), fc.integer())
  const traits = fc.array(fc.tuple(texts, fc.constantFrom(1, 2, 3), values)) as fc.Arbitrary<Trait[]>
  const parts = {
    message_id: fc.option(texts),
    event_type: texts,
    traits,
    raw: fc.dictionary(texts, fc.jsonValue()),
  }
  fc.assert(
    fc.property(fc.record(parts), (given) => {
      expect(eventLine(event(given))).toBe(
        JSON.stringify({
          message_id: given.message_id,
          event_type: given.event_type,
          generated: '2012-05-08 20:23:48.028195',
          traits: given.traits.map(([name, dtype, value]) => ({ name, dtype, value })),
          raw: given.raw,
        }),
      )
    }),
  )
})

test.each([
  ['2012-05-08T20:23:48', '2012-05-08 20:23:48.000000'],
  ['2012-05-08T20:23:48.5', '2012-05-08 20:23:48.500000'],
  ['no time', 'no time'],
])('the datetime %j is written as %j', (value, written) => {
  const line = JSON.parse(eventLine(event({ generated: value, traits: [['at', 4, value]] })))
  expect(line).toMatchObject({ generated: written, traits: [{ value: written }] })
})

test('integers of any size keep their digits', () => {
  const line = eventLine(event({ traits: [['big', 2, 2n ** 70n]], raw: { payload: 2n ** 70n } }))
  expect(line).toContain('"value":1180591620717411303424')
  expect(line).toContain('"payload":1180591620717411303424')
})
