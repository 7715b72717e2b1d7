/** About a millisecond of computing. */
const ROUNDS = 500_000

const on = (threads, label, rounds) => ({
  name: threads === 0 ? 'async-loop' : `threads-${threads}`,
  label,
  order: { job: 'workers', threads, rounds },
})

/** @type {import('../scenario.mjs').Scenario} */
export const workers = {
  name: 'workers',
  title: 'An endpoint that computes for a millisecond',
  about:
    'Small messages from `memory://` to the executor `worker-pool` with one thread and with two, and to `async-loop`, in the main thread.',
  shows: 'rate',
  base: 'threads-1',
  messages: 12_000,
  quick: 300,
  contenders: [
    on(1, 'worker-pool, 1 thread', ROUNDS),
    on(2, 'worker-pool, 2 threads', ROUNDS),
    on(0, 'async-loop', ROUNDS),
  ],
}

/** @type {import('../scenario.mjs').Scenario} */
export const handOver = {
  name: 'hand-over',
  title: 'What it costs to hand a message to a thread',
  about: 'The same with an endpoint that does nothing: the difference is the hand-over there and back.',
  shows: 'cost',
  base: 'async-loop',
  messages: 50_000,
  quick: 3_000,
  contenders: [on(0, 'async-loop', 0), on(1, 'worker-pool, 1 thread', 0), on(2, 'worker-pool, 2 threads', 0)],
}
