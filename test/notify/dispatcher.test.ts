/** Who is called, with what, and what becomes of the message. source: oslo_messaging/tests/notify/test_dispatcher.py */
import { describe, expect, test } from '@jest/globals'

import { NotificationFilter, NotificationResult, type Priority, reject, requeue } from '../../src/index.js'
import { Stage } from '../support/stage.js'
import { until } from '../support/until.js'

describe('an endpoint is called for the priorities it has a method for', () => {
  const rows: [endpoints: Priority[][], priority: Priority, called: number[]][] = [
    [[['warn']], 'info', []],
    [[['warn']], 'warn', [0]],
    [[['warn'], ['info']], 'info', [1]],
    [
      [
        ['debug', 'info'],
        ['info', 'debug'],
      ],
      'debug',
      [0, 1],
    ],
    ...(['audit', 'critical', 'debug', 'error', 'info', 'sample', 'warn'] as const).map(
      (priority): [Priority[][], Priority, number[]] => [[[priority]], priority, [0]],
    ),
  ]

  test.each(rows)('%j, a message of %s: called %j', async (methods, priority, called) => {
    await using stage = new Stage()
    const calls: number[] = []
    const endpoints = methods.map((names, index) =>
      Object.fromEntries(names.map((name) => [name, () => void calls.push(index)])),
    )
    const listener = await stage.listen(endpoints)
    // One that is not subscribed comes by another priority's route.
    const route = methods.flat().includes(priority) ? priority : (methods[0]?.[0] ?? '')
    await stage.send('instance.create', {}, { priority, route })
    await until(() => listener.stats().driver.acknowledged === 1)
    expect(calls).toEqual(called)
    expect(listener.stats()).toMatchObject(called.length > 0 ? { handled: 1 } : { unwanted: 1 })
  })
})

test('an endpoint gets context, publisher, event type, payload and metadata, with itself as this', async () => {
  await using stage = new Stage()
  class Recorder {
    readonly seen: unknown[] = []
    info(...args: unknown[]): void {
      this.seen.push(args)
    }
  }
  const endpoint = new Recorder()
  await stage.listen(endpoint)
  await stage.send('instance.create', { state: 'active' }, { ctxt: { user: 'ada' }, messageId: 'm-1' })
  await until(() => endpoint.seen.length === 1)
  expect(endpoint.seen[0]).toEqual([
    { user: 'ada' },
    'compute.host1',
    'instance.create',
    { state: 'active' },
    {
      messageId: 'm-1',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
      exchange: 'openstack',
      redelivered: false,
      attempts: 0,
      signal: expect.any(AbortSignal),
    },
  ])
})

test('fields that the sender left out are null', async () => {
  await using stage = new Stage()
  const seen: unknown[] = []
  await stage.listen({ info: (...args) => void seen.push(args) })
  await stage.sendBytes('{"priority":"INFO"}')
  await until(() => seen.length === 1)
  expect(seen[0]).toEqual([
    {},
    null,
    null,
    null,
    expect.objectContaining({ messageId: null, timestamp: null }),
  ])
})

test.each([['"what???"'], ['null'], ['7'], ['{}'], ['"warning"'], ['"__proto__"']])(
  'a message of the priority %s is acknowledged, with an error event of UNKNOWN_PRIORITY',
  async (priority) => {
    await using stage = new Stage()
    const listener = await stage.listen({ info: () => {} }, { allowRequeue: true })
    await stage.sendBytes(`{"priority":${priority},"event_type":{"toString":1},"message_id":"m-1"}`)
    await until(() => listener.stats().driver.acknowledged === 1)
    expect(stage.errors[0]?.error).toMatchObject({ code: 'UNKNOWN_PRIORITY' })
    expect(stage.errors[0]?.error.message).toContain('audit, critical, debug, error, info, sample, warn')
    expect(stage.errors[0]?.about).toMatchObject({ messageId: 'm-1' })
    expect(listener.stats()).toMatchObject({ received: 1, unknownPriority: 1, inHand: 0 })
  },
)

