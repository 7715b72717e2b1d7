import { describe, expect, test } from '@jest/globals'

import { EventConverter, loadEvents } from '../../../src/agent/events/index.js'
import { describeProblem } from '../../../src/agent/problem.js'
import { readGolden } from './golden.js'

/** Of one file, as an editor reads them. */
function problemsOf(text: string): string[] {
  return loadEvents([{ file: 'e.yaml', text }]).problems.map(describeProblem)
}

function codesOf(text: string): [number | undefined, string][] {
  return loadEvents([{ file: 'e.yaml', text }]).problems.map(({ line, code }) => [line, code])
}

describe('what is wrong with definitions of events', () => {
  test('is told all at once, with line and column', () => {
    const text = [
      '- event_type: a',
      '  traits:',
      '    x: {fields: "payload.[", type: int}',
      '    y: {fields: payload.v, type: integer}',
      '    z: {type: text}',
      '- traits: 5',
      '- event_type: [b, 5, null]',
      '- event_type: c',
      '  traits: {w: {fields: payload.v, plugin: {name: split, parameters: {segment: one}}}}',
      '- text',
    ].join('\n')
    expect(codesOf(text)).toEqual([
      [3, 'INVALID_PATH'],
      [4, 'UNKNOWN_TRAIT_TYPE'],
      [5, 'FIELDS_MISSING'],
      [6, 'MISSING_FIELD'],
      [6, 'BAD_TRAITS'],
      [7, 'BAD_EVENT_TYPES'],
      [7, 'BAD_EVENT_TYPES'],
      [7, 'MISSING_FIELD'],
      [9, 'INVALID_PLUGIN_PARAMETERS'],
      [10, 'NOT_A_DEFINITION'],
    ])
    expect(problemsOf(text)).toContain(
      "e.yaml:4:34: error: trait 'y': there is no trait type 'integer'; there are none, text, int, float, datetime",
    )
  })

  test.each<[string, string]>([
    ['5', 'NOT_A_LIST'],
    ['', 'NOT_A_LIST'],
    ['a: 1', 'NOT_A_LIST'],
    ['- [', 'BAD_YAML'],
  ])('%p: %s', (text, code) => {
    expect(codesOf(text).map(([, one]) => one)).toContain(code)
  })

  test('leaves out what is broken and keeps the rest', () => {
    const { definitions } = loadEvents([
      {
        file: 'e.yaml',
        text: '- {event_type: a, traits: {x: 1.5}}\n- {event_type: b, traits: {x: payload.v}}',
      },
    ])
    expect(definitions.map(({ eventTypes }) => eventTypes)).toEqual(['b', '*'])
  })

  test('includes keys that say nothing, as a warning', () => {
    expect(problemsOf('- event_type: a\n  extra: 1\n  traits: {x: {field: b, fields: payload.v}}')).toEqual([
      "e.yaml:3:23: warning: trait 'x': 'field' says nothing to a trait; there are fields, type, plugin",
      "e.yaml:2:10: warning: 'extra' says nothing to a definition; there are event_type and traits",
    ])
  })
})

