import { describe, expect, test } from '@jest/globals'

import { traitPlugins } from '../../../src/agent/plugins/index.js'
import {
  InvalidPluginParameters,
  type PluginComplaintCode,
  type TraitPlugin,
} from '../../../src/agent/plugins/plugin.js'
import { plainNumber, WholeFloat } from '../../../src/agent/values/index.js'
import { readFixture } from '../values/fixture.js'

interface Row {
  plugin: string
  parameters: Record<string, unknown>
  matches: [string, unknown][]
  /** Of those that it took. */
  values?: unknown[]
  /** By the constructor, at load. */
  refused?: true
  /** With these matches. */
  raises?: true
}

const rows: Row[] = readFixture('python/plugins.json').rows

describe('as Ceilometer does', () => {
  const taken = rows.filter((row) => row.values !== undefined && whenMade(row) !== 'refused')

  test.each(taken)('$plugin $parameters: $matches -> $values', (row) => {
    expect(make(row).values(matchesOf(row)).map(plainNumber)).toEqual(row.values?.map(plainNumber))
  })

  test.each(rows.filter((row) => row.refused))('$plugin $parameters is refused', (row) => {
    expect(() => make(row)).toThrow(InvalidPluginParameters)
  })
})

describe('where Ceilometer raises', () => {
  test.each(rows.filter((row) => row.raises))(
    '$plugin $parameters with $matches: at load, or no value',
    (row) => {
      if (whenMade(row) === 'refused') return
      expect(
        make(row)
          .values(matchesOf(row))
          .filter((value) => value !== null),
      ).toEqual([])
    },
  )
})

test('parameters that can only fail later are refused at load although Ceilometer starts with them', () => {
  const refused = rows.filter((row) => row.values !== undefined && whenMade(row) === 'refused')
  expect(
    new Set(refused.map(({ plugin, parameters }) => `${plugin} ${Object.keys(parameters).at(-1)}`)),
  ).toEqual(new Set(['bitfield flags', 'bitfield initial_bitfield']))
})

const faults: [plugin: string, parameters: Record<string, unknown>, problem: string][] = [
  ['split', { segment: 'one' }, "parameter 'segment' must be a whole number; found 'one'"],
  [
    'split',
    { segment: 1.5, separator: '' },
    "parameter 'separator' must be a text that is not empty; found ''",
  ],
  ['split', { max_split: '1' }, "parameter 'max_split' must be a whole number; found '1'"],
  [
    'bitfield',
    { flags: 5 },
    "parameter 'flags' must be a list of maps with 'path' and 'bit'; found the number 5",
  ],
  [
    'bitfield',
    { flags: ['a'] },
    "parameter 'flags', entry 1: must be a map with 'path' and 'bit'; found 'a'",
  ],
  ['bitfield', { flags: [{ bit: 1 }] }, "parameter 'flags', entry 1: 'path' must be a path; found nothing"],
  [
    'bitfield',
    {
      flags: [
        { path: 'a', bit: 1 },
        { path: 'b', bit: -1 },
      ],
    },
    "parameter 'flags', entry 2: 'bit' must be a whole number from 0 to 65536; found the number -1",
  ],
  [
    'map',
    {},
    "parameter 'values' must be a map that is not empty, from what is found to what it becomes; found nothing",
  ],
]

describe('what is wrong with parameters', () => {
  test.each(faults)('%s %j: %s', (plugin, parameters, problem) => {
    expect(problemsOf(plugin, parameters)).toContain(problem)
  })

  test('is told all at once, under a stable code', () => {
    expect(problemsOf('split', { segment: 'a', max_split: 'b', separator: 5 })).toHaveLength(3)
    expect(() => traitPlugins.get('map')?.({})).toThrow(
      expect.objectContaining({ code: 'INVALID_PLUGIN_PARAMETERS', plugin: 'map' }),
    )
  })
})

describe('what a plugin can not use', () => {
  test.each<[string, Record<string, unknown>, unknown[], PluginComplaintCode[]]>([
    ['split', { segment: 1 }, ['a.b', 'a'], ['NO_SUCH_SEGMENT']],
    ['timedelta', {}, ['2012', 'x'], ['NOT_TWO_TIMESTAMPS']],
    ['timedelta', {}, ['2012', '2013'], []],
    ['map', { values: { a: 1 } }, ['a', 'b', [], null], ['UNKNOWN_VALUE', 'UNKNOWN_VALUE', 'UNKNOWN_VALUE']],
  ])('%s %j tells of %j: %j', (name, parameters, values, codes) => {
    const told: PluginComplaintCode[] = []
    const plugin = traitPlugins.get(name)?.(parameters, (code) => told.push(code))
    plugin?.values(values.map((value, at) => ({ path: `payload.f${at}`, value })))
    expect(told).toEqual(codes)
  })
})

test('the difference of two times is a float, whole or not', () => {
  const plugin = traitPlugins.get('timedelta')?.({})
  const [value] =
    plugin?.values(
      matchesOf({
        matches: [
          ['a', '2012-01-01'],
          ['b', '2012-01-02'],
        ],
      }),
    ) ?? []
  expect(value).toBeInstanceOf(WholeFloat)
  expect(plainNumber(value)).toBe(86_400)
})

test('keys of a map that look like members of every object are keys like others', () => {
  const plugin = traitPlugins.get('map')?.({ values: JSON.parse('{"__proto__": 1}') })
  expect(plugin?.values([{ path: 'a', value: '__proto__' }])).toEqual([1])
  expect(plugin?.values([{ path: 'a', value: 'constructor' }])).toEqual([null])
})

test('only split serves lookups', () => {
  const several = [...traitPlugins].filter(([, factory]) => factory({ values: { a: 1 } }).supportsSeveral)
  expect(several.map(([name]) => name)).toEqual(['split'])
})

function make({ plugin, parameters }: Row): TraitPlugin {
  const factory = traitPlugins.get(plugin)
  if (factory === undefined) throw new Error(`no plugin ${plugin}`)
  return factory(Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, decoded(value)])))
}

function whenMade(row: Row): 'made' | 'refused' {
  try {
    make(row)
    return 'made'
  } catch (error) {
    if (error instanceof InvalidPluginParameters) return 'refused'
    throw error
  }
}

function problemsOf(plugin: string, parameters: Record<string, unknown>): readonly string[] {
  try {
    traitPlugins.get(plugin)?.(parameters)
    return []
  } catch (error) {
    if (error instanceof InvalidPluginParameters) return error.problems
    throw error
  }
}

function matchesOf({ matches }: Pick<Row, 'matches'>): { path: string; value: unknown }[] {
  return matches.map(([path, value]) => ({ path, value }))
}

function decoded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decoded)
  if (typeof value !== 'object' || value === null || !('$map' in value)) return value
  return new Map((value.$map as [unknown, unknown][]).map(([key, member]) => [decoded(key), decoded(member)]))
}
