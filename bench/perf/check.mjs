/**
 * `npm run bench:check`: measures again and compares the figures of the goals with those that are recorded. Ends with 1 when one is worse by more
 * than the noise of both. Options: as `npm run bench`; --rounds is 3 unless given.
 */

import { parseArgs } from 'node:util'

import { Advice, main, say } from '../../scripts/step.mjs'
import { table } from '../support/generated.mjs'
import { prepare } from '../support/prepare.mjs'
import { compare } from './comparison.mjs'
import { goals } from './goals.mjs'
import { measure, options } from './measure.mjs'
import { readResults } from './results.mjs'
import { number } from './words.mjs'

const { values: given } = parseArgs({ options: { ...options, rounds: { type: 'string', default: '3' } } })

await main(async () => {
  const recorded = readResults()
  if (Object.keys(recorded).length === 0)
    throw new Advice('Nothing is recorded in bench/results/performance.json: npm run bench')
  await prepare()
  const measured = await measure(given)
  const compared = goals
    .filter(({ scenario }) => scenario in recorded && scenario in measured)
    .map((goal) => compare(goal, recorded[goal.scenario].runs, measured[goal.scenario].runs))
  const head = ['work', 'figure', 'recorded', 'now', 'worse by', 'noise', '']
  say(`compared with what is recorded:\n${table([head, ...compared.map(asRow)], { left: 2 })}`)
  return compared.some(({ verdict }) => verdict === 'WORSE') ? 1 : 0
})

function asRow({ goal, before, now, worse, noise, verdict }) {
  const percent = (part) => (part === undefined ? '' : `${Math.round(part * 100)} %`)
  const cell = (figures) => (figures === undefined ? '' : number(figures.median))
  return [goal.work, goal.figure, cell(before), cell(now), percent(worse), percent(noise), verdict]
}
