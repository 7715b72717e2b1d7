/** What becomes of messages that were not handled: the retry policy, dead letters, undecodable bodies, duplicates, validation. */
import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import * as v from 'valibot'

import type { Driver } from '../../src/core/driver.js'
import { silentLogger } from '../../src/core/logger.js'
import type { IncomingMessage } from '../../src/core/message.js'
import { retryDelay } from '../../src/core/retry.js'
import { memoryDriverEntry } from '../../src/drivers/memory/driver.js'
import {
  getNotificationListener,
  getTransport,
  NoOpSerializer,
  NotificationFilter,
  NotificationResult,
  type RetryPolicy,
  registerDriver,
  reject,
  requeue,
  UndecodableMessage,
} from '../../src/index.js'
import { changed } from '../conformance/mutants/kit.js'
import { Stage } from '../support/stage.js'
import { until } from '../support/until.js'

const { REQUEUE } = NotificationResult

describe('retryDelay', () => {
  const policy = { limit: 10, delay: 500, backoff: 2, maxDelay: 60_000, then: 'dead-letter' } as const
  test.each([
    [policy, 0, 500],
    [policy, 1, 1_000],
    [policy, 6, 32_000],
    [policy, 7, 60_000],
    [policy, 1_000_000, 60_000],
    [{ ...policy, delay: 0 }, 1_000_000, 0],
    [{ ...policy, backoff: 1 }, 5, 500],
    [{ ...policy, maxDelay: 100 }, 0, 100],
  ])('of %j, retry %i is %i ms', (given, retry, expected) => {
    expect(retryDelay(given, retry)).toBe(expected)
  })
})

test('what an endpoint throws at comes back after a growing delay up to the limit, then is a dead letter with all that is known', async () => {
  await using stage = new Stage()
  const calls: { at: number; attempts: number; redelivered: boolean }[] = []
  const retry: RetryPolicy = { limit: 3, delay: 20, backoff: 2, maxDelay: 50 }
  const listener = await stage.listen(
    {
      info: (...[, , , , { attempts, redelivered }]) => {
        calls.push({ at: performance.now(), attempts, redelivered })
        throw new Error(`no order ${calls.length}`)
      },
    },
    { retry },
  )
  await stage.send('order.paid', { order: 7 }, { messageId: 'm-1' })
  await until(() => listener.stats().rejected === 1)
  expect(calls.map(({ attempts, redelivered }) => [attempts, redelivered])).toEqual([
    [0, false],
    [1, true],
    [2, true],
    [3, true],
  ])
  const gaps = calls.slice(1).map(({ at }, index) => at - (calls[index]?.at ?? 0))
  // Timers may be a millisecond early by this clock.
  expect(gaps.map((gap, index) => gap >= [20, 40, 50][index]! - 2)).toEqual([true, true, true])
  const [letter, ...others] = await listener.deadLetters().list()
  expect(others).toEqual([])
  expect(letter).toMatchObject({ reason: 'retries-exhausted', error: 'Error: no order 4', attempts: 3 })
  expect(Buffer.from(letter?.body ?? []).toString()).toContain('order')
  expect(stage.errors).toMatchObject([
    {
      error: {
        code: 'RETRIES_EXHAUSTED',
        message: 'not handled in 4 attempts (retry limit 3)',
        cause: { code: 'ENDPOINT_THREW', cause: new Error('no order 4') },
      },
      about: { messageId: 'm-1', eventType: 'order.paid' },
    },
  ])
  expect(listener.stats()).toMatchObject({ received: 4, requeued: 3, rejected: 1 })
})

test('REQUEUE comes back at once, and after the delay when it is asked for again', async () => {
  await using stage = new Stage()
  const at: number[] = []
  await stage.listen(
    { info: () => (at.push(performance.now()) < 4 ? REQUEUE : undefined) },
    { allowRequeue: true, retry: { delay: 40, backoff: 2 } },
  )
  await stage.send('a')
  await until(() => at.length === 4)
  const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0))
  expect(gaps[0]).toBeLessThan(38)
  expect(gaps[1]).toBeGreaterThanOrEqual(38)
  expect(gaps[2]).toBeGreaterThanOrEqual(78)
})

