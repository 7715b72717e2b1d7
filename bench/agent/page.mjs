/** The results as docs/agent/performance.md shows them. */

import { root } from '../../scripts/step.mjs'
import { between, figure, spreadOf } from '../perf/figures.mjs'
import { goalTable, resultTable } from '../perf/page.mjs'
import { withReach } from '../perf/words.mjs'
import { paragraph, table, writePart } from '../support/generated.mjs'
import { goals } from './goals.mjs'
import { conversions, DEFINITIONS, endToEnd, growth } from './scenarios.mjs'

const page = `${root}/docs/agent/performance.md`

/** Only the parts that were measured. @param {Partial<Record<string, import('../perf/results.mjs').Measured>>} results */
export function writePage(results) {
  const parts = {
    'agent-goals': goalTable(goals, results),
    'agent-conversion': part(results, conversions, conversionTable),
    'agent-growth': part(results, growth, growthTable),
    'agent-end-to-end': part(results, [endToEnd], ([{ runs }]) => resultTable(endToEnd, runs)),
  }
  for (const [name, text] of Object.entries(parts)) if (text !== undefined) writePart(page, name, text)
}

function part(results, scenarios, tableOf) {
  const [first] = scenarios.map(({ name }) => results[name])
  if (first === undefined) return undefined
  const measured = scenarios.map((scenario) => ({ ...scenario, runs: results[scenario.name].runs }))
  return [tableOf(measured), paragraph(footOf(first))].join('\n\n')
}

function conversionTable(measured) {
  const rows = measured.map(({ of, makes, runs }) => [
    of,
    makes,
    cell(spreadOf(runs, 'tocsin', figure.cpu)),
    cell(spreadOf(runs, 'ceilometer', figure.cpu)),
    cell(between(runs, ['ceilometer', 'tocsin'], figure.cpu)),
  ])
  return table([['notifications', 'make', 'tocsin, us', 'Ceilometer, us', 'ratio'], ...rows], { left: 2 })
}

function growthTable(measured) {
  const sizes = Object.values(DEFINITIONS)
  const names = sizes.map((size) => `definitions-${size}`)
  const rows = measured.map(({ of, runs }) => [
    of,
    ...names.map((name) => cell(spreadOf(runs, name, figure.cpu))),
    cell(between(runs, names.toReversed(), figure.cpu)),
  ])
  return table([
    ['samples of', ...sizes.map((size) => `${size.toLocaleString('en')} definitions, us`), 'ratio'],
    ...rows,
  ])
}

const cell = (spread) => (spread === undefined ? 'not measured' : withReach(spread))

function footOf({ when, machine, rabbitmq, ceilometer, runs }) {
  const rounds = Math.max(...runs.map(({ round }) => round))
  return [
    `\`npm run bench:agent\`, ${when} UTC, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`,
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node.slice(1)}`,
    `RabbitMQ ${rabbitmq}, Ceilometer ${ceilometer ?? 'not installed'}.`,
  ].join('; ')
}
