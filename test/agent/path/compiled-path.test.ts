import { expect, test } from '@jest/globals'
import { compilePath } from '../../../src/agent/path/compiled-path.js'
import { float } from '../../../src/agent/values/index.js'

const message = {
  event_type: 'probe.x',
  payload: {
    id: 'r-1',
    v: 3,
    z: 0,
    f: 2.5,
    n: null,
    t: true,
    whole: float(2),
    big: 9_007_199_254_740_993n,
    digits: ' 5 ',
    s: 'eins.zwei.drei',
    face: 'a😀c',
    empty: '',
    l: [4, 5, 6],
    mixed: [2, 'a'],
    names: ['b', 'a', 'ü'],
    a: { b: { c: 7 }, 'k.x': 8, "it's": 9, '': 10, ü: 11, 'b-c': 12 },
    o: [
      { k: 'x', v: 1, w: { q: 'Q1' } },
      { k: 'y', v: 2.5 },
      { k: 'x', v: 3 },
      { k: null, v: 4 },
      { v: 5 },
      7,
      'str',
      null,
    ],
    host: 'h',
    nodename: 'n',
  },
}

test.each<[path: string, values: readonly unknown[]]>([
  // Names
  ['$.payload.v', [3]],
  ['payload.v', [3]],
  ['$.payload.n', [null]],
  ['$.payload.nope', []],
  ['$.payload.v.x', []],
  ['$.payload.n.x', []],
  ["$.payload.a.'k.x'", [8]],
  ['$.payload.a."it\'s"', [9]],
  ["$.payload.a['it\\'s']", [9]],
  ["$.payload.a.''", [10]],
  ["$.payload.a.'ü'", [11]],
  ['$.payload.a.b-c', [12]],
  ['$.payload.v,z', [3, 0]],
  ['$.payload[v,z,nope]', [3, 0]],
  ['$.payload.a.b.*', [7]],
  ['$.payload.l.*', []],
  ['$.payload.a.toString', []],
  ['$.payload.a.__proto__', []],
  // Indices and slices
  ['$.payload.l[0]', [4]],
  ['$.payload.l.[1]', [5]],
  ['$.payload.l[-1]', [6]],
  ['$.payload.l[-4]', []],
  ['$.payload.l[3]', []],
  ['$.payload.s[1]', ['i']],
  ['$.payload.face[1]', ['😀']],
  ['$.payload.v[0]', []],
  ['$.payload.n[0]', []],
  ['$.payload.a[0]', []],
  ['$.payload.l[*]', [4, 5, 6]],
  ['$.payload.l[1:]', [5, 6]],
  ['$.payload.l[:1]', [4]],
  ['$.payload.l[0:2]', [4, 5]],
  ['$.payload.l[-2:]', [5, 6]],
  ['$.payload.l[-9:9]', [4, 5, 6]],
  ['$.payload.v[*]', [3]],
  ['$.payload.s[*]', ['eins.zwei.drei']],
  ['$.payload.t[*]', [true]],
  ['$.payload.a.b[*].c', [7]],
  ['$.payload.f[*]', []],
  ['$.payload.whole[*]', []],
  ['$.payload.n[*]', []],
  // How things bind
  ['$.payload.v|z', [3, 0]],
  ['payload.v|payload.z', []],
  ['(payload.v)|(payload.z)', [3, 0]],
  ['payload.a|o[0].w.q', ['Q1']],
  ['$.payload..c', [7]],
  ['$.payload.o..v', [1, 2.5, 3, 4, 5]],
  ['$.payload.o[*] where w', [{ k: 'x', v: 1, w: { q: 'Q1' } }]],
  ['payload.v & payload.z', []],
  // Filters
  ["$.payload.o[?(@.k='x')].v", [1, 3]],
  ['$.payload.o[?k=x].v', [1, 3]],
  ['$.payload.o[?(@.k == "y")].v', [2.5]],
  ['$.payload.o[?(@.k != x)].v', [2.5]],
  ['$.payload.o[?(@.v > 1)].v', [2.5, 3, 4, 5]],
  ['$.payload.o[?(@.v = 2)].v', [2.5]],
  ['$.payload.o[?(@.v >= 2.6)].v', [3, 4, 5]],
  ['$.payload.o[?(@.v = true)].v', [1]],
  ['$.payload.o[?(@.k = x & @.v > 1)].v', [3]],
  ['$.payload.o[?((@.k = x) & (@.v = 1))].v', [1]],
  ['$.payload.o[?w].v', [1]],
  ['$.payload.o[?(@.k)].v', [1, 2.5, 3, 4]],
  ["$.payload.o[?(@.k ~ '[xz]')].v", [1, 3]],
  ['$.payload.o[?(@.v ~ 1)].v', []],
  ['$.payload.a[?(@.b)].v', []],
  ['$.payload.o[?($.k = y)].v', [2.5]],
  // Arithmetic
  ['$.payload.v * 100', [300]],
  ['100 * $.payload.v', [300]],
  ['$.payload.v * 2 + 1', [9]],
  ['$.payload.v - 1 - 1', [3]],
  ['($.payload.v - 1) - 1', [1]],
  ['$.payload.v * -1', [-3]],
  ['$.payload.v + 1.5', [4.5]],
  ['$.payload.l[*] * 10', [40, 50, 60]],
  ['$.payload.l[*] + $.payload.l[*]', [8, 10, 12]],
  ['$.payload.l[*] + $.payload.v', []],
  ['$.payload.nope * 2', []],
  ['$.payload.n * 2', []],
  ['$.payload.t * 5', [5]],
  ['$.payload.s * 2', ['eins.zwei.dreieins.zwei.drei']],
  ['$.payload.s * 100000000', []],
  ['$.payload.mixed[*] + 1', []],
  ['$.payload.l + $.payload.l', [[4, 5, 6, 4, 5, 6]]],
  ['2 * 3', [6]],
  ['$.payload.big * 100', [900_719_925_474_099_300n]],
  ['$.payload.big - 1', [9_007_199_254_740_992n]],
  ['$.payload.big * 1.0', [float(9_007_199_254_740_992)]],
  ['$.payload.whole * 2', [float(4)]],
  ['$.payload.host + "_" + $.payload.nodename', ['h_n']],
  ['$.payload.host + foo', ['hfoo']],
  ['$.payload.host + 1', []],
  // Operators by name
  ['$.payload.s.`split(., 1, -1)`', ['zwei']],
  ['$.payload.s.`split(., 1, 1)`', ['zwei.drei']],
  ['$.payload.s.`split(., 0, 0)`', ['eins.zwei.drei']],
  ['$.payload.s.`split(., 3, -1)`', []],
  ['$.payload.v.`split(., 0, -1)`', []],
  ['$.payload.s.`sub(/eins/, X)`', ['X.zwei.drei']],
  ['$.payload.s.`sub(/zzz/, X)`', []],
  ['$.payload.s.`sub(/.*/, )`', ['']],
  ['$.payload.s.`sub(/(\\\\w+)\\\\.(\\\\w+)/, \\\\2-\\\\1)`', ['zwei-eins.drei']],
  ['$.payload.s.`sub(/(?P<x>z)/, \\\\g<x>\\\\g<x>)`', ['eins.zzwei.drei']],
  ['$.payload.v.`sub(/3/, 4)`', []],
  ['$.payload.l.`len`', [3]],
  ['$.payload.face.`len`', [3]],
  ['$.payload.v.`len`', []],
  ['$.payload.names.`sorted`', [['a', 'b', 'ü']]],
  ['$.payload.mixed.`sorted`', []],
  ['$.payload.a.b.`sorted`', [['c']]],
  ['$.payload.l[\\@]', [[6, 5, 4]]],
  ['$.payload.o[0:3].v.`parent`.k', ['x', 'y', 'x']],
  ['$.payload.v.`this`', [3]],
  ['$.payload.a.$.event_type', ['probe.x']],
])('%s finds %j', (path, values) => {
  const compiled = compilePath(path)
  expect(compiled.values(message)).toEqual(values)
  expect(compiled.matches(message).map(({ value }) => value)).toEqual(values)
  expect(compiled.first(message)).toEqual(values.find((value) => value !== null) ?? null)
})