test('a driver that can not delay gets what failed back after the delay all the same, and its other messages meanwhile', async () => {
  const scheme = `steady-${randomUUID().slice(0, 8)}`
  registerDriver(scheme, {
    create: (url, dependencies): Driver => {
      const driver = memoryDriverEntry.create(url, dependencies)
      return changed(driver, { features: () => ({ ...driver.features(), delay: false }) })
    },
  })
  await using stage = new Stage({ url: `${scheme}://${randomUUID()}` })
  const at: number[] = []
  let others = 0
  const listener = await stage.listen(
    {
      info(_ctxt, _publisherId, eventType) {
        if (eventType === 'other') return void (others += 1)
        if (at.push(performance.now()) < 3) throw new Error('not yet')
      },
    },
    { concurrency: 1, retry: { delay: 50, backoff: 2 } },
  )
  await stage.send('failing')
  await until(() => at.length === 1)
  await stage.send('other')
  await until(() => others === 1)
  expect(at.length).toBe(1)
  await until(() => listener.stats().handled === 2)
  const [first = 0, second = 0, third = 0] = at
  expect(second - first).toBeGreaterThan(48)
  expect(third - second).toBeGreaterThan(98)
})

test('requeue({ delay }) comes back after its own delay', async () => {
  await using stage = new Stage()
  const at: number[] = []
  await stage.listen(
    { info: () => (at.push(performance.now()) === 1 ? requeue({ delay: 60 }) : undefined) },
    { retry: { delay: 1 } },
  )
  await stage.send('a')
  await until(() => at.length === 2)
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(58)
})

test.each([[true], [false]])(
  'reject(reason) is a dead letter at once when dead letters are on (%s)',
  async (deadLetter) => {
    await using stage = new Stage()
    const listener = await stage.listen(
      { info: () => reject('no such customer') },
      { deadLetter, allowRequeue: true },
    )
    await stage.send('a')
    await until(() => listener.stats().rejected === 1)
    const letters = await listener.deadLetters().list()
    expect(letters.map(({ reason }) => reason)).toEqual(deadLetter ? ['no such customer'] : [])
    expect(stage.errors).toMatchObject([
      { error: { code: 'REJECTED', message: 'an endpoint rejected the notification: no such customer' } },
    ])
  },
)

test('the policy discard acknowledges after the last retry, with an error event', async () => {
  await using stage = new Stage()
  const listener = await stage.listen(
    { info: () => REQUEUE },
    { retry: { limit: 1, delay: 1, then: 'discard' } },
  )
  await stage.send('a')
  await until(() => listener.stats().lost === 1)
  expect(stage.errors.map(({ error }) => error.code)).toEqual(['RETRIES_EXHAUSTED'])
  expect(listener.stats().driver).toMatchObject({ requeued: 1, acknowledged: 1, rejected: 0 })
  expect(await listener.deadLetters().list()).toEqual([])
})

test('a limit of 0 gives up at the first failure', async () => {
  await using stage = new Stage()
  const listener = await stage.listen({ info: () => REQUEUE }, { retry: { limit: 0 } })
  await stage.send('a')
  await until(() => listener.stats().rejected === 1)
  expect(listener.stats().received).toBe(1)
})

