/**
 * `npm run bench`: tocsin and its peers at the same work. Writes bench/results/performance.json, and tables, bars and goals into
 * docs/performance.md; what is left out keeps its earlier figures.
 * Options: --only (parts of names of scenarios, with commas), --rounds, --messages, --retries (of noisy runs), --broker URL, --quick (few messages,
 * one round, writes nothing), --profile FOLDER (CPU profiles of the Node processes, writes nothing else).
 */

import { parseArgs } from 'node:util'

import { main, say } from '../../scripts/step.mjs'
import { prepare } from '../support/prepare.mjs'
import { measure, options } from './measure.mjs'
import { writePage } from './page.mjs'
import { readResults, writeResults } from './results.mjs'

const { values: given } = parseArgs({ options })

await main(async () => {
  await prepare()
  const measured = await measure(given)
  if (given.quick || given.profile !== undefined) return 0
  const results = { ...readResults(), ...measured }
  writeResults(results)
  writePage(results)
  say('written: bench/results/performance.json, docs/performance.md and its pictures')
  return 0
})
