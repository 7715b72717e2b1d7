/** The figures of the last run of each scenario, as they are kept. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'

import { bench } from '../support/prepare.mjs'

const path = `${bench}/results/performance.json`

/**
 * @typedef {object} Measured
 * @property {string} when
 * @property {object} machine
 * @property {string} rabbitmq version
 * @property {Record<string, string>} peers versions
 * @property {readonly import('./series.mjs').Run[]} runs
 */

/** @returns {Record<string, Measured>} by the scenario's name; none before the first run */
export function readResults() {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

/** A line for each run, so that a reader of a difference sees which has changed. */
export function writeResults(results) {
  const texts = Object.entries(results).map(([name, { runs, ...rest }]) => {
    const lines = runs.map((run) => `  ${JSON.stringify(run, rounded)}`).join(',\n')
    return ` ${JSON.stringify(name)}: {${JSON.stringify(rest).slice(1, -1)}, "runs": [\n${lines}\n ]}`
  })
  writeFileSync(path, `{\n${texts.join(',\n')}\n}\n`)
}

const rounded = (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)