test('endpoints that have handled it are not called again by a retry; of a class, each instance is one', async () => {
  await using stage = new Stage()
  const calls: string[] = []
  class Billing {
    readonly #label: string
    readonly #fails: number
    #count = 0
    constructor(label: string, fails: number) {
      this.#label = label
      this.#fails = fails
    }
    info(): void {
      calls.push(this.#label)
      this.#count += 1
      if (this.#count <= this.#fails) throw new Error('not yet')
    }
  }
  const endpoints = [
    new Billing('a', 0),
    new Billing('b', 1),
    { info: () => void calls.push('c') },
    new Billing('d', 1),
  ]
  const listener = await stage.listen(endpoints, { retry: { delay: 1 } })
  await stage.send('x')
  await until(() => listener.stats().handled === 1)
  expect(calls).toEqual(['a', 'b', 'b', 'c', 'd', 'd'])
  expect(Object.keys(listener.stats().endpoints)).toEqual([
    'Billing',
    'Billing#2',
    'endpoint-2(info)',
    'Billing#3',
  ])
})

test('given names that look like counted ones stay apart', async () => {
  await using stage = new Stage()
  const endpoint = (name: string) => ({ name, info: () => {} })
  const listener = await stage.listen([endpoint('A'), endpoint('A#2'), endpoint('A'), endpoint('A#2')])
  expect(Object.keys(listener.stats().endpoints)).toEqual(['A', 'A#2', 'A#3', 'A#2#2'])
})

describe('what can not be read', () => {
  const inner = (text: string): string => JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': text })
  const rows: [what: string, body: string | Uint8Array, code: string][] = [
    ['an empty body', '', 'EMPTY_BODY'],
    ['no JSON', '{"priority": ', 'NOT_JSON'],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x00]), 'NOT_JSON'],
    ['a list', '[1]', 'NOT_AN_OBJECT'],
    ['a scalar', '7', 'NOT_AN_OBJECT'],
    ['null', 'null', 'NOT_AN_OBJECT'],
    ['another version', '{"oslo.version":"3.0","oslo.message":"{}"}', 'ENVELOPE_VERSION'],
    ['a version that is no text', '{"oslo.version":2,"oslo.message":"{}"}', 'ENVELOPE_VERSION'],
    ['an inner message that is no text', '{"oslo.version":"2.0","oslo.message":{}}', 'NOT_AN_OBJECT'],
    ['an inner message that is a list', inner('[]'), 'NOT_AN_OBJECT'],
    ['an inner message that is a scalar', inner('"x"'), 'NOT_AN_OBJECT'],
    ['an inner message that is no JSON', inner('{'), 'NOT_JSON'],
    ['lists deeper than the stack', '['.repeat(200_000), 'NOT_JSON'],
  ]

  test.each(rows)('%s is rejected once, to the dead letters', async (_what, body, code) => {
    await using stage = new Stage()
    const listener = await stage.listen({ info: () => {} }, { allowRequeue: true })
    await stage.sendBytes(body)
    await until(() => listener.stats().rejected === 1)
    expect(stage.errors).toEqual([{ error: expect.any(UndecodableMessage), about: {} }])
    expect(stage.errors[0]?.error.code).toBe(code)
    expect(await listener.deadLetters().list()).toMatchObject([{ reason: 'undecodable', attempts: 0 }])
    await stage.send('fine')
    await until(() => listener.stats().handled === 1)
    expect(listener.stats()).toMatchObject({ received: 2, undecodable: 1, requeued: 0 })
  })

  test('without dead letters it is dropped', async () => {
    await using stage = new Stage()
    const listener = await stage.listen({ info: () => {} })
    await stage.sendBytes('')
    await until(() => listener.stats().driver.rejected === 1)
    expect(await listener.deadLetters().list()).toEqual([])
  })

  const zipped = gzipSync('{"priority":"info"}')
  const compressed: [what: string, body: Uint8Array, compression: string, code: string | undefined][] = [
    ['gzip', zipped, 'application/x-gzip', undefined],
    ['gzip cut short', zipped.subarray(0, -9), 'application/x-gzip', 'BAD_COMPRESSION'],
    ['no gzip at all', Buffer.from('{}'), 'application/x-gzip', 'BAD_COMPRESSION'],
    ['an unknown compression', zipped, 'application/x-bz2', 'UNKNOWN_COMPRESSION'],
    ['a body above maxBodySize', Buffer.alloc(2_000, ' '), '', 'BODY_TOO_LARGE'],
    [
      'a body above it when unpacked',
      gzipSync(Buffer.alloc(100_000, ' ')),
      'application/x-gzip',
      'BODY_TOO_LARGE',
    ],
  ]

  test.each(compressed)('%s under a compression header', async (_what, body, compression, code) => {
    const scheme = `compressing-${randomUUID()}`
    registerDriver(scheme, {
      create: (url, dependencies): Driver => {
        const driver = memoryDriverEntry.create(url, { ...dependencies, maxBodySize: 1_000_000 })
        return changed(driver, {
          listen: (subscriptions, options, onIncoming) =>
            driver.listen(subscriptions, options, (message) =>
              onIncoming(withCompression(message, compression)),
            ),
        })
      },
    })
    await using transport = getTransport(`${scheme}://${randomUUID()}`, {
      maxBodySize: 1_000,
      logger: silentLogger,
    })
    await using stage = new Stage()
    await using listener = getNotificationListener(transport, [stage.target], [{ info: () => {} }])
    const codes: string[] = []
    listener.on('error', (error) => codes.push(error.code))
    await listener.start()
    await transport.driver.send({ exchange: 'openstack', topic: 'notifications.info', mode: 'shared' }, body)
    await until(() => listener.stats().handled + listener.stats().rejected === 1)
    expect(codes).toEqual(code === undefined ? [] : [code])
  })
})

