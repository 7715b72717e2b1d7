import { expect, test } from '@jest/globals'
import { loadMeters } from '../../../src/agent/meters/load.js'

const good = `
  - name: good
    event_type: probe.x
    type: gauge
    unit: u
    volume: 1
    resource_id: $.payload.id
`

/** One definition, good but for these lines. */
function withLines(lines: string): string {
  const keys = new Set(lines.split('\n').map((line) => line.split(':')[0]))
  const kept = [
    ['name', 'm'],
    ['event_type', 'probe.x'],
    ['type', 'gauge'],
    ['unit', 'u'],
    ['volume', '1'],
    ['resource_id', '$.payload.id'],
  ].flatMap(([key, value]) => (keys.has(key) ? [] : [`${key}: ${value}`]))
  return `metric:\n  -\n${[...kept, ...lines.split('\n')].map((line) => `    ${line}`).join('\n')}\n`
}

test.each<[lines: string, code: string, losesAll: boolean, text: RegExp]>([
  ['volume: 0', 'MISSING_FIELDS', false, /volume/],
  ['unit:\nname: ""', 'MISSING_FIELDS', false, /name, unit/],
  ['type: Gauge', 'BAD_TYPE', false, /gauge, delta, cumulative.*'Gauge'/],
  ['type: [gauge]', 'BAD_TYPE', false, /a list/],
  ['event_type: "prob[e"', 'BAD_EVENT_TYPE', true, /prob\[e/],
  ['event_type: [probe.x, 5]', 'BAD_EVENT_TYPE', true, /the number 5/],
  ['name: [a, b]', 'BAD_NAME', true, /./],
  ['volume: 1.5', 'BAD_FIELD', false, /the number 1\.5/],
  ['volume: 1.0', 'BAD_FIELD', false, /the number 1\.0/],
  ['volume: "%"', 'INVALID_PATH', false, /quote a name/],
  ['volume: $.payload.v / 2', 'INVALID_PATH', false, /multiply/],
  ['volume: 2032-07-08', 'BAD_FIELD', false, /the date 2032-07-08/],
  ['volume: {plugin: timedelta}', 'FIELDS_MISSING', false, /./],
  ['volume: {fields: payload.v, plugin: {parameters: {}}}', 'PLUGIN_NAME_MISSING', false, /./],
  ['volume: {fields: payload.v, plugin: splitt}', 'UNKNOWN_PLUGIN', false, /split/],
  ['volume: {fields: payload.v, plugin: 5}', 'BAD_PLUGIN', true, /./],
  ['volume: {fields: payload.v, plugin: {name: map}}', 'INVALID_PLUGIN_PARAMETERS', true, /values/],
  ['volume: {fields: payload.v, plugin: {name: split, parameters: [1]}}', 'BAD_PLUGIN', true, /a list/],
  ['metadata:', 'BAD_METADATA', true, /nothing/],
  ['metadata: [a]', 'BAD_METADATA', true, /a list/],
  ['metadata: {a: }', 'BAD_FIELD', false, /metadata\.a/],
  ['metadata: {a: "a b"}', 'INVALID_PATH', false, /metadata\.a/],
  ['user_metadata: a b', 'INVALID_PATH', false, /user_metadata/],
  ['lookup:', 'BAD_LOOKUP', true, /nothing/],
  ['lookup: {a: 1}', 'BAD_LOOKUP', false, /a map/],
])('%s is refused: %s', (lines, code, losesAll, text) => {
  const loaded = loadMeters([{ file: 'meters.yaml', text: withLines(lines) }])
  expect(loaded.definitions).toEqual([])
  expect(loaded.losesAll).toBe(losesAll)
  expect(loaded.problems).toEqual([
    {
      file: 'meters.yaml',
      line: expect.any(Number),
      column: expect.any(Number),
      severity: 'error',
      code,
      text: expect.stringMatching(text),
    },
  ])
})

test.each<[lines: string]>([
  ['unit: "%"'],
  ['unit: B/s'],
  ['unit: GB hour'],
  ['name: instance:m1.tiny'],
  ['volume: true'],
  ['volume: [payload.a, payload.b]'],
  ['volume: {fields: 5}'],
  ['metadata: {}'],
  ['user_metadata:'],
  ['lookup: []'],
  ['multi: name\ncomment: [x]'],
  ['event_type: (a)\\1'],
  ['event_type: (?x) probe . x  # spaces do not count'],
])('%s loads', (lines) => {
  const { definitions, problems } = loadMeters([{ file: 'meters.yaml', text: withLines(lines) }])
  expect(problems).toEqual([])
  expect(definitions).toHaveLength(1)
})

test("texts that are no paths are refused where the original's way is wanted", () => {
  const { problems } = loadMeters([{ file: 'x.yaml', text: withLines('unit: "%"') }], {
    compatibility: { literalTexts: false },
  })
  expect(problems).toEqual([
    expect.objectContaining({ code: 'INVALID_PATH', text: expect.stringMatching(/^unit:/) }),
  ])
})

test('what can not make samples is a warning', () => {
  const text = withLines('name: $.payload.n[*]\nlookup: name\nresource_id: {fields: a, plugin: timedelta}')
  const { definitions, problems } = loadMeters([{ file: 'x.yaml', text }])
  expect(definitions).toHaveLength(1)
  expect(problems.map(({ severity, code, line }) => [severity, code, line])).toEqual([
    ['warning', 'LITERAL_IN_LOOKUP', 6],
    ['warning', 'PLUGIN_IN_LOOKUP', 9],
  ])
})

test('a union that binds tighter than it looks is a warning', () => {
  const { problems } = loadMeters([
    { file: 'x.yaml', text: withLines('volume: payload.a|payload.b\nuser_id: (payload.a)|(payload.b)') },
  ])
  expect(problems).toEqual([
    expect.objectContaining({
      severity: 'warning',
      code: 'TIGHT_UNION',
      line: 8,
      text: expect.stringMatching(/^volume: /),
    }),
  ])
})

test('all mistakes of all files are told at once, in their order, and what is good loads', () => {
  const bad = `metric:
  - name: first
    event_type: probe.x
    type: wrong
    unit: u
    volume: $.payload.
    resource_id: '%'
    metadata: {a: 'b c', d: $.e}
${good}
  - 5
`
  const { definitions, problems, losesAll } = loadMeters([
    { file: 'a.yaml', text: bad },
    { file: 'b.yaml', text: 'metrics: []' },
    { file: 'c.yaml', text: 'metric: [' },
    { file: 'd', definitions: undefined },
  ])
  expect(definitions.map(({ name, file, line }) => [name, file, line])).toEqual([['good', 'a.yaml', 10]])
  expect(losesAll).toBe(true)
  expect(problems.map(({ file, line, column, code }) => [file, line, column, code])).toEqual([
    ['a.yaml', 4, 11, 'BAD_TYPE'],
    ['a.yaml', 6, 13, 'INVALID_PATH'],
    ['a.yaml', 7, 18, 'INVALID_PATH'],
    ['a.yaml', 8, 19, 'INVALID_PATH'],
    ['a.yaml', 17, 5, 'BAD_DEFINITION'],
    ['b.yaml', 1, 1, 'NO_METRICS'],
    ['c.yaml', 1, 10, 'BAD_YAML'],
    ['d', undefined, undefined, 'NO_METRICS'],
  ])
})

test('of the same name the earlier file counts, in one file the last, and who is left out is told', () => {
  const one = (name: string, volume: number): string =>
    good.replace('good', name).replace('volume: 1', `volume: ${volume}`)
  const { definitions, problems } = loadMeters([
    { file: 'a.yaml', text: `metric:${one('x', 1)}${one('y', 2)}${one('x', 3)}` },
    { file: 'b.yaml', text: `metric:${one('y', 4)}${one('z', 5)}` },
  ])
  expect(definitions.map(({ name, fields }) => [name, fields.get('volume')?.literal])).toEqual([
    ['x', 3],
    ['y', 2],
    ['z', 5],
  ])
  expect(problems.map(({ file, line, severity, code }) => [file, line, severity, code])).toEqual([
    ['a.yaml', 2, 'warning', 'DUPLICATE_METER'],
    ['b.yaml', 2, 'warning', 'DUPLICATE_METER'],
  ])
})

test('a definition with a mistake does not hide an earlier one of its name', () => {
  const { definitions, problems } = loadMeters([
    { file: 'a.yaml', text: `metric:${good}${good.replace('volume: 1', 'volume: "%"')}` },
  ])
  expect(definitions).toHaveLength(1)
  expect(problems.map(({ code }) => code)).toEqual(['INVALID_PATH'])
})
