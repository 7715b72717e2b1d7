/** What happens to bytes on their way: whatever they mean. */
import { nested, oddValue } from './odd-values.js'
import type { Random } from './random.js'

/** Never changes `body`. `other`: bytes of another message. */
export type ByteMutation = (body: Buffer, random: Random, other: () => Buffer) => Buffer

const flipBits: ByteMutation = (body, random) => {
  const changed = Buffer.from(body)
  for (let count = 1 + random.below(8); count > 0 && changed.length > 0; count--) {
    const at = random.below(changed.length)
    changed[at] = (changed[at] as number) ^ (1 << random.below(8))
  }
  return changed
}

const cut: ByteMutation = (body, random) => body.subarray(0, random.below(body.length + 1))

const cutOut: ByteMutation = (body, random) => {
  const [from, to] = span(body, random)
  return Buffer.concat([body.subarray(0, from), body.subarray(to)])
}

const double: ByteMutation = (body, random) => {
  const [from, to] = span(body, random)
  return Buffer.concat([body.subarray(0, to), body.subarray(from)])
}

const splice: ByteMutation = (body, random, other) => {
  const tail = other()
  return Buffer.concat([
    body.subarray(0, random.below(body.length)),
    tail.subarray(random.below(tail.length)),
  ])
}

const foreignBytes = [
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0x00],
  [0xef, 0xbb, 0xbf],
  [0xfe, 0xff],
].map((bytes) => Buffer.from(bytes))

const putForeignBytes: ByteMutation = (body, random) => {
  const at = random.below(body.length + 1)
  return Buffer.concat([body.subarray(0, at), random.pick(foreignBytes), body.subarray(at)])
}

const byteOrderMark: ByteMutation = (body, random) =>
  random.chance(70)
    ? Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body])
    : Buffer.from(`\ufeff${body.toString('latin1')}`, 'utf16le')

/** The next value after a colon, be it in a text or not, is another. */
const replaceValue: ByteMutation = (body, random) => {
  const colon = body.indexOf(0x3a, random.below(body.length))
  if (colon === -1) return cut(body, random, () => body)
  const end = body.indexOf(0x2c, colon)
  return Buffer.concat([
    body.subarray(0, colon + 1),
    Buffer.from(oddValue(random)),
    end === -1 ? Buffer.from('}') : body.subarray(end),
  ])
}

const nest: ByteMutation = (_body, random) => Buffer.from(nested(random))

const trailing: ByteMutation = (body, random) =>
  Buffer.concat([body, Buffer.from(random.pick([' ', '\n', '\0', '}', ',{}', '{}', 'NaN', '//x']))])

/** By name; a name may stand more than once, for its weight. */
export const byteMutations: readonly (readonly [name: string, mutate: ByteMutation])[] = [
  ['bits flipped', flipBits],
  ['bits flipped', flipBits],
  ['cut short', cut],
  ['cut out', cutOut],
  ['chunk doubled', double],
  ['spliced', splice],
  ['foreign bytes', putForeignBytes],
  ['byte order mark', byteOrderMark],
  ['value replaced', replaceValue],
  ['value replaced', replaceValue],
  ['trailing text', trailing],
]

/** Costly, and so drawn seldom. */
export const nesting: ByteMutation = nest

function span(body: Buffer, random: Random): [from: number, to: number] {
  const from = random.below(body.length)
  return [from, Math.min(body.length, from + 1 + random.below(200))]
}
