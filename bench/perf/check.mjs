/**
 * `npm run bench:check`: measures again and compares the figures of the goals with those that are recorded. Ends with 1 when one is worse by more
 * than the noise of both. Options: as `npm run bench`; --rounds is 3 unless given.
 */

import { parseArgs } from 'node:util'

import { Advice, main, say } from '../../scripts/step.mjs'
import { table } from '../support/generated.mjs'
import { prepare } from '../support/prepare.mjs'
import { goals, worsening } from './goals.mjs'
import { measure, options } from './measure.mjs'
import { readResults } from './results.mjs'
import { uncertainty } from './statistics.mjs'
import { number } from './words.mjs'

/** Differences below this are not established on the machines that we know, whatever the spread of a few runs says. */
const LEAST_NOISE = 0.15

const { values: given } = parseArgs({ options: { ...options, rounds: { type: 'string', default: '3' } } })

await main(async () => {
  const recorded = readResults()
  if (Object.keys(recorded).length === 0)
    throw new Advice('Nothing is recorded in bench/results/performance.json: npm run bench')
  await prepare()
  const measured = await measure(given)
  const compared = goals.flatMap((goal) => compare(goal, recorded, measured))
  const head = ['work', 'figure', 'recorded', 'now', 'worse by', 'noise', '']
  say(`compared with what is recorded:\n${table([head, ...compared.map(({ row }) => row)], { left: 2 })}`)
  return compared.some(({ isWorse }) => isWorse) ? 1 : 0
})

/** Nothing where one of both was not measured. */
function compare(goal, recorded, measured) {
  const [before, now] = [recorded, measured].map((results) =>
    goal.measure(results[goal.scenario]?.runs ?? []),
  )
  if (before === undefined || now === undefined) return []
  const worse = worsening(goal, before.median, now.median)
  const noise = Math.max(LEAST_NOISE, uncertainty(before), uncertainty(now))
  const isWorse = worse > noise
  const percent = (part) => `${Math.round(part * 100)} %`
  return [
    {
      isWorse,
      row: [
        goal.work,
        goal.figure,
        number(before.median),
        number(now.median),
        percent(worse),
        percent(noise),
        isWorse ? 'WORSE' : 'ok',
      ],
    },
  ]
}
