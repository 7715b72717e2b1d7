import { expect, test } from '@jest/globals'
import { compileField, type FieldOptions } from '../../../src/agent/definitions/field.js'
import { traitPlugins } from '../../../src/agent/plugins/index.js'

const plugins: FieldOptions = { plugins: traitPlugins }
const message = { payload: { a: null, b: 'x.y', c: 2, list: ['p.q', null, 'r'] } }

test.each<[config: unknown, value: unknown, all: readonly unknown[]]>([
  [5, 5, [5]],
  [true, true, [true]],
  [12_345_678_901_234_567_890n, 12_345_678_901_234_567_890n, [12_345_678_901_234_567_890n]],
  [[5], 5, [5]],
  ['payload.b', 'x.y', ['x.y']],
  [['payload.b'], 'x.y', ['x.y']],
  ['payload.a', null, [null]],
  ['payload.nope', null, []],
  [['payload.a', 'payload.c', 'payload.b'], 2, [null, 2, 'x.y']],
  [['payload.nope', null, true, 'payload.c'], 2, [2]],
  ['payload.list[*]', 'p.q', ['p.q', null, 'r']],
  [{ fields: 'payload.c' }, 2, [2]],
  [{ fields: ['payload.a', 'payload.c'] }, 2, [null, 2]],
  [{ fields: 5, plugin: 'split' }, 5, [5]],
  [{ fields: 'payload.b', plugin: 'split' }, 'x', ['x']],
  [{ fields: 'payload.b', plugin: { name: 'split', parameters: { segment: 1 } } }, 'y', ['y']],
  [{ fields: 'payload.b', plugin: { name: 'split', parameters: null } }, 'x', ['x']],
  [
    { fields: 'payload.nope', plugin: { name: 'bitfield', parameters: { flags: [], initial_bitfield: 4 } } },
    4,
    [4],
  ],
])('%j finds %j, and %j of several', (config, value, all) => {
  const field = compileField(config, plugins)
  expect(field.value(message)).toEqual(value)
  expect(field.all(message)).toEqual(all)
})

test.each<[config: unknown, code: string, place: readonly string[]]>([
  [null, 'BAD_FIELD', []],
  [1.5, 'BAD_FIELD', []],
  [[], 'BAD_FIELD', []],
  [{ fields: {} }, 'BAD_FIELD', []],
  [{}, 'FIELDS_MISSING', []],
  ['a b', 'INVALID_PATH', []],
  [['a', '%'], 'INVALID_PATH', []],
  [['a', 5], 'INVALID_PATH', []],
  [{ fields: 'a', plugin: {} }, 'PLUGIN_NAME_MISSING', ['plugin']],
  [{ fields: 'a', plugin: 'nope' }, 'UNKNOWN_PLUGIN', ['plugin']],
  [{ fields: 'a', plugin: { name: 'nope' } }, 'UNKNOWN_PLUGIN', ['plugin', 'name']],
  [{ fields: 'a', plugin: null }, 'BAD_PLUGIN', ['plugin']],
  [{ fields: 'a', plugin: { name: 'split', parameters: 5 } }, 'BAD_PLUGIN', ['plugin', 'parameters']],
  [
    { fields: 'a', plugin: { name: 'map', parameters: {} } },
    'INVALID_PLUGIN_PARAMETERS',
    ['plugin', 'parameters'],
  ],
])('%j is refused', (config, code, place) => {
  expect(() => compileField(config, plugins)).toThrow(expect.objectContaining({ code, place }))
})

test('a text that is no path counts as one that finds nothing, where that is allowed', () => {
  const field = compileField('GB hour', { ...plugins, literals: true })
  expect([field.value(message), field.all(message), field.literal]).toEqual([null, [], undefined])
})

test('a union without brackets is told', () => {
  const isTold = (config: unknown): boolean => compileField(config, plugins).hasTightUnion
  expect(['a.b|c.d', 'a|b.c', ['x', 'a.b|c'], { fields: 'a.b|c', plugin: 'split' }].map(isTold)).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect(['(a.b)|(c.d)', 'a|b', 'a.(b|c)', ['a.b', 'c.d'], 5].map(isTold)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ])
})
