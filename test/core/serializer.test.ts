/** source: oslo_messaging/tests/test_serializer.py, oslo_serialization's tests of to_primitive */
import { describe, expect, test } from '@jest/globals'

import { JsonPayloadSerializer } from '../../src/core/json-payload-serializer.js'
import { NoOpSerializer } from '../../src/core/serializer.js'

const ctxt = { user: 'bob' }
const entity = { a: new Date(0) }

test('the no-op serializer changes nothing', () => {
  const serializer = new NoOpSerializer()
  expect(serializer.serializeEntity(ctxt, entity)).toBe(entity)
  expect(serializer.deserializeEntity(ctxt, entity)).toBe(entity)
  expect(serializer.serializeContext(ctxt)).toBe(ctxt)
  expect(serializer.deserializeContext(ctxt)).toBe(ctxt)
})

describe('the JSON payload serializer', () => {
  const serializer = new JsonPayloadSerializer()

  test('changes nothing but what is sent', () => {
    expect(serializer.deserializeEntity(ctxt, entity)).toBe(entity)
    expect(serializer.serializeContext(ctxt)).toBe(ctxt)
    expect(serializer.deserializeContext(ctxt)).toBe(ctxt)
  })

  class Instance {
    readonly inner: unknown
    constructor(inner: unknown) {
      this.inner = inner
    }
    method(): void {}
  }
  const nested = (depth: number): unknown => (depth === 0 ? 'end' : new Instance(nested(depth - 1)))

  const rows: [string, unknown, unknown][] = [
    ['a text', 'a', 'a'],
    ['true', true, true],
    ['null', null, null],
    ['undefined', undefined, null],
    ['a number', 1.5, 1.5],
    ['NaN', Number.NaN, null],
    ['an infinity', Number.NEGATIVE_INFINITY, null],
    ['a small BigInt', 5n, 5],
    ['a large BigInt', 12345678901234567890n, '12345678901234567890'],
    ['a date', new Date(Date.UTC(2020, 0, 2, 3, 4, 5, 678)), '2020-01-02T03:04:05.678000'],
    ['an invalid date', new Date(Number.NaN), null],
    ['bytes', Buffer.from('héllo'), 'héllo'],
    ['an array buffer', Uint8Array.from([104, 105]).buffer, 'hi'],
    ['other typed arrays', Float32Array.from([0.5, 1]), [0.5, 1]],
    ['an error', new TypeError('no'), 'TypeError: no'],
    ['a URL', new URL('http://h/p'), 'http://h/p'],
    ['a regular expression', /a+/g, '/a+/g'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a list', [1, [new Date(0)]], [1, ['1970-01-01T00:00:00.000000']]],
    ['a set', new Set([1, 'a']), [1, 'a']],
    ['a map', new Map<unknown, unknown>([[1, new Set([2])]]), { 1: [2] }],
    ['a plain object', { a: 1, gone: undefined, list: [undefined] }, { a: 1, list: [null] }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1n }), { a: 1 }],
    ['an instance', new Instance(7), { inner: 7 }],
    ['toJSON', { toJSON: () => ({ at: new Date(0) }) }, { at: '1970-01-01T00:00:00.000000' }],
    ['four instances', nested(4), { inner: { inner: { inner: { inner: 'end' } } } }],
    ['five instances', nested(5), { inner: { inner: { inner: { inner: null } } } }],
    [
      'a member named __proto__',
      JSON.parse('{"__proto__": {"a": 1}}'),
      JSON.parse('{"__proto__": {"a": 1}}'),
    ],
  ]

  test.each(rows)('%s', (_what, value, wanted) => {
    const primitive = serializer.serializeEntity(ctxt, value)
    expect(primitive).toStrictEqual(wanted)
    expect(JSON.parse(JSON.stringify(primitive))).toStrictEqual(wanted)
  })

  test('plain objects may be as deep as they are', () => {
    let deep: unknown = 'end'
    for (let depth = 0; depth < 50; depth++) deep = { deep: [deep] }
    expect(serializer.serializeEntity(ctxt, deep)).toEqual(deep)
  })

  test('what contains itself is null where it does, and whole where it is only there twice', () => {
    const cycle: { name: string; self?: unknown; list?: unknown } = { name: 'c' }
    cycle.self = cycle
    cycle.list = [cycle]
    expect(serializer.serializeEntity(ctxt, cycle)).toEqual({ name: 'c', self: null, list: [null] })
    const twice = { a: 1 }
    expect(serializer.serializeEntity(ctxt, [twice, twice])).toEqual([twice, twice])
  })
})