test.each<[path: string, places: readonly string[]]>([
  ['$', ['']],
  ['$.payload.v', ['payload.v']],
  ['$.payload.o[?k=x].v', ['payload.o.[0].v', 'payload.o.[2].v']],
  ['$.payload.a.b[*].c', ['payload.a.b.[0].c']],
  [
    '$.payload.a.*',
    ['payload.a.b', 'payload.a.k.x', "payload.a.it's", 'payload.a.', 'payload.a.ü', 'payload.a.b-c'],
  ],
  ['$.payload.v * 2', ['']],
  ['$.payload.l.`len`', ['']],
])('the matches of %s stand at %j', (path, places) => {
  const found = compilePath(path).matches(message)
  expect(found.map((match) => match.path)).toEqual(places)
})

test.each<[path: string, position: number]>([
  ['', 0],
  ['%', 0],
  ['B/s', 1],
  ['GB hour', 3],
  ['instance:m1.tiny', 8],
  ['5', 1],
  ['1.5', 3],
  ['$.payload.v / 2', 12],
  ['$.payload.v -1', 12],
  ['2 * 1.5', 7],
  ['trueish', 0],
  ['a.where', 2],
  ["a.'b", 2],
  ['a.[?b=1]', 3],
  ['a[?b=]', 5],
  ['a[1', 3],
  ['(a', 2],
  ['ü', 0],
  ['a.`nope`', 2],
  ['a.`split(., 1)`', 2],
  ['a.`split(.,1,1)`', 2],
  ['a.`sub(/(/, x)`', 2],
  ["a[?(@.b ~ '(')]", 0],
  ['('.repeat(5_000), 0],
])('%s is refused', (path, position) => {
  expect(() => compilePath(path)).toThrow(
    expect.objectContaining({ code: 'INVALID_PATH', path, ...(path.length < 100 && { position }) }),
  )
})

