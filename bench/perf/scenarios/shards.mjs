/** About a millisecond of computing. */
const ROUNDS = 500_000

const on = (shards, label) => ({
  name: shards === 0 ? 'async-loop' : `shards-${shards}`,
  label,
  order: { job: 'shards', shards, rounds: ROUNDS },
})

/** @type {import('../scenario.mjs').Scenario} */
export const shards = {
  name: 'shards',
  title: 'A queue for an endpoint that computes for a millisecond',
  about:
    'A queue that was filled before, to a listener with one shard and with two, and to `async-loop`, in the main thread.',
  shows: 'rate',
  base: 'shards-1',
  messages: 6_000,
  quick: 500,
  isFilled: true,
  leaves: 'nothing',
  contenders: [on(1, 'shards, 1'), on(2, 'shards, 2'), on(0, 'async-loop')],
}
