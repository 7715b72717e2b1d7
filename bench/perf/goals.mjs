/** What tocsin is to reach, each goal a figure of the results: a ratio within a round wherever there is something to compare to. */

import { between, figure, spreadOf } from './figures.mjs'

/**
 * @typedef {object} Goal
 * @property {string} work
 * @property {string} scenario
 * @property {string} figure in words
 * @property {number} [atLeast]
 * @property {number} [atMost]
 * @property {(runs: readonly import('./series.mjs').Run[]) => ReturnType<typeof spreadOf>} measure
 */

const ratio = (of, one, other) => (runs) => between(runs, [one, other], of)
const value = (of, one) => (runs) => spreadOf(runs, one, of)

const consuming = (scenario, work) => [
  {
    work,
    scenario,
    figure: 'rate / raw amqplib acking each',
    atLeast: 1.35,
    measure: ratio(figure.rate, 'tocsin', 'amqplib'),
  },
  {
    work,
    scenario,
    figure: 'rate / raw amqplib with hand-made multiple acks, same prefetch',
    atLeast: 0.97,
    measure: ratio(figure.rate, 'tocsin-1000', 'amqplib-multiple'),
  },
  {
    work,
    scenario,
    figure: 'rate / Python oslo.messaging',
    atLeast: 7,
    measure: ratio(figure.rate, 'tocsin', 'oslo'),
  },
  {
    work,
    scenario,
    figure: 'client CPU per message / raw amqplib acking each',
    atMost: 0.65,
    measure: ratio(figure.cpu, 'tocsin', 'amqplib'),
  },
]

const publishing = (scenario, work) => [
  {
    work,
    scenario,
    figure: 'rate / raw amqplib, same window',
    atLeast: 1.15,
    measure: ratio(figure.rate, 'tocsin', 'amqplib'),
  },
  {
    work,
    scenario,
    figure: 'rate / Python oslo.messaging',
    atLeast: 6,
    measure: ratio(figure.rate, 'tocsin', 'oslo'),
  },
  {
    work,
    scenario,
    figure: 'client CPU per message / raw amqplib',
    atMost: 0.7,
    measure: ratio(figure.cpu, 'tocsin', 'amqplib'),
  },
]

/** @type {readonly Goal[]} */
export const goals = [
  ...consuming('consume', 'consume'),
  ...publishing('publish', 'publish, transient'),
  ...publishing('publish-durable', 'publish, persistent'),
  ...['p50', 'p99'].map((part) => ({
    work: 'latency at 1,000/s',
    scenario: 'latency',
    figure: `${part} / raw amqplib`,
    atMost: 1.1,
    measure: ratio(figure[part], 'tocsin', 'amqplib'),
  })),
  {
    work: 'dispatch',
    scenario: 'dispatch',
    figure: 'us per notification with 1 endpoint, beyond JSON.parse',
    atMost: 2,
    measure: (runs) => between(runs, ['tocsin-no-queue', 'json'], figure.cost, (all, json) => all - json),
  },
  {
    work: 'dispatch',
    scenario: 'dispatch',
    figure: 'time with 10,000 rules / with 10',
    atMost: 1.5,
    measure: ratio(figure.cost, 'tocsin-10000', 'tocsin-10'),
  },
  {
    work: 'dispatch',
    scenario: 'dispatch',
    figure: 'rate with 1,000 rules / Python oslo.messaging',
    atLeast: 50,
    measure: ratio(figure.rate, 'tocsin-1000', 'oslo-1000'),
  },
  {
    work: 'a message no rule wants',
    scenario: 'unwanted',
    figure: 'time / of one that is handled',
    atMost: 0.5,
    measure: ratio(figure.cost, 'tocsin-unwanted', 'tocsin-handled'),
  },
  {
    work: 'memory:// notifier to endpoint',
    scenario: 'memory',
    figure: 'per second of one processor',
    atLeast: 100_000,
    measure: value(figure.perCpuSecond, 'tocsin'),
  },
  {
    work: 'worker-pool, 1 ms of computing',
    scenario: 'workers',
    figure: 'rate of 2 threads / of 1',
    atLeast: 1.8,
    measure: ratio(figure.rate, 'threads-2', 'threads-1'),
  },
  {
    work: 'worker-pool, hand-over',
    scenario: 'hand-over',
    figure: 'us per message beyond async-loop',
    atMost: 15,
    measure: (runs) => between(runs, ['threads-1', 'async-loop'], figure.cost, (there, here) => there - here),
  },
  {
    work: 'memory under a backlog of 1,000,000',
    scenario: 'backlog',
    figure: 'most / at rest',
    atMost: 1.5,
    measure: value(figure.growth, 'tocsin'),
  },
  {
    work: 'import of the front door',
    scenario: 'load',
    figure: 'time / amqplib alone',
    atMost: 1.3,
    measure: ratio(figure.time, 'tocsin', 'amqplib'),
  },
]

/** @param {Goal} goal @param {number} measured */
export function isMet({ atLeast = -Infinity, atMost = Infinity }, measured) {
  return measured >= atLeast && measured <= atMost
}

/** How much worse `now` is than `before`, as a part of it: 0.1 = a tenth; negative = better. */
export function worsening({ atLeast }, before, now) {
  return atLeast === undefined ? now / before - 1 : 1 - now / before
}
