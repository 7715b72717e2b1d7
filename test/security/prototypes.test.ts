/** Keys of a sender that name a prototype stay plain members, or go; no object of the process ever changes. */
import { randomUUID } from 'node:crypto'

import { afterEach, describe, expect, test } from '@jest/globals'

import { readQueryOptions } from '../../src/core/options.js'
import { carriedHeaders, readMarks } from '../../src/drivers/rabbit/headers.js'
import {
  type Context,
  getBatchNotificationListener,
  getTransport,
  JsonPayloadSerializer,
  type Logger,
  type Notification,
  NotificationFilter,
  Notifier,
  silentLogger,
  Target,
  TransportURL,
} from '../../src/index.js'
import { decodeNotification, encodeNotification, wireTimestamp } from '../../src/notify/envelope.js'
import { maskedJson } from '../../src/notify/masking.js'
import { driversFor, loadRouting } from '../../src/notify/routing.js'
import { Stage } from '../support/stage.js'
import { until } from '../support/until.js'

const evilKeys = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', '__defineGetter__']
/** What any object would have if the pollution worked. */
const planted = 'polluted'

/** As JSON.parse makes it: an own member of that name, which a literal would not be. */
function withKey(key: string, value: unknown): Record<string, unknown> {
  return JSON.parse(`{${JSON.stringify(key)}: ${JSON.stringify(value)}}`) as Record<string, unknown>
}

const shape = [Object.prototype, Array.prototype, Function.prototype].map((one) =>
  Object.getOwnPropertyNames(one),
)

afterEach(() => {
  expect(({} as Record<string, unknown>)[planted]).toBeUndefined()
  expect(
    [Object.prototype, Array.prototype, Function.prototype].map((one) => Object.getOwnPropertyNames(one)),
  ).toEqual(shape)
  expect(typeof {}.toString).toBe('function')
})

const limits = { maxBodySize: 1_000_000, maxDepth: 100 }

