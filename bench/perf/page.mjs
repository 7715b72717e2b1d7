/** The results as docs/performance.md shows them: goals, and for each scenario a picture and a table. */

import { mkdirSync, writeFileSync } from 'node:fs'

import { root } from '../../scripts/step.mjs'
import { paragraph, table, writePart } from '../support/generated.mjs'
import { bars } from './bars.mjs'
import { between, figure, spreadOf } from './figures.mjs'
import { isMet, goals as ownGoals } from './goals.mjs'
import { scenarios } from './scenario.mjs'
import { number, withReach } from './words.mjs'

/** @typedef {{ head: string, of: import('./figures.mjs').Of }} Column */

const cpu = { head: 'client CPU, us', of: figure.cpu }
const broker = { head: 'broker CPU, us', of: figure.broker }
const peak = { head: 'peak, MiB', of: figure.memory }

/** By what a scenario shows. The first column is what contenders are compared by. @type {Record<string, readonly Column[]>} */
const columns = {
  rate: [{ head: 'messages/s', of: figure.rate }, cpu, broker, peak],
  cost: [{ head: 'us each', of: figure.cost }, cpu, peak],
  latency: [{ head: 'p50, us', of: figure.p50 }, { head: 'p99, us', of: figure.p99 }, cpu, broker],
  time: [{ head: 'ms', of: figure.time }, { head: 'CPU, ms', of: (run) => figure.cpu(run) / 1000 }, peak],
  memory: [peak, { head: 'at rest, MiB', of: figure.rest }, { head: 'messages/s', of: figure.rate }, cpu],
}

/** @param {Partial<Record<string, import('./results.mjs').Measured>>} results */
export function writePage(results) {
  const page = `${root}/docs/performance.md`
  mkdirSync(`${root}/docs/performance`, { recursive: true })
  writePart(page, 'bench-goals', goalTable(ownGoals, results))
  const measured = scenarios.filter(({ name }) => results[name] !== undefined)
  for (const scenario of measured)
    writeFileSync(
      `${root}/docs/performance/${scenario.name}.svg`,
      picture(scenario, results[scenario.name].runs),
    )
  writePart(
    page,
    'bench-scenarios',
    measured.map((scenario) => section(scenario, results[scenario.name])).join('\n\n'),
  )
}

/** Each goal, what was measured of it, and whether it is met. */
export function goalTable(goals, results) {
  const rows = goals.map((goal) => {
    const wanted = goal.atLeast === undefined ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast.toLocaleString('en')}`
    const measured = goal.measure(results[goal.scenario]?.runs ?? [])
    if (measured === undefined) return [goal.work, goal.figure, wanted, 'not measured', '']
    const met = isMet(goal, measured.median) ? 'yes' : '**no**'
    return [goal.work, goal.figure, wanted, withReach(measured), met]
  })
  return table([['work', 'figure', 'goal', 'measured', 'met'], ...rows], { left: 2 })
}

function section(scenario, { when, machine, rabbitmq, peers, runs }) {
  const { name, title, about, leaves } = scenario
  const rounds = Math.max(...runs.map(({ round }) => round))
  const where = `${when} UTC, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}; ${machine.cpu}, ${machine.cores} cores, Node ${machine.node.slice(1)}`
  const versions = Object.entries(peers)
    .map(([peer, version]) => `${peer} ${version}`)
    .join(', ')
  const foot = leaves === undefined ? `${where}.` : `${where}, RabbitMQ ${rabbitmq}. ${versions}.`
  return [
    `### ${title}`,
    paragraph(about),
    `![${title}: bars of the table below](performance/${name}.svg)`,
    resultTable(scenario, runs),
    paragraph(foot),
  ].join('\n\n')
}

/** A row for each contender. */
export function resultTable({ contenders, shows, base }, runs) {
  const [first, ...others] = columns[shows]
  const head = ['', first.head, 'min to max', `ratio`, ...others.map((column) => column.head), 'runs (noisy)']
  const rows = present(contenders, runs).map(({ name, label }) => {
    const { median, min, max } = spreadOf(runs, name, first.of)
    const own = runs.filter(({ contender }) => contender === name)
    return [
      label,
      number(median),
      `${number(min)} to ${number(max)}`,
      ratioCell(between(runs, [name, base], first.of), { isBase: name === base }),
      ...others.map((column) => number(spreadOf(runs, name, column.of).median)),
      `${own.length} (${own.filter(({ isNoisy }) => isNoisy).length})`,
    ]
  })
  return table([head, ...rows])
}

function ratioCell(ratio, { isBase }) {
  if (isBase) return '1'
  return ratio === undefined ? '' : withReach(ratio)
}

function picture({ title, contenders, shows }, runs) {
  const panels = columns[shows].slice(0, 2)
  return bars({
    title,
    panels: panels.map(({ head }) => head),
    rows: present(contenders, runs).map(({ name, label }) => ({
      label,
      isOurs: label.startsWith('tocsin') || label.startsWith('worker-pool'),
      values: panels.map(({ of }) => spreadOf(runs, name, of)),
    })),
  })
}

/** Contenders that took part: oslo.messaging is not installed everywhere. */
function present(contenders, runs) {
  return contenders.filter(({ name }) => runs.some(({ contender }) => contender === name))
}
