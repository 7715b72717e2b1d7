/** Bodies are written by strangers: what is too large, too deep or a bomb costs no more than looking at it. */
import { randomUUID } from 'node:crypto'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { UnserializableMessage } from '../../src/core/errors.js'
import { isDeeper } from '../../src/core/json.js'
import { getNotificationListener, getTransport, Notifier, silentLogger, Target } from '../../src/index.js'
import { decodeNotification, encodeNotification, type WireNotification } from '../../src/notify/envelope.js'
import { Stage } from '../support/stage.js'
import { until } from '../support/until.js'

const limits = { maxBodySize: 16 * 1024 * 1024, maxDepth: 100 }

const notification: WireNotification = {
  message_id: randomUUID(),
  publisher_id: 'compute.host1',
  event_type: 'compute.up',
  priority: 'INFO',
  payload: {},
  timestamp: '2026-11-24 06:16:13.917566',
}

function codeOf(body: string | Uint8Array, options: object = {}, compression?: string): string {
  try {
    decodeNotification(Buffer.from(body), compression, { ...limits, ...options })
    return 'read'
  } catch (error) {
    return (error as { code: string }).code
  }
}

/** A value of so many levels. */
function nested(levels: number, kind: 'lists' | 'objects' = 'lists'): unknown {
  let value: unknown = null
  for (let level = 0; level < levels; level++) value = kind === 'lists' ? [value] : { a: value }
  return value
}

describe('depth', () => {
  test.each([
    ['lists', 1],
    ['lists', 2],
    ['objects', 1],
    ['objects', 2],
  ] as const)('of %s in envelope %i is counted to the level, at both ends', (kind, version) => {
    // The notification is the first level.
    const deepest = { ...notification, payload: nested(99, kind) }
    const body = encodeNotification(deepest, {}, limits).toBytes(version)
    expect(codeOf(body)).toBe('read')
    expect(codeOf(body, { maxDepth: 99 })).toBe('TOO_DEEP')
    expect(() => encodeNotification(deepest, {}, { maxDepth: 99 })).toThrow(
      expect.objectContaining({ name: 'UnserializableMessage', code: 'TOO_DEEP' }),
    )
  })

  test('of a context counts like that of a payload', () => {
    const ctxt = { roles: nested(99) }
    expect(codeOf(encodeNotification(notification, ctxt, limits).toBytes(2))).toBe('read')
    expect(() => encodeNotification(notification, ctxt, { maxDepth: 99 })).toThrow(UnserializableMessage)
  })

  test.each([
    ['what a toJSON gives', { toJSON: () => nested(100) }],
    [
      'an instance of a class',
      new (class {
        readonly field = nested(99)
      })(),
    ],
  ])('of %s is what is written', (_what, payload) => {
    expect(() => encodeNotification({ ...notification, payload }, {}, limits)).toThrow(UnserializableMessage)
  })

  test.each([
    ['brackets within texts', JSON.stringify({ a: '['.repeat(1_000) })],
    ['many values side by side', JSON.stringify({ a: Array.from({ length: 1_000 }, () => [{}]) })],
  ])('is not in %s', (_what, body) => {
    expect(codeOf(body)).toBe('read')
  })

  test.each([
    ['lists', '['.repeat(1_000_000) + ']'.repeat(1_000_000)],
    ['objects', '{"a":'.repeat(1_000_000) + '1' + '}'.repeat(1_000_000)],
    ['lists with NaN', `${'['.repeat(200_000)}NaN${']'.repeat(200_000)}`],
    ['marked values', `{"__type__": ${'['.repeat(200_000)}1${']'.repeat(200_000)}, "__value__": 1}`],
    [
      'an inner message',
      JSON.stringify({
        'oslo.version': '2.0',
        'oslo.message': `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      }),
    ],
  ])('of a hundred thousands is refused: %s', (_what, value) => {
    const body = value.startsWith('{"oslo') ? value : `{"payload": ${value}}`
    expect(codeOf(body)).toBe('TOO_DEEP')
    expect(codeOf(body, { bigint: true })).toBe('TOO_DEEP')
  })

  test('of nesting without an end is no JSON', () => {
    expect(codeOf('['.repeat(5_000_000))).toBe('NOT_JSON')
  })

  test('is that of the value, whatever the value', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(6), (value, levels) => {
        expect(isDeeper(value, levels)).toBe(depthOf(value) > levels)
      }),
    )
  })
})

test('a body that is too deep ends as a dead letter, and the next one is handled', async () => {
  await using stage = new Stage()
  const listener = await stage.listen({ info() {} }, { deadLetter: true })
  await stage.sendBytes(`{"payload": ${'['.repeat(1_000)}${']'.repeat(1_000)}}`)
  await stage.send('fine')
  await until(() => listener.stats().handled === 1 && listener.stats().undecodable === 1)
  expect(stage.errors.map(({ error }) => [error.name, error.code])).toEqual([
    ['UndecodableMessage', 'TOO_DEEP'],
  ])
  expect(await listener.deadLetters().list()).toMatchObject([
    { error: expect.stringContaining("at most (the transport's maxDepth)") },
  ])
})

test('a notifier does not send what its listeners would refuse, with failures: log neither', async () => {
  await using transport = getTransport(`memory://${randomUUID()}`, { maxDepth: 5, logger: silentLogger })
  await using listener = getNotificationListener(
    transport,
    [new Target({ topic: 'notifications' })],
    [{ info() {} }],
  )
  await listener.start()
  for (const failures of ['throw', 'log'] as const) {
    const notifier = new Notifier(transport, { failures, retry: 0 })
    await notifier.info({}, 'a', nested(4))
    await expect(notifier.info({}, 'a', nested(5))).rejects.toMatchObject({
      name: 'UnserializableMessage',
      code: 'TOO_DEEP',
      message: expect.stringContaining('raise maxDepth of the transport on both sides'),
    })
  }
  await until(() => listener.stats().handled === 2)
})

test.each([1, 1_001, 2.5, '100', null])('maxDepth %p is refused', (maxDepth) => {
  expect(() => getTransport('memory://', { maxDepth } as never)).toThrow(
    "'maxDepth' wants a whole number from 2 to 1000",
  )
})

describe('a bomb', () => {
  const big = Buffer.alloc(64 * 1024 * 1024, ' ')

  test.each([
    ['application/x-gzip', gzipSync(big)],
    ['application/x-gzip', deflateSync(big)],
    ['application/x-brotli', brotliCompressSync(big)],
  ])('under %s is not unpacked beyond maxBodySize', (compression, body) => {
    expect(body.length).toBeLessThan(100_000)
    const before = process.memoryUsage.rss()
    expect(codeOf(body, { maxBodySize: 1024 * 1024 }, compression)).toBe('BODY_TOO_LARGE')
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 * 1024 * 1024)
  })

  test('within a bomb is not unpacked at all', () => {
    expect(codeOf(gzipSync(gzipSync(big)), {}, 'application/x-gzip')).toBe('NOT_JSON')
  })
})