describe('the filter table of the original', () => {
  type Fields = ConstructorParameters<typeof NotificationFilter>[0]
  const rows: [Fields, boolean][] = [
    [{}, true],
    [{ publisherId: '^compute.*' }, true],
    [{ publisherId: '^network01' }, false],
    [{ eventType: '^instance\\.create' }, true],
    [{ eventType: '^instance\\.delete' }, false],
    [{ context: { user: '^adm' } }, true],
    [{ context: { user: '^bob' } }, false],
    [{ context: { project: '^adm' } }, false],
    [{ context: {} }, true],
    [{ metadata: { message_id: '^99' } }, true],
    [{ metadata: { messageId: '^99' } }, true],
    [{ metadata: { messageId: '^1' } }, false],
    [{ metadata: { timestamp: '\\d{4}-' } }, true],
    [{ payload: { state: '^active$' } }, true],
    [{ payload: { state: '^deleted$' } }, false],
    [{ payload: { nowhere: '^active$' } }, false],
    [{ payload: { virtual_size: '' } }, false],
    [{ payload: { size: '7' } }, false],
    [{ payload: { constructor: '' } }, false],
    [{ payload: JSON.parse('{"__proto__": "^own$"}') as Record<string, string> }, true],
    [{ payload: JSON.parse('{"__proto__": "^other$"}') as Record<string, string> }, false],
    [{ context: JSON.parse('{"__proto__": "x"}') as Record<string, string> }, false],
    [{ publisherId: '^compute.*', eventType: '^instance\\.create', context: { user: '^adm' } }, true],
    [{ publisherId: '^compute.*', eventType: '^instance\\.create', context: { user: '^bob' } }, false],
    [{ publisherId: '' }, true],
    [{ publisherId: null, eventType: null, context: null, payload: null }, true],
  ]

  test.each(rows)('%j: %s', async (fields, expected) => {
    await using stage = new Stage()
    let calls = 0
    const listener = await stage.listen({
      filterRule: new NotificationFilter(fields),
      info: () => void (calls += 1),
    })
    const payload: unknown = JSON.parse('{"state":"active","virtual_size":null,"size":7,"__proto__":"own"}')
    await stage.send('instance.create.start', payload, {
      publisherId: 'compute01.manager',
      messageId: '99863dda',
      ctxt: { user: 'admin' },
    })
    await until(() => listener.stats().driver.acknowledged === 1)
    expect(calls).toBe(expected ? 1 : 0)
    expect(listener.stats()).toMatchObject(expected ? { handled: 1 } : { unwanted: 1 })
  })

  test.each([['null'], ['"text"'], ['["state"]'], ['7'], ['true']])(
    'a payload or context that is %s never matches a rule of keys, and never throws',
    async (text) => {
      await using stage = new Stage()
      let calls = 0
      const count = (): void => void (calls += 1)
      const listener = await stage.listen([
        { filterRule: new NotificationFilter({ payload: { state: '' } }), info: count },
        { filterRule: new NotificationFilter({ payload: { length: '' } }), info: count },
        { filterRule: new NotificationFilter({ payload: {} }), info: count },
      ])
      await stage.sendBytes(`{"priority":"INFO","payload":${text},"event_type":["a"]}`)
      await until(() => listener.stats().driver.acknowledged === 1)
      expect(calls).toBe(1)
      expect(stage.errors).toEqual([])
    },
  )

  test('an event type that is no text matches neither pattern nor glob', async () => {
    await using stage = new Stage()
    let calls = 0
    const listener = await stage.listen([
      { filterRule: new NotificationFilter({ eventType: '' }), info: () => void (calls += 1) },
      { filterRule: ['*'], info: () => void (calls += 1) },
    ])
    for (const type of ['["instance.create"]', 'null', '7', '{}'])
      await stage.sendBytes(`{"priority":"info","event_type":${type}}`)
    await until(() => listener.stats().driver.acknowledged === 4)
    expect(calls).toBe(0)
  })
})

test('a filterRule may be a function or a list of globs', async () => {
  await using stage = new Stage()
  const seen: string[] = []
  await stage.listen([
    {
      filterRule: ({ payload }) => payload.n > 1,
      info: (...[, , type]) => void seen.push(`function ${type}`),
    },
    { filterRule: ['compute.*', 'volume.?'], info: (...[, , type]) => void seen.push(`globs ${type}`) },
    { filterRule: null, info: (...[, , type]) => void seen.push(`null ${type}`) },
  ])
  await stage.send('compute.a', { n: 1 })
  await stage.send('volume.ab', { n: 2 })
  await until(() => seen.length === 4)
  expect(seen).toEqual(['globs compute.a', 'null compute.a', 'function volume.ab', 'null volume.ab'])
})

