/** source: oslo_messaging/tests/test_target.py */
import { inspect } from 'node:util'

import { describe, expect, test } from '@jest/globals'

import { ConfigurationError } from '../../src/core/errors.js'
import { Target, type TargetOptions } from '../../src/core/target.js'

const fields = ['exchange', 'topic', 'namespace', 'version', 'server', 'fanout'] as const
const nothing = { exchange: null, topic: null, namespace: null, version: null, server: null, fanout: null }

describe('construction', () => {
  test('without options every field is null', () => {
    expect(new Target()).toMatchObject(nothing)
  })

  test.each(fields)('%s alone is set', (field) => {
    expect(new Target({ [field]: 'foo' })).toMatchObject({ ...nothing, [field]: 'foo' })
  })

  test.each([
    { options: {}, wanted: [null] },
    { options: { namespace: 'n' }, wanted: ['n'] },
    { options: { namespace: 'n', legacyNamespaces: ['o', null] }, wanted: ['n', 'o', null] },
    { options: { legacyNamespaces: ['o'] }, wanted: [null, 'o'] },
  ])('$options accepts the namespaces $wanted', ({ options, wanted }) => {
    expect(new Target(options).acceptedNamespaces).toEqual(wanted)
  })
})

describe('with', () => {
  test.each(fields)('%s is kept when nothing is given, replaced when given, cleared by null', (field) => {
    const target = new Target({ [field]: 'foo' })
    expect(target.with({})[field]).toBe('foo')
    expect(target.with({ [field]: undefined as never })[field]).toBe('foo')
    expect(target.with({ [field]: 'bar' })[field]).toBe('bar')
    expect(target.with({ [field]: null })[field]).toBeNull()
    expect(target[field]).toBe('foo')
  })

  test('legacy namespaces are kept', () => {
    expect(
      new Target({ namespace: 'n', legacyNamespaces: ['o'] }).with({ namespace: 'm' }).acceptedNamespaces,
    ).toEqual(['m', 'o'])
  })
})

describe('as text', () => {
  const rows: [TargetOptions, string][] = [
    [{}, '<Target >'],
    ...fields.map((field): [TargetOptions, string] => [{ [field]: 'testing' }, `<Target ${field}=testing>`]),
    [{ fanout: true, exchange: 'testexchange' }, '<Target exchange=testexchange, fanout=true>'],
    [{ topic: '', fanout: false, server: 's' }, '<Target server=s>'],
  ]

  test.each(rows)('%j is %s', (options, text) => {
    expect(String(new Target(options))).toBe(text)
    expect(inspect(new Target(options))).toBe(text)
  })
})

describe('equality', () => {
  const marker = { a: 'value of its own' }
  const values: unknown[] = [marker, null, '', 'foo', 'bar']
  const rows = fields.flatMap((field) =>
    values.flatMap((one) => values.map((other) => ({ field, one, other }))),
  )

  test('the table has 150 rows', () => {
    expect(rows).toHaveLength(150)
  })

  test.each(rows)('$field $one and $field $other', ({ field, one, other }) => {
    const [a, b] = [one, other].map((value) => new Target({ [field]: value }))
    expect([a?.equals(b), b?.equals(a)]).toEqual([one === other, one === other])
  })

  test('legacy namespaces count', () => {
    const target = new Target({ namespace: 'n', legacyNamespaces: ['o'] })
    expect(target.equals(new Target({ namespace: 'n' }))).toBe(false)
    expect(target.equals(new Target({ namespace: 'n', legacyNamespaces: ['o'] }))).toBe(true)
  })

  test.each([null, undefined, {}, '<Target >'])('a target is not equal to %p', (other) => {
    expect(new Target().equals(other)).toBe(false)
  })
})

test.each([
  [null, 'wants an object'],
  [7, 'wants an object'],
  ['notifications', "wants an object such as { topic: 'notifications' }; found 'notifications'"],
  [{ legacyNamespaces: 'a' }, "'legacyNamespaces' wants a list"],
  [{ legacyNamespaces: {} }, "'legacyNamespaces' wants a list"],
])('%p is refused as the fields of a target', (given, reason) => {
  for (const make of [() => new Target(given as never), () => new Target().with(given as never)]) {
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(reason)
  }
})

test('a target has a text, whatever its fields are', () => {
  const topic = { toString: () => ({}) }
  expect(String(new Target({ topic: topic as never, fanout: true }))).toBe(
    '<Target topic=an object (Object), fanout=true>',
  )
})