test('nothing throws, whatever the message is', () => {
  const paths = [
    "$.a[0].b[?(@.c ~ 'x')]",
    '$.a[*]',
    '$..b',
    '$.a.`sub(/x/, y)`',
    '$.a.`sorted`',
    '$.a + 1',
    '$.a[/b]',
  ]
  for (const path of paths.map((text) => compilePath(text))) {
    for (const root of [
      null,
      undefined,
      5,
      'text',
      [],
      { a: null },
      { a: 5 },
      { a: {} },
      { a: [null, {}] },
    ]) {
      expect(() => [path.values(root), path.matches(root), path.first(root)]).not.toThrow()
    }
  }
})

test('a text is compiled once', () => {
  expect(compilePath('$.payload.once')).toBe(compilePath('$.payload.once'))
})

test.each([
  '$.payload.v[0]',
  '$.payload.l[-4]',
  '$.payload.a[0]',
  '$.payload.f[*]',
  '$.payload.n[*]',
  '$.payload.v & $.payload.z',
  "$.payload.l[?(@ ~ 'x')]",
  '$.payload.l[?(@ ~ 1)]',
  '$.payload.names[?(@ < 2.5)]',
  '$.payload.v.`sub(/3/, 4)`',
  '$.payload.mixed.`sorted`',
  '$.payload.v.`sorted`',
  '$.`parent`',
])('a strict %s throws, as in the original', (path) => {
  const compiled = compilePath(path, 'strict')
  const error = expect.objectContaining({ code: 'BAD_PATH_VALUE', path })
  expect(() => compiled.values(message)).toThrow(error)
  expect(() => compiled.matches(message)).toThrow(error)
  expect(() => compiled.first(message)).toThrow(error)
})

test.each([
  '$.payload.a[9]',
  '$.payload.l[3]',
  '$.payload.nope[0]',
  '$.payload.n.x',
  '$.payload.o[?(@.k = x)].v',
  '$.payload.names[?(@ ~ 10)]',
])('a strict %s finds what it finds', (path) => {
  expect(compilePath(path, 'strict').values(message)).toEqual(compilePath(path).values(message))
})
