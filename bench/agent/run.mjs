/**
 * `npm run bench:agent`: the notification agent beside the real Ceilometer. Writes bench/results/agent.json and the tables of
 * docs/agent/performance.md; what is left out keeps its earlier figures.
 * Options: --only (parts of `conversion`, `growth`, `end-to-end`, with commas), --rounds, --quick (one short round, writes nothing), --profile FOLDER
 * (CPU profiles of the Node processes, writes nothing else).
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { aptInstall, canUseApt } from '../../scripts/apt.mjs'
import { main, outputOf, say, succeeds } from '../../scripts/step.mjs'
import { Broker } from '../perf/broker.mjs'
import { PYTHON } from '../perf/child.mjs'
import { readResults, writeResults } from '../perf/results.mjs'
import { machine, peers, prepare } from '../support/prepare.mjs'
import { conversionRuns, growthRuns } from './conversion.mjs'
import { endToEndRuns } from './end-to-end.mjs'
import { writePage } from './page.mjs'

const PACKAGE = 'ceilometer-agent-notification'
const SCRIPT = 'import ceilometer.version as v; print(v.version_info.version_string())'

/** Each gives runs by the names of its scenarios. By itself it takes as many rounds. */
const parts = {
  conversion: { rounds: 3, runs: conversionRuns },
  growth: { rounds: 3, runs: growthRuns },
  'end-to-end': {
    rounds: 3,
    runs: async (settings, broker) => ({ 'end-to-end': await endToEndRuns(settings, broker) }),
  },
}

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
})

await main(async () => {
  await prepare()
  const results = { ...readResults('agent'), ...(await measure()) }
  if (given.quick || given.profile !== undefined) return 0
  writeResults(results, 'agent')
  writePage(results)
  say('written: bench/results/agent.json, docs/agent/performance.md')
  return 0
})

async function measure() {
  const ceilometer = await versionOfCeilometer()
  const where = machine()
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-agent-'))
  const broker = await Broker.start()
  const measured = {}
  try {
    for (const [name, part] of chosen(given.only)) {
      say(name)
      const rounds = given.quick ? 1 : Number(given.rounds ?? part.rounds)
      const settings = { rounds, isQuick: given.quick, hasCeilometer: ceilometer !== undefined, folder }
      const about = { when: new Date().toISOString().slice(0, 16), machine: where, rabbitmq: broker.version }
      const found = await part.runs({ ...settings, profile: given.profile }, broker)
      for (const [scenario, runs] of Object.entries(found))
        measured[scenario] = { ...about, ceilometer, peers: { amqplib: peers().amqplib }, runs }
    }
  } finally {
    await broker.stop()
    rmSync(folder, { recursive: true })
  }
  return measured
}

/** Installed where that can be done; undefined where it can not, and its part is left out. */
async function versionOfCeilometer() {
  if (!succeeds(PYTHON, ['-c', 'import ceilometer']) && canUseApt()) {
    try {
      await aptInstall(PACKAGE)
    } catch (error) {
      say(error.message)
    }
  }
  const found = succeeds(PYTHON, ['-c', SCRIPT]) ? outputOf(PYTHON, ['-c', SCRIPT]) : undefined
  if (found === undefined)
    say(
      `no Ceilometer in ${PYTHON}: its part is left out (apt-get install --no-install-recommends ${PACKAGE})`,
    )
  return found
}

function chosen(only) {
  const words = only.split(',').filter(Boolean)
  const named = Object.entries(parts).filter(
    ([name]) => words.length === 0 || words.some((word) => name.includes(word)),
  )
  if (named.length === 0) throw new Error(`--only names none of ${Object.keys(parts).join(', ')}`)
  return named
}
