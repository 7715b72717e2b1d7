import { describe, expect, test } from '@jest/globals'

import { type FilterFields, NotificationFilter } from '../../src/index.js'
import { eventually } from './eventually.js'
import type { PyFilter } from './peer.js'
import { onTheBus } from './world.js'

const world = onTheBus()

/** One rule, in the words of both sides. */
interface RuleCase {
  readonly name: string
  readonly theirs: PyFilter
}

const rules: readonly RuleCase[] = [
  { name: 'nothing at all', theirs: {} },
  { name: 'publisher, anchored at the start', theirs: { publisher_id: '^compute.*' } },
  { name: 'publisher, without a caret', theirs: { publisher_id: 'compute' } },
  { name: 'publisher, from the middle: anchored all the same', theirs: { publisher_id: 'host' } },
  { name: 'event type', theirs: { event_type: '^compute\\.instance\\.create' } },
  { name: 'event type to its end', theirs: { event_type: 'compute\\.instance\\.create\\.end$' } },
  { name: 'event type by alternatives', theirs: { event_type: '(compute|network)\\..*\\.(start|end)$' } },
  { name: 'event type, ignoring case', theirs: { event_type: '(?i)COMPUTE\\.' } },
  { name: 'event type by a named group', theirs: { event_type: '(?P<service>[a-z]+)\\.instance' } },
  { name: 'event type, \\A and \\Z', theirs: { event_type: '\\Acompute\\.instance\\.create\\.end\\Z' } },
  { name: 'event type by look-ahead', theirs: { event_type: '(?!compute)' } },
  { name: 'the empty pattern', theirs: { event_type: '' } },
  { name: 'a dot and a line end', theirs: { payload: { text: 'a.b' } } },
  { name: 'a dollar before a last line feed', theirs: { payload: { text: '.*end$' } } },
  { name: 'context', theirs: { context: { user_id: '^adm' } } },
  { name: 'context, two keys', theirs: { context: { user_id: '^adm', project_id: 'p' } } },
  { name: 'context, a key that is not there', theirs: { context: { domain_id: '.*' } } },
  { name: 'payload', theirs: { payload: { state: '^active$' } } },
  { name: 'payload: a number is no text', theirs: { payload: { size: '.*' } } },
  { name: 'payload: null is no text', theirs: { payload: { nothing: '.*' } } },
  { name: 'payload: a nested object is no text', theirs: { payload: { nested: '.*' } } },
  { name: 'payload: no dotted paths', theirs: { payload: { 'nested.a': '.*' } } },
  { name: 'payload: a key like a method of objects', theirs: { payload: { constructor: '.*' } } },
  { name: 'payload in another script', theirs: { payload: { name: 'sèrv\\w+ 测' } } },
  { name: 'metadata: message id', theirs: { metadata: { message_id: '[0-9a-f-]{36}$' } } },
  { name: 'metadata: timestamp', theirs: { metadata: { timestamp: '\\d{4}-\\d\\d-\\d\\d ' } } },
  {
    name: 'all five at once',
    theirs: {
      publisher_id: 'compute',
      event_type: 'compute',
      context: { user_id: 'admin' },
      metadata: { timestamp: '2' },
      payload: { state: 'active' },
    },
  },
  {
    name: 'four of five',
    theirs: {
      publisher_id: 'compute',
      event_type: 'network',
      context: { user_id: 'admin' },
      payload: { state: 'active' },
    },
  },
]

function ours({ publisher_id, event_type, ...rest }: PyFilter): FilterFields {
  return {
    ...(publisher_id === undefined ? {} : { publisherId: publisher_id }),
    ...(event_type === undefined ? {} : { eventType: event_type }),
    ...rest,
  }
}

