import { expect, test } from '@jest/globals'
import { readSource } from '../../../src/agent/definitions/source.js'
import { float } from '../../../src/agent/values/index.js'

function read(text: string): unknown {
  const { value, problems } = readSource({ file: 'x.yaml', text })
  expect(problems).toEqual([])
  return value
}

/** Plain objects, since those of the loader have no prototype. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return { map: [...(value as ReadonlyMap<unknown, unknown>)] }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
}

test.each<[text: string, value: unknown]>([
  ['0x1F', 31],
  ['0b101', 5],
  ['017', 15],
  ['019', '019'],
  ['0o17', '0o17'],
  ['1_000', 1000],
  ['1:30', 90],
  ['-1:30', -90],
  ['1:30.5', 90.5],
  ['12345678901234567890', 12_345_678_901_234_567_890n],
  ['1.5', 1.5],
  ['1.0', float(1)],
  ['1.0e+3', float(1000)],
  ['1e3', '1e3'],
  ['.5', 0.5],
  ['-.inf', Number.NEGATIVE_INFINITY],
  ['.nan', Number.NaN],
  ['yes', true],
  ['Off', false],
  ['y', 'y'],
  ['~', null],
  ['Null', null],
  ['', null],
  ['"yes"', 'yes'],
  ["'017'", '017'],
  ['!!str 5', '5'],
  ['!!int "7"', 7],
  ['!!float 2', 2],
  ['$.payload.size', '$.payload.size'],
  ['compute.instance.(?!create.start|update).*', 'compute.instance.(?!create.start|update).*'],
])('%s reads as PyYAML reads it', (text, value) => {
  expect(read(`key: ${text}`)).toEqual({ key: value })
})

test('a date is no text, and says so', () => {
  expect(read('key: 2032-07-08')).toEqual({ key: { text: '2032-07-08' } })
})

test.each<[what: string, text: string, value: unknown]>([
  ['own keys win', 'a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a}', { a: { x: 1, y: 2 }, b: { x: 1, y: 3 } }],
  [
    'the first of a list wins',
    'a: &a {x: 1, y: 2}\nb: {z: 0, <<: [{y: 5, w: 6}, *a]}',
    { a: { x: 1, y: 2 }, b: { x: 1, y: 5, w: 6, z: 0 } },
  ],
  ['a quoted << is a key', '"<<": {x: 1}', { '<<': { x: 1 } }],
  [
    'keys that are no texts make a Map',
    'a: {yes: 1, 2: b, x: c}',
    {
      a: {
        map: [
          [true, 1],
          [2, 'b'],
          ['x', 'c'],
        ],
      },
    },
  ],
  ['__proto__ is a key like others', '__proto__: {x: 1}', JSON.parse('{"__proto__": {"x": 1}}')],
])('%s', (_what, text, value) => {
  expect(plain(read(text))).toEqual(value)
})

test('merged keys come first, in the order of the original', () => {
  const value = read('a: &a {one: 1, two: 2}\nb: {zero: 0, <<: [{two: 5, four: 4}, *a]}') as { b: object }
  expect(Object.keys(value.b)).toEqual(['one', 'two', 'four', 'zero'])
})

test('every part knows its place, also what was merged in', () => {
  const source = readSource({ file: 'x.yaml', text: 'a: &a\n  one: 1\nb:\n  <<: *a\n  list: [x, {y: z}]\n' })
  const place = (...keys: readonly unknown[]): unknown => {
    const { line, column } = source.problem('error', 'CODE', 'text', source.value, keys)
    return [line, column]
  }
  expect(place()).toEqual([1, 1])
  expect(place('b', 'one')).toEqual([2, 8])
  expect(place('b', 'list', 1, 'y')).toEqual([5, 17])
  expect(place('b', 'list', 9)).toEqual([5, 9])
  expect(place('nope')).toEqual([1, 1])
})

test.each<[text: string, line: number, column: number]>([
  ['a: =', 1, 4],
  ['metric:\n - name: "a\n   event_type: [probe\n', 4, 1],
  ['a: *nowhere', 1, 4],
  ['a: {<<: 5}', 1, 9],
  ['a: !mine x', 1, 10],
  ['a: &a [*a]', 1, 7],
  ['a: &a {<<: *a}', 1, 7],
  ['? [1]\n: 2', 1, 3],
  ['a: !!int x', 1, 10],
  ['a: 1\n---\nb: 2', 2, 1],
])('%j is refused with its place', (text, line, column) => {
  const { value, problems } = readSource({ file: 'x.yaml', text })
  expect(value).toBeUndefined()
  expect(problems).toContainEqual(
    expect.objectContaining({ file: 'x.yaml', line, column, severity: 'error', code: 'BAD_YAML' }),
  )
})

test('a key that comes twice is a warning, and the last one counts', () => {
  const { value, problems } = readSource({ file: 'x.yaml', text: 'a: 1\na: 2' })
  expect(value).toEqual({ a: 2 })
  expect(problems).toEqual([expect.objectContaining({ severity: 'warning', code: 'DUPLICATE_KEY', line: 2 })])
})

test('anchors within anchors do not make a small file large', () => {
  const levels = Array.from(
    { length: 30 },
    (_, at) => `a${at + 1}: &a${at + 1} {<<: [*a${at}, *a${at}], l: [*a${at}, *a${at}]}`,
  )
  expect(readSource({ file: 'x.yaml', text: ['a0: &a0 {x: 1}', ...levels].join('\n') }).problems).toEqual([])
})
