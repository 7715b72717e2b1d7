/** What endpoints do: all that a listener promises to survive, by what they are called with and not by when. */
import { NotificationResult, reject, requeue } from '../../src/index.js'
import { Random } from './random.js'

type Mood = (random: Random) => unknown

/** An object that answers every question with an exception. */
function hostile(): object {
  return new Proxy(
    {},
    {
      get() {
        throw new Error('a trap')
      },
      has() {
        throw new Error('a trap')
      },
      getPrototypeOf() {
        throw new Error('a trap')
      },
      ownKeys() {
        throw new Error('a trap')
      },
    },
  )
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const strange = [
  undefined,
  null,
  0,
  '',
  Number.NaN,
  'x',
  Symbol('x'),
  10n,
  [],
  {},
  () => {},
  Object.create(null) as object,
  { verb: 'other' },
  { verb: 'requeue', delay: -1 },
  { verb: 'requeue', delay: Number.NaN },
  { verb: 'requeue', delay: 'soon' },
  { verb: 'reject' },
  { verb: 'reject', reason: 7 },
  new Map(),
]

const thrown: readonly (() => unknown)[] = [
  () => new Error('an endpoint failed'),
  () => new Error(''),
  () => new TypeError('x'.repeat(10_000)),
  () => 'a text',
  () => undefined,
  () => null,
  () => 7n,
  () => Symbol('thrown'),
  () => Object.create(null) as object,
  () => ({ toString: () => ({}) }),
  () => new AggregateError([new Error('one')], 'several'),
  () => Object.defineProperty(new Error('x'), 'message', { get: () => revoked() }),
  hostile,
  revoked,
]

const thenables: readonly (() => unknown)[] = [
  // oxlint-disable-next-line no-thenable
  () => ({ then: (resolve: (value: unknown) => void) => [resolve('requeue'), resolve(undefined)] }),
  () => ({
    then: (resolve: (value: unknown) => void, refuse: (error: unknown) => void) => [
      resolve(undefined),
      refuse(1),
    ],
  }),
  () => ({
    then() {
      throw new Error('then threw')
    },
  }),
]

const moods: readonly (readonly [weight: number, mood: Mood])[] = [
  [30, () => undefined],
  [6, () => NotificationResult.HANDLED],
  [6, async () => undefined],
  [4, () => NotificationResult.REQUEUE],
  [3, async () => NotificationResult.REQUEUE],
  [4, (random) => requeue({ delay: random.below(3) })],
  [3, async () => requeue()],
  [3, () => reject('not wanted')],
  [2, async () => reject('')],
  [5, (random) => random.pick(strange)],
  [3, async (random) => random.pick(strange)],
  [4, (random) => raise(random.pick(thrown)())],
  [3, async (random) => raise(random.pick(thrown)())],
  [2, (random) => random.pick(thenables)()],
  [1, hostile],
  [1, revoked],
  [1, async () => hostile()],
  [3, () => new Promise((resolve) => setImmediate(resolve))],
]

const lots = moods.flatMap(([weight, mood]) => Array.from({ length: weight }, () => mood))

/** Of a single notification. Throws what some endpoints throw. */
export function moodOf(seed: number): unknown {
  const random = new Random(seed)
  return random.pick(lots)(random)
}

/** Of a batch: one answer for all, or a Map of them. */
export function moodOfBatch(notifications: readonly unknown[], seed: number): unknown {
  const random = new Random(seed)
  if (random.chance(50)) return random.pick(lots)(random)
  return new Map(
    notifications.flatMap((notification): [unknown, unknown][] =>
      random.chance(60) ? [[notification, random.pick([...strange, 'requeue', reject('this one')])]] : [],
    ),
  )
}

function raise(error: unknown): never {
  throw error
}