function withCompression(message: IncomingMessage, compression: string): IncomingMessage {
  return {
    body: message.body,
    compression,
    redelivered: message.redelivered,
    attempts: message.attempts,
    marks: message.marks,
    acknowledge: () => message.acknowledge(),
    requeue: (options) => message.requeue(options),
    reject: (options) => message.reject(options),
  }
}

test('no JSON object that a sender makes up stops the listener', async () => {
  const field = fc.constantFrom(
    'priority',
    'event_type',
    'message_id',
    'publisher_id',
    'payload',
    '_context_a',
    '_unique_id',
  )
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('INFO', { toString: 1 }, { then: 1 }, { constructor: null }),
  )
  const property = fc.asyncProperty(fc.dictionary(field, value), async (fields) => {
    await using stage = new Stage()
    const globs = ['a*']
    const rule = new NotificationFilter({ payload: { a: 'x' }, context: { a: 'x' }, publisherId: 'x' })
    const listener = await stage.listen(
      [{ filterRule: rule, info: () => {} }, { filterRule: globs, info: () => {} }, { info: () => {} }],
      { allowRequeue: true, validate: { a: v.object({}) } },
    )
    await stage.sendBytes(JSON.stringify(fields))
    await stage.send('after')
    await until(() => listener.stats().received === 2 && listener.stats().driver.unsettled === 0)
    expect(listener.stats().handled).toBeGreaterThanOrEqual(1)
    for (const { about } of stage.errors) expect(typeof (about.eventType ?? '')).toBe('string')
  })
  await fc.assert(property, { numRuns: 150 })
})

describe('duplicates', () => {
  const twin = '{"priority":"info","event_type":"a","_unique_id":"one"}'

  test.each([
    [{}, 1, 2],
    [{ duplicates: 0 }, 3, 0],
  ])('with %j: handled %i times, %i known as duplicates', async (options, handled, duplicates) => {
    await using stage = new Stage()
    const listener = await stage.listen({ info: () => {} }, { ...options, concurrency: 1 })
    for (let round = 1; round <= 3; round++) {
      await stage.sendBytes(twin)
      await until(() => listener.stats().driver.acknowledged === round)
    }
    expect(listener.stats()).toMatchObject({ received: 3, handled, duplicates })
  })

  test('so many are remembered, or up to twice as many, the oldest are forgotten', async () => {
    await using stage = new Stage()
    const listener = await stage.listen({ info: () => {} }, { duplicates: 2 })
    for (const [index, id] of ['a', 'b', 'c', 'a', 'd', 'e', 'a', 'd'].entries()) {
      await stage.sendBytes(`{"priority":"info","_unique_id":"${id}"}`)
      await until(() => listener.stats().driver.acknowledged === index + 1)
    }
    // The second a is one, the third is not; the second d is.
    expect(listener.stats()).toMatchObject({ handled: 6, duplicates: 2 })
  })

  test('one that was not handled is no duplicate when it comes again', async () => {
    await using stage = new Stage()
    let calls = 0
    const listener = await stage.listen(
      { info: () => ((calls += 1) === 1 ? REQUEUE : undefined) },
      { allowRequeue: true },
    )
    await stage.sendBytes(twin)
    await until(() => listener.stats().handled === 1)
    expect(listener.stats()).toMatchObject({ received: 2, duplicates: 0 })
  })
})

