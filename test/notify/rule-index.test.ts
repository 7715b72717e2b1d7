/** Finding who wants a notification without asking everybody gives the same as asking everybody. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { asyncLoop } from '../../src/executors/async-loop.js'
import { type FilterRule, type Notification, NotificationFilter, silentLogger } from '../../src/index.js'
import { type BoundEndpoint, bindEndpoints } from '../../src/notify/bound-endpoint.js'
import type { TextMatcher } from '../../src/notify/pattern-matcher.js'
import { RuleIndex } from '../../src/notify/rule-index.js'

const executor = asyncLoop({ logger: silentLogger, options: {} })

function indexOf(rules: readonly (FilterRule | undefined)[]): RuleIndex {
  const endpoints = rules.map((filterRule, index) => ({ name: String(index), filterRule, info() {} }))
  return new RuleIndex(bindEndpoints(endpoints, executor))
}

function namesOf(index: RuleIndex, one: Notification): string[] {
  return index.wanting(one).map(({ name }) => name)
}

function notification(fields: Partial<Notification>): Notification {
  const metadata = {
    messageId: 'id-1',
    timestamp: null,
    redelivered: false,
    attempts: 0,
    signal: AbortSignal.abort(),
  }
  return { priority: 'info', ctxt: {}, publisherId: 'p', eventType: 't', payload: {}, metadata, ...fields }
}

/** One by one, as the documentation says it. */
function isWanted(rule: FilterRule | undefined, one: Notification): boolean {
  if (rule === undefined) return true
  if (rule instanceof NotificationFilter) return rule.match(one)
  if (typeof rule === 'function') return rule(one)
  return (
    typeof one.eventType === 'string' &&
    rule.some((glob) =>
      new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(one.eventType),
    )
  )
}

const words = ['compute.a', 'compute.b', 'compute', 'volume.a', 'a', '']
const text = fc.constantFrom(...words)
const pattern = fc.option(
  fc.constantFrom(
    'compute',
    '^compute\\.a$',
    '(compute|vol)',
    'c?o',
    '(?i)VOL',
    '.*a',
    'nothing',
    '',
    /^compute\.a?/,
    /vol|a/,
  ),
  { nil: undefined },
)
const rule: fc.Arbitrary<FilterRule | undefined> = fc.oneof(
  fc.constant(undefined),
  fc
    .record({ eventType: pattern, publisherId: pattern, state: pattern })
    .map(({ eventType, publisherId, state }) => {
      const patterns = state === undefined ? {} : { state }
      return new NotificationFilter({
        ...(eventType === undefined ? {} : { eventType }),
        ...(publisherId === undefined ? {} : { publisherId }),
        payload: patterns,
      })
    }),
  fc.array(fc.constantFrom('compute.*', '*', 'volume.a', 'vol*'), { maxLength: 3 }),
  fc.constantFrom<FilterRule>(
    ({ eventType }) => eventType === 'a',
    ({ payload }) => payload !== null,
  ),
)
const heard = fc
  .record({
    eventType: fc.oneof(text, fc.constantFrom(null, 7)),
    publisherId: fc.oneof(text, fc.constant(null)),
    payload: fc.oneof(fc.record({ state: text }), fc.constant(null)),
  })
  .map((fields) => notification(fields as unknown as Partial<Notification>))

test('the index finds whom asking each endpoint would find, in their order, however often it is asked', () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 8 }), fc.array(heard, { maxLength: 30 }), (rules, all) => {
      const index = indexOf(rules)
      for (const one of all) {
        const expected = rules.flatMap((each, at) => (isWanted(each, one) ? [String(at)] : []))
        expect(namesOf(index, one)).toEqual(expected)
      }
    }),
  )
})

describe('an event type and a publisher', () => {
  /** An index of one rule that counts how often its parts are asked. */
  function counted(): {
    readonly index: RuleIndex
    readonly asked: { eventType: number; publisherId: number }
  } {
    const asked = { eventType: 0, publisherId: 0 }
    const [endpoint] = bindEndpoints([{ info() {} }], executor)
    const ask = (part: keyof typeof asked, wanted: string) => (value: string) => {
      asked[part] += 1
      return value.startsWith(wanted)
    }
    const parts = { eventType: ask('eventType', 'compute'), publisherId: ask('publisherId', 'host1') }
    return { index: new RuleIndex([{ ...(endpoint as BoundEndpoint), rule: parts }]), asked }
  }

  test('are asked about once, however many notifications have them', () => {
    const { index, asked } = counted()
    for (let count = 0; count < 1_000; count++) {
      for (const publisherId of ['host1', 'host2']) {
        index.wanting(notification({ eventType: 'compute.a', publisherId }))
        index.wanting(notification({ eventType: 'volume.a', publisherId }))
      }
    }
    expect(asked).toEqual({ eventType: 2, publisherId: 2 })
  })

  test('that are new are asked of those rules only that may want what begins so', () => {
    const asked: string[] = []
    const endpoints = bindEndpoints(
      ['volume\\.a', 'compute\\.(a|b)\\.', 'compute\\.c\\.', '.*a', '(image|network)\\.'].map(
        (eventType) => ({
          name: eventType,
          filterRule: new NotificationFilter({ eventType }),
          info() {},
        }),
      ),
      executor,
    ).map((endpoint) => {
      const eventType = endpoint.rule.eventType as TextMatcher
      const counting = (value: string): boolean => {
        asked.push(endpoint.name)
        return eventType(value)
      }
      return { ...endpoint, rule: { eventType: Object.assign(counting, { ...eventType }) } }
    })
    const index = new RuleIndex(endpoints)
    expect(namesOf(index, notification({ eventType: 'compute.b.a' }))).toEqual(['compute\\.(a|b)\\.', '.*a'])
    expect(asked.splice(0)).toEqual(['compute\\.(a|b)\\.', '.*a'])
    expect(namesOf(index, notification({ eventType: 'network.' }))).toEqual(['(image|network)\\.'])
    expect(asked).toEqual(['.*a', '(image|network)\\.'])
  })

  test('that are new each time do not gather in memory', () => {
    const { index, asked } = counted()
    const hear = (eventType: string): unknown => index.wanting(notification({ eventType }))
    const long = 'x'.repeat(300)
    for (let count = 0; count < 3; count++) hear(long)
    expect(asked.eventType).toBe(3)
    for (let number = 0; number < 10_001; number++) hear(`volume.${number}`)
    hear('volume.10000')
    expect(asked.eventType).toBe(3 + 10_001)
    hear('volume.0')
    expect(asked.eventType).toBe(3 + 10_002)
  })
})

test('a subclass of NotificationFilter with a match of its own is asked that, each time', () => {
  let asked = 0
  class Odd extends NotificationFilter {
    override match(): boolean {
      asked += 1
      return asked % 2 === 1
    }
  }
  const index = indexOf([new Odd({ eventType: 'never' })])
  expect([1, 2, 3].map(() => namesOf(index, notification({})).length)).toEqual([1, 0, 1])
})