describe('definitions that no event reaches', () => {
  const reached: [globs: string[], codes: (string | undefined)[]][] = [
    [
      ['a.*', '*'],
      ['UNREACHABLE_DEFINITION', undefined],
    ],
    [
      ['*', 'a.*'],
      [undefined, undefined],
    ],
    [
      ['a.b', 'a.*', 'b'],
      ['UNREACHABLE_DEFINITION', undefined, undefined],
    ],
    [
      ['a.b.c', 'a.*.c'],
      ['UNREACHABLE_DEFINITION', undefined],
    ],
    [
      ['a.*c', 'a.?c'],
      [undefined, undefined],
    ],
    [
      ['a.?c', 'a.*c'],
      ['UNREACHABLE_DEFINITION', undefined],
    ],
    [
      ['a.[bc]', 'a.?'],
      ['UNREACHABLE_DEFINITION', undefined],
    ],
    [
      ['a.b', 'a.[bc]'],
      ['UNREACHABLE_DEFINITION', undefined],
    ],
    [
      ['a.[bc]', 'a.[bc]'],
      ['UNREACHABLE_DEFINITION', undefined],
    ],
    [
      ['a.[bc]', 'a.b'],
      [undefined, undefined],
    ],
    [
      ['*http.request', '*http.*'],
      ['UNREACHABLE_DEFINITION', undefined],
    ],
    [
      ['**', '*'],
      ['UNREACHABLE_DEFINITION', undefined],
    ],
    [
      ['a b', 'a'],
      ['SHADOWED_EVENT_TYPE', undefined],
    ],
    [
      ['a b', 'a', 'b'],
      ['UNREACHABLE_DEFINITION', undefined, undefined],
    ],
    [
      ['a.b', 'a.* !a.b'],
      [undefined, undefined],
    ],
    [
      ['a.c', 'a.* !a.b'],
      ['UNREACHABLE_DEFINITION', undefined],
    ],
    [
      ['a.*', 'a.* !a.b*'],
      [undefined, undefined],
    ],
    [
      ['a.* !a.b*', 'a.* !a.bc'],
      ['UNREACHABLE_DEFINITION', undefined],
    ],
    [
      ['!a', '*'],
      ['UNREACHABLE_DEFINITION', undefined],
    ],
    [
      ['!a', '!a'],
      ['UNREACHABLE_DEFINITION', undefined],
    ],
    [
      ['!a', '!b'],
      [undefined, undefined],
    ],
    [
      ['a', '!b'],
      ['UNREACHABLE_DEFINITION', undefined],
    ],
    [
      ['A', 'a'],
      [undefined, undefined],
    ],
  ]

  test.each(reached)('%j: %j', (globs, codes) => {
    const text = globs
      .map((list) => `- {event_type: ${JSON.stringify(list.split(' '))}, traits: {}}`)
      .join('\n')
    const { problems } = loadEvents([{ file: 'e.yaml', text }])
    expect(codes.map((_, at) => problems.find(({ line }) => line === at + 1)?.code)).toEqual(codes)
  })

  test('are told with the place of those that take their events', () => {
    expect(
      problemsOf(`- {event_type: [a.b, a.c, a.d, a.e], traits: {}}\n- {event_type: a.*, traits: {}}`),
    ).toEqual([
      "e.yaml:1:3: warning: no event reaches this definition, since the last that matches is used: 'a.b' goes to line 2, " +
        "'a.c' goes to line 2, 'a.d' goes to line 2 and 1 more; move it behind them or remove it",
    ])
  })

  test('are told with the file, where it is another', () => {
    const { problems } = loadEvents([
      { file: 'one.yaml', text: '- {event_type: a.b, traits: {}}' },
      { file: 'two.yaml', text: '- {event_type: a.*, traits: {}}' },
    ])
    expect(problems.map(describeProblem)).toEqual([
      expect.stringContaining(
        "one.yaml:1:3: warning: no event reaches this definition, since the last that matches is used: 'a.b' goes to two.yaml:1;",
      ),
    ])
  })

  test('are, in the original file, those that are known to be dead', () => {
    const text = readGolden('ceilometer-event-definitions.yaml')
    const { problems } = loadEvents([{ file: 'e.yaml', text }])
    expect(problems.map(({ code, line }) => [code, text.split('\n')[(line ?? 0) - 1]?.slice(0, 45)])).toEqual(
      [
        ['UNREACHABLE_DEFINITION', "- event_type: ['volume.exists', 'volume.retyp"],
        ['SHADOWED_EVENT_TYPE', "- event_type: ['volume.transfer.*', 'volume.e"],
        ['UNREACHABLE_DEFINITION', '- event_type: objectstore.http.request'],
        ['UNREACHABLE_DEFINITION', "- event_type: ['network.*', 'subnet.*', 'port"],
        ['UNREACHABLE_DEFINITION', "- event_type: ['trove.instance.create', 'trov"],
      ],
    )
  })
})

describe('several sources', () => {
  test('count as one list: those of later files are asked first', () => {
    const { definitions } = loadEvents([
      { file: 'one.yaml', text: '- {event_type: a.*, traits: {x: payload.one}}' },
      { file: 'two.yaml', text: '- {event_type: a.b, traits: {x: payload.two}}' },
    ])
    expect(definitions.map(({ place }) => place)).toEqual(['two.yaml:1', 'one.yaml:1', 'the catch-all'])
  })

  test('may be made in code', () => {
    const definitions = [{ event_type: 'a', traits: { x: 'payload.v', y: 5.5 } }]
    const { problems } = loadEvents([{ file: 'built in', definitions }])
    expect(problems.map(describeProblem)).toEqual([
      expect.stringMatching(/^built in: error: trait 'y': a field is an integer, a path/),
    ])
  })
})

test('what plug-ins can not use is counted while events are made', () => {
  const text =
    '- event_type: a\n  traits: {x: {fields: payload.v, plugin: {name: map, parameters: {values: {a: 1}}}}}'
  const { definitions, complaints } = loadEvents([{ file: 'e.yaml', text }])
  const converter = new EventConverter(definitions)
  for (const v of ['a', 'b', 'c'])
    converter.event({
      priority: 'info',
      ctxt: {},
      publisher_id: 'p',
      event_type: 'a',
      payload: { v },
      metadata: { message_id: 'm', timestamp: '2012-05-08' },
    })
  expect([...complaints]).toEqual([['UNKNOWN_VALUE', 2]])
})