const notifications = [
  {
    publisher_id: 'compute.host1',
    event_type: 'compute.instance.create.end',
    ctxt: { user_id: 'admin', project_id: 'p-1' },
    payload: {
      state: 'active',
      name: 'sèrveur 测试',
      size: 1,
      nothing: null,
      nested: { a: 'x' },
      text: 'a\nb',
    },
  },
  {
    publisher_id: 'compute.host2',
    event_type: 'compute.instance.create.start',
    ctxt: { user_id: 'bob' },
    payload: { state: 'active\n', text: 'the end\n' },
  },
  {
    publisher_id: 'network.host1',
    event_type: 'network.network.create.end',
    ctxt: { user_id: 'adm' },
    payload: { state: 'deleted', text: 'a\u2028b', constructor: 'a text' },
  },
  { publisher_id: 'Compute.host', event_type: 'COMPUTE.x', ctxt: {}, payload: { state: ['active'] } },
  { publisher_id: 'x', event_type: 'compute.instance.create.end\n', ctxt: {}, payload: {} },
] as const

/** Rule -> the notifications its endpoint heard, as `publisher event type`, sorted. */
function heardBy(
  calls: readonly (readonly [endpoint: string, notification: string])[],
): Record<string, string[]> {
  return Object.fromEntries(
    rules.map(({ name }) => [
      name,
      calls
        .filter(([endpoint]) => endpoint === name)
        .map(([, notification]) => notification)
        .toSorted((a, b) => (a < b ? -1 : 1)),
    ]),
  )
}

describe('filter rules mean the same on both sides', () => {
  test('the endpoint of each rule hears the same from either sender', async () => {
    const { bus } = world
    const python = await bus.theirListener({
      pool: bus.ownPool('theirs'),
      endpoints: rules.map(({ name, theirs }) => ({ name, filter: theirs })),
    })
    const tocsin = await bus.ourListener({
      pool: bus.ownPool('ours'),
      endpoints: rules.map(({ name, theirs }) => ({
        name,
        filterRule: new NotificationFilter(ours(theirs)),
      })),
    })
    for (const { publisher_id, event_type, ctxt, payload } of notifications) {
      await bus.theirNotify([{ priority: 'info', event_type, payload, ctxt, ctxt_kind: 'object' }], {
        publisher_id,
      })
      await bus.notifier({ publisherId: publisher_id }).info(ctxt, event_type, payload)
    }
    const all = notifications.length * 2
    const unfiltered = (calls: readonly { endpoint: string }[]): number =>
      calls.filter(({ endpoint }) => endpoint === 'nothing at all').length
    await eventually(() => unfiltered(python.calls) === all && unfiltered(tocsin.calls) === all, {
      what: () => `${all} notifications; had ${unfiltered(python.calls)} and ${unfiltered(tocsin.calls)}`,
    })
    await Promise.all([python.stop(), tocsin.stop()])
    const theirs = heardBy(
      python.calls.map((call) => [call.endpoint, `${call.publisher_id} ${call.event_type}`]),
    )
    expect(
      heardBy(tocsin.calls.map((call) => [call.endpoint, `${call.publisherId} ${call.eventType}`])),
    ).toEqual(theirs)
    // The table is worth something: its rules let through from nothing to everything.
    expect(new Set(Object.values(theirs).map((heard) => heard.length)).size).toBeGreaterThan(4)
  })

  const signal = new AbortController().signal
  test.each([
    ['a null payload', { payload: { state: '.*' } }, { payload: null }],
    ['a payload that is a text', { payload: { state: '.*' } }, { payload: 'a state' }],
    ['a payload that is a number', { payload: { state: '.*' } }, { payload: 7 }],
    ['a payload that is a list of the key', { payload: { state: '.*' } }, { payload: ['state'] }],
  ] as const)(
    '%s: no match here, where the original throws or does not match',
    async (_name, rule, { payload }) => {
      const common = { payload, ctxt: {} }
      const original = await world.peer.match(rule, {
        ...common,
        publisher_id: 'p',
        event_type: 'e',
        metadata: { message_id: 'm', timestamp: 't' },
      })
      expect(original.matched ?? false).toBe(false)
      const matched = new NotificationFilter(rule).match({
        ...common,
        priority: 'info',
        publisherId: 'p',
        eventType: 'e',
        metadata: { messageId: 'm', timestamp: 't', redelivered: false, attempts: 0, signal },
      })
      expect(matched).toBe(false)
    },
  )
})
