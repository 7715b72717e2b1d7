/** What no caller hands over on purpose: values of all kinds, and objects that do not behave. */
import * as fc from 'fast-check'

function trapped(): object {
  const trap = (): never => {
    throw new Error('a trap')
  }
  return new Proxy(
    {},
    { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap },
  )
}

function revoked(target: object = {}): object {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

function cyclic(): object {
  const object: Record<string, unknown> = { a: [] }
  object['a'] = [object, { back: object }]
  return object
}

function withGetter(key: string): object {
  return Object.defineProperty({}, key, {
    enumerable: true,
    get() {
      throw new Error('a getter failed')
    },
  })
}

class Odd {
  readonly topic = 'x'
  constructor() {
    Object.defineProperty(this, 'constructor', { value: null })
  }
  toString(): string {
    throw new Error('no text')
  }
}

const objects: readonly (() => unknown)[] = [
  trapped,
  revoked,
  () => revoked([]),
  () => revoked(() => {}),
  cyclic,
  () => new Odd(),
  () => Object.create(null),
  () => Object.create({ inherited: true }),
  () => Object.setPrototypeOf([], null),
  () => new Proxy([], {}),
  () => new Proxy({ a: 1 }, {}),
  () => withGetter('topic'),
  () => withGetter('retry'),
  () => withGetter('info'),
  () => withGetter('then'),
  () => ({ toString: 1, valueOf: 1 }),
  () => ({ __proto__: { driver: 'log' } }),
  () => JSON.parse('{"__proto__":{"polluted":1}}'),
  () => ({ constructor: { name: 7 } }),
  () => new Date(Number.NaN),
  () => /(?<a>.)*/gy,
  () => Promise.resolve(1),
  () => new Map([[{}, []]]),
  () => new Uint8Array(3),
  () => async () => {},
  () => Odd,
  () => Symbol('x'),
  () => 1n,
  () => Array.from({ length: 3 }),
  () => 'x'.repeat(10_000),
]

/** A value that is made when it is used: to draw it, fast-check would have to touch it. */
class Unmade {
  readonly make: () => unknown
  constructor(make: () => unknown) {
    this.make = make
  }
}

/** What was drawn, with the misbehaving objects in their places. */
export function made(drawn: unknown): unknown {
  if (drawn instanceof Unmade) return drawn.make()
  if (Array.isArray(drawn)) return drawn.map(made)
  if (typeof drawn !== 'object' || drawn === null || Object.getPrototypeOf(drawn) !== Object.prototype)
    return drawn
  return Object.fromEntries(Object.entries(drawn).map(([key, value]) => [key, made(value)]))
}

/** Anything, by way of `made`: JSON values, all that fast-check knows, and the misbehaving. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 2, arbitrary: fc.constantFrom(undefined, null, true, false, 0, -1, 1, 1.5, Number.NaN, '', 'x') },
  {
    weight: 1,
    arbitrary: fc.anything({
      maxDepth: 2,
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
    }),
  },
  { weight: 4, arbitrary: fc.nat(objects.length - 1).map((index) => new Unmade(objects[index] ?? trapped)) },
)

/** An object with some of these members, each usually as it should be; or anything at all. */
export function nearly(
  members: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  { noise = 3 }: { readonly noise?: number } = {},
): fc.Arbitrary<unknown> {
  const spoiled = Object.fromEntries(
    Object.entries(members).map(([name, right]) => [
      name,
      fc.oneof({ weight: 24, arbitrary: right }, { weight: noise, arbitrary: anything }),
    ]),
  )
  const object = fc.record(spoiled, { requiredKeys: [] })
  const more = fc.tuple(object, fc.string({ maxLength: 8 }), anything)
  return fc.oneof(
    { weight: 12, arbitrary: object },
    { weight: 1, arbitrary: more.map(([plain, key, value]) => ({ ...plain, [key]: value })) },
    { weight: 1, arbitrary: anything },
  )
}

/** A text near one of these: as it is, cut, changed, or another. */
export function textNear(...words: readonly string[]): fc.Arbitrary<string> {
  const word = fc.constantFrom(...words)
  return fc.oneof(
    { weight: 6, arbitrary: word },
    {
      weight: 1,
      arbitrary: fc
        .tuple(word, fc.nat(20), fc.string({ maxLength: 3, unit: 'binary' }))
        .map(([text, at, more]) => text.slice(0, at) + more + text.slice(at + 1)),
    },
    { weight: 1, arbitrary: fc.string({ maxLength: 12, unit: 'binary' }) },
  )
}
