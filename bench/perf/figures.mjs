/** Figures of single runs, and comparisons of two contenders round by round. */

import { spread } from './statistics.mjs'

/** Of a run; per message where that makes sense. */
export const figure = {
  rate: ({ messages, ms }) => (messages / ms) * 1000,
  cost: ({ messages, ms }) => (ms / messages) * 1000,
  cpu: ({ messages, userUs, systemUs }) => (userUs + systemUs) / messages,
  perCpuSecond: ({ messages, userUs, systemUs }) => (messages / (userUs + systemUs)) * 1e6,
  broker: ({ messages, brokerUs }) => brokerUs / messages,
  time: ({ ms }) => ms,
  p50: ({ p50Us }) => p50Us,
  p99: ({ p99Us }) => p99Us,
  memory: ({ rssMiB }) => rssMiB,
  rest: ({ restMiB }) => restMiB,
  growth: ({ rssMiB, restMiB }) => rssMiB / restMiB,
}

/** @typedef {(run: import('./series.mjs').Run) => number} Of */

/** @param {readonly import('./series.mjs').Run[]} runs @param {Of} of undefined where the contender did not take part */
export function spreadOf(runs, contender, of) {
  const values = runs.filter((run) => run.contender === contender).map((run) => of(run))
  return values.length === 0 ? undefined : spread(values)
}

/** `combine` of the figures of two contenders in the same round; undefined where they never met. */
export function between(runs, [one, other], of, combine = (left, right) => left / right) {
  const values = runs
    .filter(({ contender }) => contender === one)
    .flatMap((run) => {
      const match = runs.find(({ contender, round }) => contender === other && round === run.round)
      return match === undefined ? [] : [combine(of(run), of(match))]
    })
  return values.length === 0 ? undefined : spread(values)
}