describe('trouble before an endpoint', () => {
  class Refusing extends NoOpSerializer {
    override deserializeEntity(): never {
      throw new Error('no key')
    }
  }
  const rows = [
    ['a serializer that throws', { serializer: new Refusing() }, undefined],
    [
      'a filter function that throws',
      {},
      () => {
        throw new Error('no key')
      },
    ],
    [
      'a filter function that is asynchronous',
      {},
      (async () => Promise.reject(new Error('no key'))) as never,
    ],
  ] as const

  test.each(rows)('%s is retried by the policy, then a dead letter', async (_what, options, filterRule) => {
    await using stage = new Stage()
    const endpoint = filterRule === undefined ? { info: () => {} } : { filterRule, info: () => {} }
    const listener = await stage.listen(endpoint, { ...options, retry: { limit: 1, delay: 1 } })
    await stage.send('a')
    await until(() => listener.stats().rejected === 1)
    expect(stage.errors).toMatchObject([
      { error: { code: 'RETRIES_EXHAUSTED', cause: { code: 'BEFORE_ENDPOINT' } } },
    ])
    expect(listener.stats()).toMatchObject({ received: 2, requeued: 1, inHand: 0 })
  })

  test.each(rows)(
    '%s is acknowledged with an error event when requeue is off',
    async (_what, options, filterRule) => {
      await using stage = new Stage()
      const endpoint = filterRule === undefined ? { info: () => {} } : { filterRule, info: () => {} }
      const listener = await stage.listen(endpoint, options)
      await stage.send('a')
      await until(() => listener.stats().lost === 1)
      expect(stage.errors.map(({ error }) => error.code)).toEqual(['BEFORE_ENDPOINT'])
    },
  )
})

describe('validation', () => {
  const order = v.object({
    order: v.pipe(v.string(), v.transform(Number)),
    paid: v.optional(v.boolean(), false),
  })
  const later = v.pipeAsync(
    v.object({ order: v.string() }),
    v.checkAsync(async ({ order: id }) => id !== '13', 'unlucky'),
    v.transformAsync(async ({ order: id }) => ({ order: `#${id}` })),
  )
  const validate = { 'order.paid': order, 'order.sent': later }

  test('an endpoint gets what the schema makes of the payload; other event types pass as they are', async () => {
    await using stage = new Stage()
    const seen: unknown[] = []
    await stage.listen(
      { info: (...[, , , payload]) => void seen.push(payload) },
      { validate, concurrency: 1 },
    )
    await stage.send('order.paid', { order: '7' })
    await stage.send('order.sent', { order: '8' })
    await stage.send('order.lost', { order: 9 })
    await until(() => seen.length === 3)
    expect(seen).toEqual([{ order: 7, paid: false }, { order: '#8' }, { order: 9 }])
  })

  test.each([
    ['order.paid', { order: 7 }, ['order: Invalid type: Expected string but received 7']],
    ['order.paid', null, ['Invalid type: Expected Object but received null']],
    ['order.sent', { order: '13' }, ['unlucky']],
  ])('an invalid payload of %s, %j, is rejected with %j', async (eventType, payload, issues) => {
    await using stage = new Stage()
    let calls = 0
    const listener = await stage.listen({ info: () => void (calls += 1) }, { validate, retry: { delay: 1 } })
    await stage.send(eventType, payload)
    await until(() => listener.stats().rejected === 1)
    expect(calls).toBe(0)
    expect(stage.errors).toMatchObject([
      { error: { name: 'ValidationFailure', code: 'INVALID_PAYLOAD', issues } },
    ])
    const [letter] = await listener.deadLetters().list()
    expect(letter).toMatchObject({
      reason: 'invalid-payload',
      error: expect.stringContaining(issues[0] ?? ''),
    })
  })

  test('a validator that throws has not judged: it is retried', async () => {
    await using stage = new Stage()
    const throwing = v.pipe(
      v.object({}),
      v.check(() => {
        throw new Error('no database')
      }),
    )
    const listener = await stage.listen(
      { info: () => {} },
      { validate: { a: throwing }, retry: { limit: 1, delay: 1 } },
    )
    await stage.send('a')
    await until(() => listener.stats().rejected === 1)
    expect(stage.errors).toMatchObject([
      {
        error: {
          code: 'RETRIES_EXHAUSTED',
          cause: { code: 'VALIDATOR_THREW', cause: new Error('no database') },
        },
      },
    ])
  })
})
