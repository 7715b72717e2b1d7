/** source: oslo_messaging/tests/test_exception_serialization.py, drivers/test_impl_rabbit.py (the wire), and recorded traffic */
import { readdirSync, readFileSync } from 'node:fs'
import { brotliCompressSync, deflateSync, gzipSync, inflateSync } from 'node:zlib'

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { UndecodableMessage, UnserializableMessage } from '../../src/core/errors.js'
import {
  type DecodedNotification,
  type DecodeOptions,
  decodeNotification,
  encodeNotification,
  type WireNotification,
  wireTimestamp,
} from '../../src/notify/envelope.js'
import { publicFields } from './recording.js'

const maxBodySize = 64 * 1024

const notification: WireNotification = {
  message_id: '2c1b8c9e-9f0c-4d77-8d57-4a2a6f1f7a10',
  publisher_id: 'compute.host1',
  event_type: 'compute.up',
  priority: 'INFO',
  payload: { a: 1 },
  timestamp: '2026-11-24 06:16:13.917566',
}

function decode(
  body: Uint8Array | string,
  compression?: string,
  options: Partial<DecodeOptions> = {},
): DecodedNotification {
  const decoded = decodeNotification(Buffer.from(body), compression, {
    maxBodySize,
    maxDepth: 100,
    ...options,
  })
  return { ...decoded, message: publicFields(decoded.message) }
}

/** The code of the UndecodableMessage it throws. */
function refusal(
  body: Uint8Array | string,
  compression?: string,
  options: Partial<DecodeOptions> = {},
): string {
  try {
    decode(body, compression, options)
  } catch (error) {
    if (error instanceof UndecodableMessage) return error.code
    throw error
  }
  return 'none'
}

const envelope2 = (inner: unknown, version: unknown = '2.0'): string =>
  JSON.stringify({
    'oslo.version': version,
    'oslo.message': typeof inner === 'string' ? inner : JSON.stringify(inner),
  })

describe('writing', () => {
  test('envelope 1 is one flat object in the order of the original', () => {
    const body = encodeNotification(notification, { user: 'bob', tenant: null }).toBytes(1)
    expect(Object.entries(JSON.parse(Buffer.from(body).toString()))).toEqual([
      ...Object.entries(notification),
      ['_unique_id', expect.stringMatching(/^[0-9a-f]{32}$/)],
      ['_context_user', 'bob'],
      ['_context_tenant', null],
    ])
  })

  test('envelope 2 is that object as text', () => {
    const body = encodeNotification(notification, { user: 'bob' }).toBytes(2)
    const outer = JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>
    expect(Object.keys(outer)).toEqual(['oslo.version', 'oslo.message'])
    expect(outer['oslo.version']).toBe('2.0')
    expect(JSON.parse(outer['oslo.message'] as string)).toEqual({
      ...notification,
      _unique_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      _context_user: 'bob',
    })
  })

  test('each body has a _unique_id of its own', () => {
    const encoded = encodeNotification(notification, {})
    const ids = [1, 2, 1, 2].map((version) => decode(encoded.toBytes(version as 1 | 2)).uniqueId)
    expect(new Set(ids).size).toBe(4)
  })

  test.each([
    [
      'a cycle',
      (() => {
        const cycle: Record<string, unknown> = {}
        cycle['self'] = cycle
        return cycle
      })(),
    ],
    ['a BigInt', { a: 1n }],
    [
      'a toJSON that throws',
      {
        toJSON: () => {
          throw new Error('no')
        },
      },
    ],
  ])('%s in payload or context is refused', (_what, value) => {
    expect(() => encodeNotification({ ...notification, payload: value }, {})).toThrow(UnserializableMessage)
    expect(() => encodeNotification(notification, { value })).toThrow(UnserializableMessage)
  })

  test.each([
    ['2020-01-02T03:04:05.678Z', '2020-01-02 03:04:05.678000'],
    ['2020-01-02T03:04:05.000Z', '2020-01-02 03:04:05.000000'],
  ])('the time %s is written %s', (time, text) => {
    expect(wireTimestamp(new Date(time))).toBe(text)
  })
})

