import { expect, test } from '@jest/globals'

import { caseOf } from './bodies.js'
import { failureText, runBodies } from './campaign.js'
import { bodies, seed } from './slice.js'

test('a case is the same body each time, and another seed has others', () => {
  const once = Array.from({ length: 300 }, (_, index) => caseOf(seed, index))
  expect(Array.from({ length: 300 }, (_, index) => caseOf(seed, index))).toEqual(once)
  expect(Array.from({ length: 300 }, (_, index) => caseOf(seed + 1, index))).not.toEqual(once)
})

const ends = [
  'handled',
  'filtered out',
  'unknown priority',
  'acknowledged though not handled',
  'requeued',
  'rejected: undecodable',
  'rejected: retries-exhausted',
  'error NOT_JSON',
  'error NOT_AN_OBJECT',
  'error BAD_COMPRESSION',
  'error UNKNOWN_COMPRESSION',
  'error ENVELOPE_VERSION',
  'error ENDPOINT_THREW',
]

test(
  'mutated bodies crash nothing, hang nothing, and are each settled exactly once, whoever listens',
  async () => {
    const { cases, outcomes, failure } = await runBodies({ seed, count: bodies })
    if (failure !== undefined) throw new Error(failureText(seed, failure))
    expect(cases).toBe(bodies)
    // Of all ends that there are, else the mutations miss a part of the library.
    const missed = bodies < 1_000 ? [] : ends.filter((end) => (outcomes[end] ?? 0) === 0)
    expect(missed).toEqual([])
  },
  Math.max(60_000, bodies * 2),
)
