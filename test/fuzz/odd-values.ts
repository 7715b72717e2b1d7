/** Values nobody sends on purpose, as JSON texts: some are no JSON, and some can't be written from a JavaScript value. */
import type { Random } from './random.js'

const plain = ['null', 'true', 'false', '0', '-0', '-1', '1.5', '""', '"x"', '" "', '[]', '{}', '[null]']

const numbers = [
  '1e308',
  '1e999',
  '-1e999',
  '9007199254740993',
  '-9007199254740993',
  '1'.repeat(400),
  `0.${'1'.repeat(400)}`,
  '1E+2',
  '1.7976931348623159e308',
  'NaN',
  'Infinity',
  '-Infinity',
  '[NaN,{"a":-Infinity}]',
]

const noJson = [
  '01',
  '+1',
  '.5',
  '1.',
  '-',
  'nul',
  'undefined',
  "'x'",
  '"',
  '"\\x"',
  '{',
  '[1,]',
  '{a:1}',
  'NaNN',
  '-NaN',
]

const texts = [
  String.raw`"\ud800"`,
  String.raw`"\udc00\ud800"`,
  '"\\u0000"',
  '"\u2028\u2029"',
  '"\ufeff"',
  '"\u0130NFO"',
  '"\ud83d\ude80"',
  '"NaN"',
  '"Infinity and \\"NaN"',
  `"${'x'.repeat(5_000)}"`,
  `"${'\\"'.repeat(500)}"`,
  '"/etc/passwd"',
  '"__proto__"',
  '"constructor"',
  '"2026-13-45 99:99:99.000000"',
  '"-271821-04-20T00:00:00.000Z"',
]

/** Objects that look like something to JavaScript, or to this library. */
const objects = [
  '{"then":1}',
  '{"toString":1}',
  '{"valueOf":null,"toString":null}',
  '{"constructor":null}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"__proto__":{"polluted":1}}',
  '{"__proto__":null}',
  '{"a":{"__proto__":{"polluted":1}}}',
  '{"hasOwnProperty":1}',
  '{"toJSON":1}',
  '{"length":-1}',
  '{"length":1e9}',
  '{"verb":"reject"}',
  '{"":""}',
  '{"a":1,"a":2}',
  '{"__type__":"uuid","__value__":{"hex":1}}',
  '{"__type__":"uuid","__value__":{"hex":"00000000000000000000000000000005"}}',
  '{"__type__":"datetime","__value__":[]}',
  '{"__type__":{"toString":null},"__value__":"x"}',
  '{"__type__":"decimal","__value__":"NaN"}',
  '{"oslo.version":"2.0","oslo.message":"{}"}',
]

const kinds = [plain, plain, numbers, texts, objects]

export function oddValue(random: Random): string {
  if (random.chance(0.5)) return nested(random)
  return random.pick(random.chance(5) ? noJson : random.pick(kinds))
}

/** Deeper than most parsers like, and sometimes without its end. */
export function nested(random: Random): string {
  const depth = random.pick([50, 500, 5_000, 50_000])
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const)
  const end = random.chance(80) ? close.repeat(depth) : ''
  return `${open.repeat(depth)}1${end}`
}