describe('outcomes', () => {
  type Verb = 'acknowledged' | 'requeued' | 'rejected'
  const thrown = (): never => {
    throw new Error('no')
  }
  const rows: [
    what: string,
    result: () => unknown,
    allowed: Verb,
    refused: Verb,
    code: string | undefined,
  ][] = [
    ['nothing', () => undefined, 'acknowledged', 'acknowledged', undefined],
    ['null', () => null, 'acknowledged', 'acknowledged', undefined],
    ['HANDLED', () => NotificationResult.HANDLED, 'acknowledged', 'acknowledged', undefined],
    ['anything else', () => ({ verb: 'dance' }), 'acknowledged', 'acknowledged', undefined],
    ['REQUEUE', () => NotificationResult.REQUEUE, 'requeued', 'acknowledged', 'REQUEUE_NOT_ALLOWED'],
    ['requeue()', () => requeue(), 'requeued', 'acknowledged', 'REQUEUE_NOT_ALLOWED'],
    [
      'requeue({ delay })',
      () => requeue({ delay: 60_000 }),
      'requeued',
      'acknowledged',
      'REQUEUE_NOT_ALLOWED',
    ],
    [
      'requeue({ delay: a text })',
      () => requeue({ delay: 'x' as never }),
      'requeued',
      'acknowledged',
      'REQUEUE_NOT_ALLOWED',
    ],
    ['an exception', thrown, 'requeued', 'acknowledged', 'ENDPOINT_THREW'],
    ['a rejection', () => Promise.reject(new Error('no')), 'requeued', 'acknowledged', 'ENDPOINT_THREW'],
    [
      'a promise of REQUEUE',
      async () => NotificationResult.REQUEUE,
      'requeued',
      'acknowledged',
      'REQUEUE_NOT_ALLOWED',
    ],
    [
      'a thenable that throws',
      // biome-ignore lint: a thenable is the point
      () => ({ then: thrown }),
      'requeued',
      'acknowledged',
      'ENDPOINT_THREW',
    ],
    ['reject()', () => reject('no good'), 'rejected', 'rejected', undefined],
  ]

  const cases = rows.flatMap(([what, result, allowed, refused, code]) => {
    const end = allowed === 'acknowledged' ? 'handled' : allowed
    const codes = code === undefined ? (end === 'rejected' ? ['REJECTED'] : []) : [code]
    return [
      { what, result, allowRequeue: true, verb: allowed, count: end, codes: end === 'rejected' ? codes : [] },
      { what, result, allowRequeue: false, verb: refused, count: end === 'requeued' ? 'lost' : end, codes },
    ]
  })

  test.each(cases)('$what with allowRequeue $allowRequeue: $verb, counted as $count', async (row) => {
    await using stage = new Stage()
    const counts = { handled: 0, requeued: 0, lost: 0, rejected: 0, [row.count]: 1 }
    let laterCalls = 0
    const listener = await stage.listen(
      [{ info: () => row.result() as never }, { info: () => void (laterCalls += 1) }],
      { allowRequeue: row.allowRequeue, concurrency: 1 },
    )
    await stage.send('order.paid')
    await until(() => listener.stats().driver[row.verb] >= 1)
    await listener.stop()
    expect(laterCalls).toBe(row.count === 'handled' ? 1 : 0)
    const { handled, requeued, lost, rejected } = listener.stats()
    // One that asks again at once may have come a second time meanwhile.
    expect({ handled, requeued: Math.min(requeued, 1), lost, rejected }).toEqual(counts)
    expect(stage.errors.map(({ error }) => error.code)).toEqual(row.codes)
  })

  test('an exception skips the endpoints that follow, and names endpoint and cause in the error event', async () => {
    await using stage = new Stage()
    const calls: string[] = []
    const listener = await stage.listen([
      { name: 'one', info: () => void calls.push('one') },
      {
        name: 'two',
        info: () => {
          calls.push('two')
          throw new TypeError('no such order')
        },
      },
      { name: 'three', info: () => void calls.push('three') },
    ])
    await stage.send('order.paid', {}, { messageId: 'm-1' })
    await until(() => stage.errors.length === 1)
    expect(calls).toEqual(['one', 'two'])
    expect(stage.errors[0]).toMatchObject({
      error: {
        name: 'EndpointFailure',
        code: 'ENDPOINT_THREW',
        endpoint: 'two',
        message: "endpoint 'two' threw in info(): no such order",
        cause: new TypeError('no such order'),
      },
      about: { messageId: 'm-1', eventType: 'order.paid', endpoint: 'two' },
    })
    expect(listener.stats().endpoints).toEqual({
      one: { received: 1, filtered: 0, handled: 1, requeued: 0, failed: 0, rejected: 0 },
      two: { received: 1, filtered: 0, handled: 0, requeued: 0, failed: 1, rejected: 0 },
      three: { received: 1, filtered: 0, handled: 0, requeued: 0, failed: 0, rejected: 0 },
    })
  })
})
