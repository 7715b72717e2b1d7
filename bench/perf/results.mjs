/** The figures of the last run of each scenario, as they are kept. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'

import { bench } from '../support/prepare.mjs'

const pathOf = (name) => `${bench}/results/${name}.json`

/**
 * @typedef {object} Measured
 * @property {string} when
 * @property {object} machine
 * @property {string} rabbitmq version
 * @property {Record<string, string>} peers versions
 * @property {string} [ceilometer] its version, of bench/agent/ where it took part
 * @property {readonly import('./series.mjs').Run[]} runs
 */

/** @returns {Record<string, Measured>} by the scenario's name; none before the first run */
export function readResults(name = 'performance') {
  return existsSync(pathOf(name)) ? JSON.parse(readFileSync(pathOf(name), 'utf8')) : {}
}

/** A line for each run, so that a reader of a difference sees which has changed. */
export function writeResults(results, name = 'performance') {
  const texts = Object.entries(results).map(([scenario, { runs, ...rest }]) => {
    const lines = runs.map((run) => `  ${JSON.stringify(run, rounded)}`).join(',\n')
    return ` ${JSON.stringify(scenario)}: {${JSON.stringify(rest).slice(1, -1)}, "runs": [\n${lines}\n ]}`
  })
  writeFileSync(pathOf(name), `{\n${texts.join(',\n')}\n}\n`)
}

const rounded = (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)
