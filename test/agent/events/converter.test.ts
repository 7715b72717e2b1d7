import { describe, expect, test } from '@jest/globals'

import {
  EventConverter,
  type EventDrop,
  type EventOptions,
  loadEvents,
} from '../../../src/agent/events/index.js'
import type { AgentNotification } from '../../../src/agent/index.js'

const time = '2012-05-08 20:23:48.028195'

function notification(change: Record<string, unknown> = {}): AgentNotification {
  return {
    priority: 'info',
    ctxt: { request_id: 'req-1', user_id: 'u', project_id: 'p' },
    publisher_id: 'compute.host',
    event_type: 'a.b',
    payload: { v: '5' },
    metadata: { message_id: 'm', timestamp: time },
    ...change,
  }
}

function converter(text: string, options: EventOptions = {}): EventConverter {
  return new EventConverter(loadEvents([{ file: 'e.yaml', text }], options).definitions, options)
}

const typed = '- event_type: a.*\n  traits: {n: {fields: payload.v, type: int}, v: payload.v}'

describe('an event', () => {
  test('has the default traits, then its own', () => {
    expect(converter(typed).event(notification())).toEqual({
      message_id: 'm',
      event_type: 'a.b',
      generated: '2012-05-08T20:23:48.028195',
      traits: [
        ['service', 1, 'compute.host'],
        ['request_id', 1, 'req-1'],
        ['project_id', 1, 'p'],
        ['user_id', 1, 'u'],
        ['tenant_id', 1, 'p'],
        ['n', 2, 5],
        ['v', 1, '5'],
      ],
      raw: {},
    })
  })

  test.each(['warn', 'sample', 'audit', 'critical', 'debug'])('is not made of priority %s', (priority) => {
    const convert = converter(typed)
    expect(convert.event(notification({ priority }))).toBe(null)
    expect(Object.values(convert.drops).every((count) => count === 0)).toBe(true)
  })

  test('has no trait called as a member of every object but where the notification has one', () => {
    const convert = converter("- {event_type: a.b, traits: {c: payload.constructor, p: payload.'__proto__'}}")
    expect(names(convert.event(notification()))).not.toContain('c')
    const payload = JSON.parse('{"__proto__": "own"}')
    expect(convert.event(notification({ payload }))?.traits.at(-1)).toEqual(['p', 1, 'own'])
  })

  test('keeps the whole notification where the priority is one to be stored, without its priority', () => {
    const convert = converter('[]', { storeRaw: ['ERROR', 'fatal'] })
    const { priority, ...rest } = notification({ priority: 'error' })
    expect(convert.event({ priority, ...rest })?.raw).toEqual(rest)
    expect(convert.event(notification())?.raw).toEqual({})
    expect(priority).toBe('error')
  })

  test('does not find the priority by a path, since the original hands none over', () => {
    const convert = converter('- {event_type: a.b, traits: {p: priority, q: $.priority}}')
    expect(names(convert.event(notification()))).toEqual(names(converter('[]').event(notification())))
  })

  test('has integers of any size exactly', () => {
    const convert = converter(typed)
    const big = 2n ** 70n
    const traits = (v: unknown): unknown => convert.event(notification({ payload: { v } }))?.traits.slice(-2)
    expect(traits(big)).toEqual([
      ['n', 2, big],
      ['v', 1, String(big)],
    ])
    expect(traits('9007199254740993')).toEqual([
      ['n', 2, 9007199254740993n],
      ['v', 1, '9007199254740993'],
    ])
  })
})

test.each([
  ['lenient', true, ['v', 1, '5']],
  ['strict, as in the original', false, undefined],
])('an index on null where paths are %s', (_, lenientPaths, last) => {
  const drops: EventDrop[] = []
  const convert = converter('- event_type: a.*\n  traits: {n: "payload.none[0]", v: payload.v}', {
    lenientPaths,
    onDrop: (drop) => drops.push(drop),
  })
  const event = convert.event(notification({ payload: { none: null, v: '5' } }))
  expect(event?.traits.at(-1)).toEqual(last)
  expect(drops.map(({ code, loses }) => [code, loses])).toEqual(lenientPaths ? [] : [['BAD_TRAIT', 'event']])
})

