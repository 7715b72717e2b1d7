import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { isDeeper, isShallow, parseJson } from '../../src/core/json.js'

describe('what Python writes and JSON.parse refuses', () => {
  const rows: [string, unknown][] = [
    ['NaN', Number.NaN],
    ['[NaN, Infinity, -Infinity]', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ['{"a": NaN, "b": {"c": [-Infinity]}}', { a: Number.NaN, b: { c: [Number.NEGATIVE_INFINITY] } }],
    ['{"NaN": "NaN", "b": NaN}', { NaN: 'NaN', b: Number.NaN }],
    ['["\\"NaN", "\\\\", NaN, "Infinity\\\\\\""]', ['"NaN', '\\', Number.NaN, 'Infinity\\"']],
    ['[1e5, -2.5E-3, NaN]', [1e5, -2.5e-3, Number.NaN]],
  ]

  test.each(rows)('%s is read', (text, value) => {
    expect(parseJson(text)).toEqual(value)
  })

  test.each([
    '',
    'nan',
    '[NaN',
    'NaNNaN',
    '{NaN: 1}',
    '-NaN',
    '["NaN]',
    '[NaN,]',
    "['NaN']",
    'Infinity1',
    '{"a" NaN}',
  ])('%j is still refused', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError)
  })
})

describe('integers', () => {
  const rows: [string, unknown, unknown][] = [
    ['9007199254740991', 9007199254740991, 9007199254740991],
    ['9007199254740993', 9007199254740992, 9007199254740993n],
    ['-12345678901234567890', -12345678901234567000, -12345678901234567890n],
    ['12345678901234567890.5', 12345678901234567000, 12345678901234567000],
    ['12345678901234567890e2', 1234567890123456700000, 1234567890123456700000],
    ['["12345678901234567890", 1]', ['12345678901234567890', 1], ['12345678901234567890', 1]],
    [
      '{"12345678901234567890": 12345678901234567890}',
      { '12345678901234567890': 12345678901234567000 },
      { '12345678901234567890': 12345678901234567890n },
    ],
    ['[NaN, 12345678901234567890]', [Number.NaN, 12345678901234567000], [Number.NaN, 12345678901234567890n]],
    ['1234567890123456', 1234567890123456, 1234567890123456],
  ]

  test.each(rows)('%s is the nearest number, or exact with bigint', (text, nearest, exact) => {
    expect(parseJson(text)).toEqual(nearest)
    expect(parseJson(text, { bigint: true })).toEqual(exact)
  })
})

/** As JSON, each BigInt as the number nearest to it. */
function inNumbers(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? Number(member) : member,
  )
}

test('any JSON is read as JSON.parse reads it, with and without bigint', () => {
  const texts = fc.json({
    stringUnit: fc.constantFrom('"', '\\', 'a', 'NaN', '1234567890123456789', '\u2028'),
  })
  fc.assert(
    fc.property(texts, (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text))
      expect(inNumbers(parseJson(text, { bigint: true }))).toBe(JSON.stringify(JSON.parse(text)))
      expect(parseJson(`[${text}, NaN]`)).toEqual([JSON.parse(text), Number.NaN])
    }),
  )
})

/** Tokens near the edge of 2^53 among them, with the value that they are to have. */
const numbers = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: fc.oneof(
      fc.bigInt({ min: 0n, max: 10n ** 20n }),
      fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }),
    ),
    rest: fc.constantFrom('', '', '', '.0', '.5', 'e0', 'E+2', '.25e-3', 'e400'),
  })
  .map(({ sign, whole, rest }) => {
    const token = `${sign}${whole}${rest}`
    const isExact = rest === '' && !Number.isSafeInteger(Number(token))
    return { token, value: isExact ? BigInt(token) : Number(token) }
  })

test('with bigint, exactly the integers that a number would not hold are BigInt, wherever they stand', () => {
  fc.assert(
    fc.property(fc.array(numbers), fc.constantFrom('', ', NaN'), (list, last) => {
      const tokens = list.map(({ token }) => token)
      const text = `[{"a": [${tokens.join()}], "1234567890123456789": "9007199254740993"}, [${tokens.join('], [')}]${last}]`
      const values = list.map(({ value }) => value)
      expect(parseJson(text, { bigint: true, maxDepth: 3 })).toEqual([
        { a: values, '1234567890123456789': '9007199254740993' },
        ...(list.length === 0 ? [[]] : values.map((value) => [value])),
        ...(last === '' ? [] : [Number.NaN]),
      ])
      expect(() => parseJson(text, { bigint: true, maxDepth: 2 })).toThrow('nested 2 levels deep at most')
    }),
  )
})

test('a member named __proto__ is a member', () => {
  for (const text of ['{"__proto__": {"a": 1}}', '{"__proto__": {"a": NaN}}']) {
    const value = parseJson(text) as object
    expect(Object.hasOwn(value, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  }
})

test.each(['"\\\\', '\\"', '"', 'NaN,', '1234567890123456,', '['])(
  'a long row of %j takes linear time',
  (piece) => {
    const text = `[NaN, ${piece.repeat(200_000)}`
    // Anything but linear would run into the runner's own time limit.
    expect(() => parseJson(text, { bigint: true })).toThrow(SyntaxError)
  },
)

test('a text with few brackets holds no value that is deeper', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.nat(5), (text, levels) => {
      return !isShallow(text, levels) || !isDeeper(JSON.parse(text), levels)
    }),
  )
  expect(isShallow(`{"a":"${'x'.repeat(1_000)}","b":[{}]}`, 3)).toBe(true)
  expect(isShallow(`{"a":"${'x'.repeat(1_000)}","b":[{}]}`, 2)).toBe(false)
})