/** As newer kombu writes special types. */
function marked(type: string, value: unknown): object {
  return { __type__: type, __value__: value }
}

describe('reading', () => {
  test('context and unique id are told apart from the message', () => {
    const inner = {
      ...notification,
      _context_user: 'bob',
      _unique_id: 'abc',
      _msg_id: '1',
      _reply_q: 'q',
      _timeout: null,
    }
    for (const body of [JSON.stringify(inner), envelope2(inner)]) {
      expect(decode(body)).toEqual({ message: notification, context: { user: 'bob' }, uniqueId: 'abc' })
    }
  })

  test.each(['2.0', '2.0.0'])('the version %s is read', (version) => {
    expect(decode(envelope2(notification, version)).message).toEqual(notification)
  })

  test.each(['2.1', '1.0', '3.0', '2', '', '2.0.1', '02.0', ' 2.0', 2, 2.0, null, {}])(
    'the version %j is refused',
    (version) => {
      expect(refusal(envelope2(notification, version))).toBe('ENVELOPE_VERSION')
    },
  )

  test('one of the two keys alone is envelope 1', () => {
    expect(decode('{"oslo.version": "9"}').message).toEqual({ 'oslo.version': '9' })
    expect(decode('{"oslo.message": "{}"}').message).toEqual({ 'oslo.message': '{}' })
  })

  const refusals: [string, string, string][] = [
    ['an empty body', '', 'EMPTY_BODY'],
    ['no JSON', 'hello', 'NOT_JSON'],
    ['JSON cut short', '{"a": 1', 'NOT_JSON'],
    ['blanks', '  ', 'NOT_JSON'],
    ['a list', '[{"event_type": "e"}]', 'NOT_AN_OBJECT'],
    ['a text', '"e"', 'NOT_AN_OBJECT'],
    ['a number', '7', 'NOT_AN_OBJECT'],
    ['null', 'null', 'NOT_AN_OBJECT'],
    ['NaN', 'NaN', 'NOT_AN_OBJECT'],
    ['an inner message that is no JSON', envelope2('hello'), 'NOT_JSON'],
    ['an inner list', envelope2('[]'), 'NOT_AN_OBJECT'],
    ['an inner null', envelope2('null'), 'NOT_AN_OBJECT'],
    ['an empty inner text', envelope2(''), 'NOT_JSON'],
    ['an inner object that is no text', '{"oslo.version": "2.0", "oslo.message": {"a": 1}}', 'NOT_AN_OBJECT'],
    [
      'marked values deeper than the stack',
      `{"__type__": 1, "a": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      'TOO_DEEP',
    ],
    [
      'marked numbers deeper than the stack',
      `{"a": ${'['.repeat(20_000)}NaN${']'.repeat(20_000)}}`,
      'TOO_DEEP',
    ],
  ]

  test.each(refusals)('%s is refused', (_what, body, code) => {
    expect(refusal(body)).toBe(code)
  })

  test('NaN and the infinities of Python do not stop it', () => {
    const inner = '{"payload": {"a": NaN, "b": [Infinity, -Infinity]}}'
    for (const body of [inner, envelope2(inner)]) {
      expect(decode(body).message['payload']).toEqual({
        a: Number.NaN,
        b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      })
    }
  })

  test('integers of any size are exact with bigint', () => {
    const inner = '{"payload": {"big": 12345678901234567890, "small": 7}}'
    for (const body of [inner, envelope2(inner)]) {
      expect(decode(body, undefined, { bigint: true }).message['payload']).toEqual({
        big: 12345678901234567890n,
        small: 7,
      })
      expect(decode(body).message['payload']).toEqual({ big: 12345678901234567000, small: 7 })
    }
  })

  test('keys named __proto__ are keys', () => {
    const inner =
      '{"__proto__": {"a": 1}, "_context___proto__": {"b": 2}, "payload": {"__proto__": {"c": 3}, "__type__": 1}}'
    for (const body of [inner, envelope2(inner)]) {
      const { message, context } = decode(body)
      for (const object of [message, context, message['payload']]) {
        expect(Object.hasOwn(object as object, '__proto__')).toBe(true)
        expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
      }
    }
  })

  const rows: [object, unknown][] = [
    [marked('datetime', '2020-01-02T03:04:05.000006'), '2020-01-02T03:04:05.000006'],
    [marked('date', '2020-01-02'), '2020-01-02'],
    [marked('time', '03:04:05'), '03:04:05'],
    [marked('decimal', '1.50'), '1.50'],
    [marked('bytes', 'abc'), 'abc'],
    [marked('base64', 'YWJj'), 'YWJj'],
    [
      marked('uuid', { hex: '00000000000000000000000000000005', version: 4 }),
      '00000000-0000-0000-0000-000000000005',
    ],
    [marked('uuid', { hex: 'no' }), marked('uuid', { hex: 'no' })],
    [marked('uuid', null), marked('uuid', null)],
    [marked('datetime', 7), marked('datetime', 7)],
    [marked('unheard', 'of'), marked('unheard', 'of')],
    [{ __type__: 'datetime' }, { __type__: 'datetime' }],
  ]

  test.each(rows)("newer kombu's %j in envelope 1 is %j", (value, wanted) => {
    const body = JSON.stringify({ payload: { deep: [value] }, _context_at: value })
    expect(decode(body)).toMatchObject({ message: { payload: { deep: [wanted] } }, context: { at: wanted } })
  })

  test('a body is a view that may be reused after', () => {
    const pool = Buffer.from(`xx${JSON.stringify(notification)}yy`)
    const { message } = decodeNotification(pool.subarray(2, -2), undefined, { maxBodySize, maxDepth: 100 })
    pool.fill(0)
    expect(message).toEqual(notification)
  })
})

describe('compressed bodies', () => {
  const json = Buffer.from(JSON.stringify(notification))
  const rows: [string, string, Uint8Array][] = [
    ["kombu's gzip, which is zlib", 'application/x-gzip', deflateSync(json)],
    ['real gzip', 'application/x-gzip', gzipSync(json)],
    ['brotli', 'application/x-brotli', brotliCompressSync(json)],
    ['an empty header', '', json],
  ]

  test.each(rows)('%s is read', (_what, compression, body) => {
    expect(decode(body, compression).message).toEqual(notification)
  })

  test.each(rows.slice(0, 3))('%s cut short is refused', (_what, compression, body) => {
    for (const length of [1, 2, 10, body.length >> 1, body.length - 1]) {
      expect(refusal(body.subarray(0, length), compression)).toBe('BAD_COMPRESSION')
    }
  })

  test.each(['application/x-gzip', 'application/x-brotli'])(
    'a plain body under the header %s is refused',
    (compression) => {
      expect(refusal(json, compression)).toBe('BAD_COMPRESSION')
    },
  )

  test.each(['application/x-bz2', 'gzip', 'constructor'])('the header %s is refused', (compression) => {
    expect(refusal(json, compression)).toBe('UNKNOWN_COMPRESSION')
  })

  test('a small body that swells beyond the bound is refused before it has', () => {
    const bomb = Buffer.from(JSON.stringify({ payload: 'a'.repeat(1024 * 1024) }))
    for (const [compression, body] of [
      ['application/x-gzip', deflateSync(bomb)],
      ['application/x-gzip', gzipSync(bomb)],
      ['application/x-brotli', brotliCompressSync(bomb)],
    ] as const) {
      expect(body.length).toBeLessThan(maxBodySize)
      expect(refusal(body, compression)).toBe('BODY_TOO_LARGE')
    }
  })

  test('a body of the bound is read, one byte more is not', () => {
    expect(refusal(json, undefined, { maxBodySize: json.length })).toBe('none')
    expect(refusal(json, undefined, { maxBodySize: json.length - 1 })).toBe('BODY_TOO_LARGE')
    expect(refusal(gzipSync(json), 'application/x-gzip', { maxBodySize: json.length - 1 })).toBe(
      'BODY_TOO_LARGE',
    )
  })
})

/** What either envelope holds, read without the code under test. */
function contentOf(body: Uint8Array): Record<string, unknown> {
  const outer = JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>
  return typeof outer['oslo.message'] === 'string'
    ? (JSON.parse(outer['oslo.message']) as Record<string, unknown>)
    : outer
}

interface Recorded {
  readonly driver: string
  readonly messages: readonly {
    readonly body: string | { readonly b64: string }
    readonly properties: { readonly headers: { readonly compression?: string } }
  }[]
}

describe('recorded traffic of the original', () => {
  const folder = new URL('../fixtures/wire/', import.meta.url)
  const rows = readdirSync(folder)
    .filter((name) => name.startsWith('notify_'))
    .flatMap((name) => {
      const { driver, messages } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Recorded
      return messages.map(({ body, properties }, index) => ({
        name: `${name} ${index}`,
        body: typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.b64, 'base64'),
        compression: properties.headers.compression,
        version: driver === 'messaging' ? (1 as const) : (2 as const),
      }))
    })

  test('is there', () => {
    expect(rows.length).toBeGreaterThan(50)
  })

  test.each(rows)('$name is read, and written again says the same', ({ body, compression, version }) => {
    const decoded = decode(body, compression)
    const raw = contentOf(compression === undefined ? body : inflateSync(body))
    expect(Object.entries(decoded.message)).toEqual(
      Object.entries(raw).filter(([key]) => !key.startsWith('_')),
    )
    expect(decoded.context).toEqual(
      Object.fromEntries(
        Object.entries(raw)
          .filter(([key]) => key.startsWith('_context_'))
          .map(([key, value]) => [key.slice('_context_'.length), value]),
      ),
    )
    expect(decoded.uniqueId).toMatch(/^[0-9a-f]{32}$/)

    const encoded = encodeNotification(
      decoded.message as unknown as WireNotification,
      decoded.context,
    ).toBytes(version)
    const again = decode(encoded)
    expect(again).toEqual({ ...decoded, uniqueId: again.uniqueId })
    expect(Object.keys(contentOf(encoded))).toEqual(Object.keys(raw))
  })
})

test('whatever JSON is written is read back, in both envelopes', () => {
  const text = fc.string({ unit: 'binary' })
  const json = fc.jsonValue({ stringUnit: 'binary', noUnpairedSurrogates: false } as fc.JsonSharedConstraints)
  const messages = fc.record({
    message_id: fc.uuid(),
    publisher_id: fc.option(text),
    event_type: text,
    priority: fc.constantFrom('INFO', 'ERROR', 'SAMPLE'),
    payload: json,
    timestamp: fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31T23:59:59Z') })
      .map(wireTimestamp),
  })
  fc.assert(
    fc.property(
      messages,
      fc.dictionary(text, json),
      fc.constantFrom(1 as const, 2 as const),
      (message, context, version) => {
        const wire = JSON.parse(JSON.stringify({ message, context })) as { message: object; context: object }
        const decoded = decodeNotification(encodeNotification(message, context).toBytes(version), undefined, {
          maxBodySize: 16 * 1024 * 1024,
          maxDepth: 100,
        })
        expect(publicFields(decoded.message)).toEqual(wire.message)
        expect(decoded.context).toEqual(wire.context)
      },
    ),
  )
})

test.each([1, 2] as const)('long texts are escaped like short ones: envelope %d', (version) => {
  const payload = { text: 'a "quoted" \\ text\n of é, 漢, 😀 and \ud800; '.repeat(500) }
  const message = { ...notification, payload }
  const decoded = decode(encodeNotification(message, {}).toBytes(version))
  expect(decoded.message['payload']).toEqual(payload)
})

test('no body whatever makes it throw anything but UndecodableMessage', () => {
  const bodies = fc.oneof(
    fc.uint8Array(),
    fc.json().map((json) => Buffer.from(json)),
    fc.json().map((json) => Buffer.from(envelope2(json))),
  )
  fc.assert(
    fc.property(
      bodies,
      fc.option(fc.constantFrom('application/x-gzip', 'application/x-brotli'), { nil: undefined }),
      (body, compression) => {
        expect(typeof refusal(body, compression)).toBe('string')
      },
    ),
  )
})