describe('what is dropped is counted and told', () => {
  const rows: [
    why: string,
    change: Record<string, unknown>,
    options: EventOptions,
    drop: EventDrop | null,
  ][] = [
    ['nothing', {}, {}, null],
    [
      'a trait that is bad',
      { payload: { v: 'x' } },
      {},
      { code: 'BAD_TRAIT', loses: 'trait', text: "trait 'n' of 'a.b' (e.yaml:1) can't be made of 'x'" },
    ],
    [
      'an event with a trait that is bad, as the original does',
      { payload: { v: [] } },
      { badTrait: 'drop-event' },
      {
        code: 'BAD_TRAIT',
        loses: 'event',
        text: "trait 'n' of 'a.b' (e.yaml:1) can't be made of an empty list",
      },
    ],
    [
      'an event type that is no text',
      { event_type: null },
      {},
      { code: 'BAD_EVENT_TYPE', loses: 'event', text: 'event_type must be a text; found nothing' },
    ],
    [
      'no time',
      { metadata: { message_id: 'm' } },
      {},
      {
        code: 'BAD_TIMESTAMP',
        loses: 'event',
        text: 'metadata.timestamp must be a time as in ISO 8601; found nothing',
      },
    ],
    [
      'no metadata',
      { metadata: undefined },
      {},
      {
        code: 'BAD_TIMESTAMP',
        loses: 'event',
        text: 'metadata.timestamp must be a time as in ISO 8601; found nothing',
      },
    ],
    [
      'a time that can not be read',
      { metadata: { message_id: 'm', timestamp: '2015-06-1909: 19: 35.786893' } },
      {},
      {
        code: 'BAD_TIMESTAMP',
        loses: 'event',
        text: "metadata.timestamp must be a time as in ISO 8601; found '2015-06-1909: 19: 35.786893'",
      },
    ],
    [
      'what no definition matches',
      { event_type: 'x' },
      { dropUnmatched: true },
      { code: 'UNMATCHED', loses: 'event', text: "no definition matches event type 'x'" },
    ],
    ['what no definition matches, unless that is asked for', { event_type: 'x' }, {}, null],
  ]

  test.each(rows)('%s', (_, change, options, drop) => {
    const told: EventDrop[] = []
    const convert = converter(typed, { ...options, onDrop: (one) => told.push(one) })
    const event = convert.event(notification(change))
    expect(told).toEqual(drop === null ? [] : [drop])
    expect(event === null).toBe(drop?.loses === 'event')
    const counted = Object.entries(convert.drops).filter(([, count]) => count > 0)
    expect(counted).toEqual(drop === null ? [] : [[drop.code, 1]])
  })

  test('a time that can not be read may be the present one', () => {
    const before = new Date().toISOString().slice(0, 19)
    const convert = converter(typed, { badTimestamp: 'now' })
    const event = convert.event(notification({ metadata: { message_id: 'm', timestamp: null } }))
    const generated = event?.generated ?? ''
    expect(generated.slice(0, 19) >= before).toBe(true)
    expect(generated).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$/)
  })

  test('NaN is a bad float, unless it is asked for', () => {
    const text = '- event_type: a.*\n  traits: {f: {fields: payload.v, type: float}}'
    const payload = { v: 'nan' }
    expect(names(converter(text).event(notification({ payload })))).not.toContain('f')
    const kept = converter(text, { nonFinite: 'keep' }).event(notification({ payload }))
    expect(kept?.traits.at(-1)).toEqual(['f', 3, Number.NaN])
  })
})

test('event types beyond what is remembered are still matched', () => {
  const convert = converter('- event_type: a.*\n  traits: {mine: publisher_id}')
  for (let round = 0; round < 2; round++)
    for (let at = 0; at < 10_500; at += 1) {
      const event = convert.event(notification({ event_type: `${at % 2 === 0 ? 'a' : 'b'}.${at}` }))
      if (names(event).includes('mine') !== (at % 2 === 0))
        throw new Error(`event type ${at} in round ${round}`)
    }
})

function names(event: { readonly traits: readonly (readonly unknown[])[] } | null): unknown[] {
  return (event?.traits ?? []).map(([name]) => name)
}
