/** Conversion alone: rounds of each contender in a process of its own, so that what drifts meets all of them. */

import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { say } from '../../scripts/step.mjs'
import { figuresOf, PYTHON } from '../perf/child.mjs'
import { figure } from '../perf/figures.mjs'
import { furtherDefinitions, golden } from './golden.mjs'
import { conversions, DEFINITIONS, growth } from './scenarios.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/** CPU of each measurement, and before it, in milliseconds. */
const LENGTH = { ms: 1_000, warmMs: 500 }
const QUICK = { ms: 100, warmMs: 50 }

const tocsin = (profile) => [
  process.execPath,
  ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
  here('process.mjs'),
]
const ceilometer = [PYTHON, here('python/conversion.py')]

/** @typedef {{ rounds: number, isQuick: boolean, hasCeilometer: boolean, profile?: string, folder: string }} Settings */

/** @param {Settings} settings @returns {Promise<Record<string, object[]>>} runs by the scenario's name */
export async function conversionRuns(settings) {
  const contenders = [{ name: 'tocsin', command: tocsin(settings.profile) }]
  if (settings.hasCeilometer) contenders.push({ name: 'ceilometer', command: ceilometer })
  return rounds(conversions, contenders, settings)
}

/** The same with more and more definitions. @param {Settings} settings */
export async function growthRuns(settings) {
  const further = `${settings.folder}/further.yaml`
  writeFileSync(further, furtherDefinitions(DEFINITIONS.many - DEFINITIONS.few))
  const contenders = Object.entries({ few: [], many: [further] }).map(([size, files]) => ({
    name: `definitions-${DEFINITIONS[size]}`,
    command: tocsin(settings.profile),
    meters: [golden.meters, ...files],
    definitions: DEFINITIONS[size],
  }))
  return rounds(growth, contenders, settings)
}

async function rounds(works, contenders, { rounds: count, isQuick }) {
  const runs = Object.fromEntries(works.map(({ name }) => [name, []]))
  for (let round = 1; round <= count; round += 1) {
    for (const {
      name: contender,
      command,
      meters = [golden.meters],
      definitions = DEFINITIONS.few,
    } of contenders) {
      const order = { ...golden, works, meters, ...(isQuick ? QUICK : LENGTH) }
      const figures = await figuresOf(command, order)
      // What left some out would be fast.
      if (figures.definitions !== definitions)
        throw new Error(`${contender} uses ${figures.definitions} meter definitions, not ${definitions}`)
      for (const { name } of works) runs[name].push({ round, contender, ...figures.works[name] })
      say(
        `  ${round} ${contender}: ${works.map(({ name }) => inShort(name, figures.works[name])).join(', ')}`,
      )
    }
  }
  return runs
}

const inShort = (name, run) => `${name} ${figure.cpu(run).toFixed(2)} us`