describe.each(evilKeys)('the key %s', (key) => {
  const evil = withKey(key, { [planted]: true, constructor: { prototype: { [planted]: true } } })

  /** Own, enumerable, and not the prototype. */
  function expectOwn(object: unknown, value: unknown = evil[key]): void {
    expect(Object.getOwnPropertyDescriptor(object, key)).toMatchObject({ value, enumerable: true })
    expect(Object.getPrototypeOf(object)).toBe(Object.getPrototypeOf(JSON.parse('{}')))
  }

  test.each([1, 2] as const)(
    'of payload, context and body goes through envelope %i as a member',
    (version) => {
      const message = {
        message_id: 'm',
        publisher_id: null,
        event_type: 'e',
        priority: 'INFO',
        payload: { ...withKey('deep', evil), list: [evil] },
        timestamp: wireTimestamp(),
      }
      const body = encodeNotification(message, evil).toBytes(version)
      const { message: read, context } = decodeNotification(body, undefined, limits)
      const payload = read['payload'] as { deep: unknown; list: [unknown] }
      expectOwn(payload.deep)
      expectOwn(payload.list[0])
      expectOwn(context)
    },
  )

  test.each([
    ['plain', ''],
    ['with NaN', ', "n": NaN'],
    ['with long numbers', ', "n": 12345678901234567890'],
    ['with marked values', ', "n": {"__type__": "date", "__value__": "2026-11-24"}'],
  ])('at the top of a body %s is a member', (_what, more) => {
    const body = `{${JSON.stringify(key)}: ${JSON.stringify(evil[key])}, "payload": ${JSON.stringify(evil)}, "_context_${key}": 1${more}}`
    const { message, context } = decodeNotification(Buffer.from(body), undefined, { ...limits, bigint: true })
    expectOwn(message)
    expectOwn(message['payload'])
    expectOwn(context, 1)
  })

  test('reaches an endpoint as a member, alone and in a batch, and filters see it as one', async () => {
    await using stage = new Stage()
    const heard: Notification[] = []
    await stage.listen(
      {
        filterRule: new NotificationFilter({
          payload: withKey(key, 'text') as never,
          context: withKey(key, 'text') as never,
        }),
        info(ctxt, publisherId, eventType, payload, metadata) {
          heard.push({ ctxt, publisherId, eventType, payload, metadata } as Notification)
        },
      },
      { serializer: new JsonPayloadSerializer(), allowRequeue: true },
    )
    const batch = stage.keep(
      getBatchNotificationListener(
        stage.transport,
        [stage.target],
        [{ info: (notifications) => void heard.push(...notifications) }],
        { batchSize: 2, batchTimeout: 20, pool: 'batch' },
      ),
    )
    await batch.start()
    await stage.send('inherited', {}, { ctxt: {} })
    await stage.send('no text', evil, { ctxt: evil })
    await stage.send('wanted', withKey(key, 'text'), { ctxt: withKey(key, 'text') })
    await until(() => heard.length === 4)
    const wanted = heard.filter(({ eventType }) => eventType === 'wanted')
    expect(wanted).toHaveLength(2)
    for (const { payload, ctxt } of wanted) {
      expectOwn(payload, 'text')
      expectOwn(ctxt, 'text')
    }
  })

  test('is a member of what a serializer makes, and crosses to a worker thread as one', () => {
    const serialized = new JsonPayloadSerializer().serializeEntity(
      {},
      { evil, map: new Map([[key, 1]]) },
    ) as {
      evil: unknown
      map: unknown
    }
    expectOwn(serialized.evil)
    expectOwn(serialized.map, 1)
    expect(Object.getOwnPropertyDescriptor(structuredClone(evil), key)).toMatchObject({ enumerable: true })
  })

  test('is masked and logged as any other', async () => {
    expect(JSON.parse(maskedJson({ evil, [key]: { password: 'secret' } }))).toEqual({
      evil,
      ...withKey(key, { password: '***' }),
    })
    const lines: string[] = []
    const write = (line: string): void => void lines.push(line)
    const logger: Logger = { debug: write, info: write, warn: write, error: write }
    await using transport = getTransport(`memory://${randomUUID()}`, { logger })
    await new Notifier(transport, { driver: 'log' }).info(evil, key, evil)
    expect(lines).toEqual([expect.stringContaining(JSON.stringify(evil))])
  })

  test('in a routing file names a group, a driver that there is not, or a glob', () => {
    const rule = { accepted_events: [key] }
    const rules = loadRouting(
      JSON.stringify({ [key === '__proto__' ? 'x' : key]: {} }).replace(
        '{}',
        JSON.stringify(withKey(key, rule)),
      ),
    )
    expect(driversFor(rules, key, 'info')).toEqual([key])
    expect(driversFor(rules, 'other', 'info')).toEqual([])
    expect(
      () => new Notifier(getTransport(`memory://${randomUUID()}`, { logger: silentLogger }), { driver: key }),
    ).toThrow(/no notifier driver|there is no/)
  })

  test('is an unknown option, wherever options are read', () => {
    const unknown = new RegExp(`no option '${key}'`)
    expect(() => getTransport('memory://', evil as never)).toThrow(unknown)
    expect(() => getTransport(`rabbit://h/?${key}=1`)).toThrow(unknown)
    expect(() => new Notifier(getTransport('memory://'), evil as never)).toThrow(unknown)
    expect(() => new NotificationFilter(evil as never)).toThrow(`no field '${key}'`)
    expect(readQueryOptions(TransportURL.parse(`rabbit://h/?${key}=1`).query, {}).problems).toHaveLength(1)
    expect(Object.keys(TransportURL.parse(`rabbit://h/?${key}=1`).query)).toEqual([key])
  })

  test('in headers of a message marks nothing by inheritance, and is republished as it came', () => {
    const headers = withKey(key, { 'x-tocsin-finished': ['a'] })
    expect(readMarks(headers).finished).toEqual([])
    const message = { properties: { headers }, fields: {} } as never
    expectOwn(carriedHeaders(message, { ours: 1 }), headers[key])
  })

  test('as event type, publisher, endpoint name, pool and message id is a text', async () => {
    await using stage = new Stage()
    const listener = await stage.listen({ name: key, info() {} }, { pool: key, validate: {} })
    await stage.send(key, {}, { publisherId: key, messageId: key })
    await until(() => listener.stats().handled === 1)
    expectOwn(listener.stats().endpoints, expect.objectContaining({ handled: 1 }))
  })
})

test('a context class can hand in keys that name a prototype', async () => {
  await using stage = new Stage()
  const contexts: Context[] = []
  await stage.listen({ info: (ctxt) => void contexts.push(ctxt) })
  const notifier = new Notifier(stage.transport, { topics: [stage.topic] })
  await notifier.info({ toDict: () => withKey('__proto__', { [planted]: true }) }, 'e', {})
  await until(() => contexts.length === 1)
  expect(Object.keys(contexts[0] as object)).toEqual(['__proto__'])
  expect((contexts[0] as Record<string, unknown>)[planted]).toBeUndefined()
  expect(new Target({ topic: 't' })).toBeInstanceOf(Target)
})
