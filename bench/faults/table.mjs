/** The results as people read them. */

import { paragraph, table } from '../support/generated.mjs'

const HEAD = [
  'library',
  'offered',
  'confirmed',
  'rejected',
  'unsettled',
  '**lost**',
  'stuck',
  'handled twice',
  'recovery s',
  'crashes',
  'peak MiB',
  'ends',
]

/** One table: a row for each library under each fault. Counts are sums over the rounds, times and memory medians. */
export function asTable({ when, machine, rate, peers, runs }, faults) {
  const groups = faults
    .map((fault) => [fault, runs.filter((run) => run.fault === fault.name)])
    .filter(([, found]) => found.length > 0)
  const rows = groups.flatMap(([fault, found]) => [
    [`**${fault.title}**`, ...HEAD.slice(1).map(() => '')],
    ...librariesOf(found).map((library) =>
      row(
        library,
        found.filter((run) => run.library === library),
      ),
    ),
  ])
  const rounds = Math.max(...runs.map(({ round }) => round))
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`)
  const head =
    `${rounds === 1 ? 'One round' : `${rounds} rounds, counts added up`}, ${when} UTC; ${rate} messages/s for each library; ` +
    `Node ${machine.node.slice(1)}, ${machine.cores} cores; ${versions.join(', ')}.`
  return `${paragraph(head)}\n\n${table([HEAD, ...rows])}`
}

const librariesOf = (runs) => [...new Set(runs.map(({ library }) => library))]

function row(library, runs) {
  const sum = (name) => runs.reduce((total, run) => total + run[name], 0)
  const inherent = sum('lostWithQueue')
  return [
    library,
    sum('offered'),
    sum('confirmed'),
    sum('rejected'),
    sum('unsettled'),
    `**${sum('lost')}**${inherent > 0 ? ` (+${inherent} with the queue)` : ''}`,
    sum('stuck'),
    sum('duplicates'),
    recovery(runs),
    runs.reduce((total, { crashes }) => total + crashes.length, 0),
    median(runs.map(({ peakRssMiB }) => peakRssMiB)),
    ending(runs),
  ]
}

function recovery(runs) {
  const times = runs.map(({ recoveryMs }) => recoveryMs ?? Infinity).sort((one, other) => one - other)
  const text = (time) => (time === Infinity ? 'never' : (time / 1000).toFixed(1))
  const [least, most] = [text(times[0]), text(times.at(-1))]
  if (least === most) return least
  return times.length < 3 ? `${least}..${most}` : `${text(median(times))} (${least}..${most})`
}

function ending(runs) {
  if (runs.every(({ exits }) => exits)) return 'yes'
  return runs.every(({ closes }) => closes) ? 'close() does, the process does not' : 'close() does not'
}

function median(values) {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor((sorted.length - 1) / 2)]
}
