/** The exact JSON reader and writer of the dry run. */
import { describe, expect, test } from '@jest/globals'

import { readJson } from '../../../src/agent/convert/json-reader.js'
import { writeJson } from '../../../src/agent/convert/json-writer.js'
import { compilePath } from '../../../src/agent/path/compiled-path.js'
import { pythonText, WholeFloat } from '../../../src/agent/values/index.js'

describe('reading', () => {
  test.each([
    ['null', null],
    ['true', true],
    [' [1, -2 , 3.5e0]\t', [1, -2, 3.5]],
    ['{"a": {"b": []}, "c": {}}', { a: { b: [] }, c: {} }],
    [String.raw`"\u00e9\n\\\/\"\ud83d\ude00 e"`, 'é\n\\/"😀 e'],
    ['"\u2028 as it is"', '\u2028 as it is'],
    ['123456789012345678901234567890', 123456789012345678901234567890n],
    ['-9007199254740993', -9007199254740993n],
    ['9007199254740991', 9007199254740991],
    ['-0', 0],
    ['[0, 123456789, 1234567890, 10]', [0, 123_456_789, 1_234_567_890, 10]],
    [String.raw`"\\"`, '\\'],
    ['NaN', Number.NaN],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['{"a":1,"a":2}', { a: 2 }],
  ])('%s', (text, value) => {
    expect(readJson(text)).toEqual(value)
  })

  test.each([
    ['1.0', '1.0'],
    ['1e3', '1000.0'],
    ['-0.0', '-0.0'],
    ['1', '1'],
    ['1.5', '1.5'],
    ['1e22', '1e+22'],
    ['{"b":1,"10":2,"a":3,"9":4,"b":5}', "{'b': 5, '10': 2, 'a': 3, '9': 4}"],
    ['[1, 1.0, {"a": 2.0}]', "[1, 1.0, {'a': 2.0}]"],
  ])('%s is %s in the text Python makes of it', (text, python) => {
    expect(pythonText(readJson(text))).toBe(python)
  })

  test('a whole float is a number for everything but its text', () => {
    const value = readJson('2.0')
    expect(value).toBeInstanceOf(WholeFloat)
    expect(Number(value) * 2).toBe(4)
  })

  test('what a path finds first is what was written first', () => {
    const root = readJson('{"p":{"b":"x","1":"y","a":{"0":"z"}}}')
    expect(['p.*', 'p..*'].map((path) => compilePath(path).values(root))).toEqual([
      ['x', 'y', { 0: 'z' }],
      ['x', 'y', { 0: 'z' }, 'z'],
    ])
  })

  test('__proto__ is a key as any other', () => {
    const value = readJson('{"__proto__": {"polluted": 1}}') as object
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  test.each([
    '',
    '{',
    '[1,]',
    '{"a":1,}',
    "{'a':1}",
    '01',
    '1.',
    '.5',
    '+1',
    '"a\nb"',
    String.raw`"\x"`,
    String.raw`"\u12"`,
    'nul',
    '1 2',
    '[}',
    '"open',
  ])('%j is refused', (text) => {
    expect(() => readJson(text)).toThrow(SyntaxError)
  })

  test('a text that is too deep is refused, not a crash', () => {
    expect(() => readJson('['.repeat(100_000))).toThrow('deeper than')
    const deep = `${'['.repeat(950)}${']'.repeat(950)}`
    expect(writeJson(readJson(deep))).toBe(deep)
  })
})

test.each([[{ a: 1n << 70n, b: [Number.NaN, Infinity, -Infinity], c: null, d: undefined }]])(
  'big integers and non-finite numbers are written so that both can be read',
  (value) => {
    expect(writeJson(value)).toBe(
      '{"a":1180591620717411303424,"b":[{"$float":"nan"},{"$float":"inf"},{"$float":"-inf"}],"c":null}',
    )
  },
)

test('what was read is written as JSON writes it', () => {
  const text = '{"a":"\\u2028é\\n","b":[true,null,1.5,-3,{}],"c":{"__proto__":1}}'
  expect(JSON.parse(writeJson(readJson(text)))).toEqual(JSON.parse(text))
})
