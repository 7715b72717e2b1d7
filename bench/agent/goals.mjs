/** What the agent is to reach, each goal a ratio within a round. In the form of ../perf/goals.mjs. */

import { between, figure } from '../perf/figures.mjs'
import { conversions, DEFINITIONS, growth } from './scenarios.mjs'

/** @type {readonly import('../perf/goals.mjs').Goal[]} */
export const goals = [
  ...conversions.map(({ name, of, makes }) => ({
    work: `convert ${of}: ${makes}`,
    scenario: name,
    figure: "Ceilometer's CPU / tocsin's",
    atLeast: 20,
    measure: (runs) => between(runs, ['ceilometer', 'tocsin'], figure.cpu),
  })),
  ...growth.map(({ name, of }) => ({
    work: `${DEFINITIONS.many.toLocaleString('en')} meter definitions, ${of}`,
    scenario: name,
    figure: `CPU / with ${DEFINITIONS.few}`,
    atMost: 1.2,
    measure: (runs) =>
      between(runs, [`definitions-${DEFINITIONS.many}`, `definitions-${DEFINITIONS.few}`], figure.cpu),
  })),
  ...Object.entries({ ceilometer: 'Ceilometer', 'ceilometer-100': 'Ceilometer with batches of 100' }).map(
    ([other, words]) => ({
      work: 'from RabbitMQ to a file',
      scenario: 'end-to-end',
      figure: `rate / ${words}`,
      atLeast: 8,
      measure: (runs) => between(runs, ['tocsin', other], figure.rate),
    }),
  ),
]
