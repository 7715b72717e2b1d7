import { expect, test } from '@jest/globals'

import {
  casefold,
  compareCodePoints,
  dictKey,
  firstCodePoints,
  float,
  isTruthy,
  plainNumber,
  pythonEquals,
  pythonFloat,
  pythonInt,
  pythonRepr,
  pythonText,
  WholeFloat,
} from '../../../src/agent/values/index.js'
import { readFixture } from './fixture.js'

interface Row {
  value: unknown
  text: string
  int: unknown
  float: unknown
  truth: boolean
}

const rows: Row[] = readFixture('python/values.json').rows

test.each(rows)('$text: text, integer, float and truth are what Python says', (row) => {
  expect(pythonText(row.value)).toBe(row.text)
  expect(pythonInt(row.value)).toBe(wanted(row.int))
  expect(pythonFloat(row.value)).toBe(wanted(row.float))
  expect(isTruthy(row.value)).toBe(row.truth)
})

/** Of a fixture's cell: undefined where Python raises. */
function wanted(cell: unknown): unknown {
  const plain = plainNumber(cell)
  if (typeof plain !== 'object' || plain === null) return plain
  if ('raises' in plain) return undefined
  const words: Record<string, number> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity }
  return words[(plain as { $float: string }).$float]
}

test('numbers that JSON.parse gives have the text of what JSON.stringify writes, read by Python', () => {
  expect([1, -0, 1e15, 2 ** 60, 1e20, 1e21, 1.5e300].map(pythonText)).toEqual([
    '1',
    '0',
    '1000000000000000',
    '1152921504606846976'.replace('6976', '7000'),
    '100000000000000000000',
    '1e+21',
    '1.5e+300',
  ])
})

test('a whole float is told from an integer, computes and goes into JSON as a number', () => {
  expect(float(1)).toBeInstanceOf(WholeFloat)
  expect(float(1.5)).toBe(1.5)
  expect(pythonText(float(1))).toBe('1.0')
  expect(JSON.stringify([float(1)])).toBe('[1]')
  expect(plainNumber(float(3))).toBe(3)
  expect(plainNumber('3')).toBe('3')
})

test('what is undefined has no text of its own but that of null', () => {
  expect(pythonRepr(undefined)).toBe('None')
})

test('a mapping of a definition file has the text of a dict', () => {
  expect(
    pythonText(
      new Map<unknown, unknown>([
        [1, 'a'],
        [null, true],
      ]),
    ),
  ).toBe("{1: 'a', None: True}")
})

const equal: [unknown, unknown, boolean][] = [
  [1, float(1), true],
  [1, true, true],
  [0, false, true],
  [-0, 0, true],
  [1, '1', false],
  [1n, 1, true],
  [2n ** 60n, 2 ** 60, true],
  [2n ** 60n + 1n, 2 ** 60, false],
  [10n ** 400n, Number.POSITIVE_INFINITY, false],
  [Number.NaN, Number.NaN, false],
  [null, null, true],
  [null, false, false],
  [null, 0, false],
  ['a', 'a', true],
  [[1, [true]], [float(1), [1]], true],
  [[1], [1, 2], false],
  [[], {}, false],
  [{}, null, false],
  [{ a: 1 }, { a: true }, true],
  [{ a: 1 }, { b: 1 }, false],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: 1 }, new Map([['a', 1]]), true],
  [JSON.parse('{"__proto__": 1}'), {}, false],
]

test.each(equal)('%p == %p: %p', (one, other, isEqual) => {
  expect(pythonEquals(one, other)).toBe(isEqual)
  expect(pythonEquals(other, one)).toBe(isEqual)
})

test('keys that are equal in Python are one key', () => {
  expect([1, true, float(1), 1n].map(dictKey)).toEqual([1, 1, 1, 1])
  expect([0, -0, false, float(-0)].map((value) => Object.is(dictKey(value), 0))).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect([2 ** 60, 2n ** 60n, float(2 ** 60)].map(dictKey)).toEqual([2n ** 60n, 2n ** 60n, 2n ** 60n])
  expect(['1', null, [], {}].map(dictKey)).toEqual(['1', null, undefined, undefined])
})

test('texts are in the order of their code points', () => {
  const texts = ['\u{1f600}', '\ufffd', 'a', 'ab', '', '\ud83d', 'é', 'B']
  expect(texts.sort(compareCodePoints)).toEqual(['', 'B', 'a', 'ab', 'é', '\ufffd', '\ud83d', '\u{1f600}'])
})

test('the first code points of a text are never half a pair', () => {
  expect(firstCodePoints('abc', 3)).toBe('abc')
  expect(firstCodePoints('abcd', 3)).toBe('abc')
  expect(firstCodePoints('😀😀😀', 2)).toBe('😀😀')
  expect(firstCodePoints(`${'x'.repeat(254)}😀y`, 255)).toBe(`${'x'.repeat(254)}😀`)
  expect(firstCodePoints('\ud83dabc', 2)).toBe('\ud83da')
})

test.each<[string, string]>(readFixture('python/casefold.json').rows)('%p folds to %p', (text, folded) => {
  expect(casefold(text)).toBe(folded)
})
