/**
 * `npm run bench:faults`: the same faults at the same time to tocsin and its peers. Writes bench/results/faults.json and the table in
 * docs/reliability.md. Options: --only (parts of names of faults or libraries, with commas), --rounds, --rate, --dry (writes nothing).
 */

import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import { main, root, say } from '../../scripts/step.mjs'
import { writePart } from '../support/generated.mjs'
import { drain } from '../support/operator.mjs'
import { bench, journals, machine, peers, prepare } from '../support/prepare.mjs'
import { compared, libraries, settings } from './adapter.mjs'
import { Contender } from './contender.mjs'
import { faults } from './faults.mjs'
import { recoveryTime, score } from './score.mjs'
import { asTable } from './table.mjs'

const WARM_UP = 3_000
/** Load goes on after the fault until all work as before, at most so long. */
const WATCH = 30_000
/** After the load: until nothing is unsettled or missing, at most so long. Longer than a publish may take. */
const GRACE = 35_000

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '1' },
    rate: { type: 'string', default: '100' },
    dry: { type: 'boolean', default: false },
  },
})

await main(async () => {
  await prepare()
  const where = machine()
  const words = options.only.split(',').filter(Boolean)
  const chosen = { faults: choose(faults, words, ({ name }) => name), libraries: choose(libraries, words) }
  const runs = []
  for (let round = 1; round <= Number(options.rounds); round += 1) {
    for (const fault of chosen.faults) {
      say(`round ${round}: ${fault.title}`)
      for (const run of await contest(fault, chosen.libraries)) {
        runs.push({ round, ...run })
        say(`  ${run.library}: ${summary(run)}`)
        for (const [text, times] of Object.entries(run.rejections)) say(`    ${times} x ${text}`)
        for (const crash of run.crashes) say(`    crashed: ${crash}`)
      }
    }
  }
  const results = {
    when: new Date().toISOString().slice(0, 16),
    machine: where,
    rate: Number(options.rate),
    settings,
    peers: Object.fromEntries(Object.entries(peers()).filter(([name]) => compared.includes(name))),
    runs,
  }
  if (!options.dry) record(results)
  return 0
})

/** One fault, all libraries side by side, on a broker of their own. */
async function contest(fault, names) {
  const node = await RabbitNode.start()
  const contenders = names.map((library) => new Contender(library, journals()))
  try {
    // Not in rabbitmq.conf, which does not know all of them. Channels read them when they are opened.
    for (const [name, value] of Object.entries(fault.broker ?? {}))
      await node.ctl('eval', `application:set_env(rabbit, ${name}, ${value}).`)
    for (const contender of contenders) await contender.start(node)
    for (const contender of contenders) contender.offer(Number(options.rate))
    await sleep(WARM_UP)
    const since = await fault.happen({ node, contenders })
    await atMost(WATCH, () =>
      contenders.every(({ ledger }) => recoveryTime(ledger.read(), since) !== undefined),
    )
    for (const contender of contenders) contender.rest()
    await atMost(GRACE, () => contenders.every(({ ledger }) => isSquare(ledger.read())))
    const runs = []
    for (const contender of contenders) runs.push(await judge(contender, { fault, since, node }))
    return runs
  } finally {
    for (const contender of contenders) await contender.remove()
    await node.remove()
  }
}

async function judge(contender, { fault, since, node }) {
  const { library, ledger, names, crashes } = contender
  const { idOf } = await import(`./adapters/${library}.mjs`)
  const end = await contender.close()
  const left = new Set((await drain(node.url, names.queue)).map((body) => idOf(body)))
  const { takesMessages } = fault
  return {
    fault: fault.name,
    library,
    ...score(ledger.read(), { since, takesMessages, left }),
    crashes,
    ...end,
  }
}

function record(results) {
  writeFileSync(`${bench}/results/faults.json`, `${JSON.stringify(results, undefined, 1)}\n`)
  writePart(`${root}/docs/reliability.md`, 'bench-faults', asTable(results, faults))
  say('written: bench/results/faults.json and the table of docs/reliability.md')
}

/** Nothing is open: each promise settled, each confirmed message handled. */
function isSquare(ledger) {
  return ledger.missing.length === 0 && ledger.unsettled.length === 0
}

async function atMost(time, isDone) {
  for (const deadline = Date.now() + time; Date.now() < deadline && !isDone(); ) await sleep(500)
}

/** Those that a word names; all, where no word names one of this list. */
function choose(list, words, nameOf = (one) => one) {
  const named = list.filter((one) => words.some((word) => nameOf(one).includes(word)))
  return named.length > 0 ? named : list
}

function summary(run) {
  const { offered, confirmed, rejected, unsettled, lost, lostWithQueue, stuck, duplicates } = run
  const recovery = run.recoveryMs === null ? 'never' : `${run.recoveryMs} ms`
  const end = run.exits ? 'exits' : run.closes ? 'does not exit' : 'does not close'
  return (
    `${offered} offered, ${confirmed} confirmed, ${rejected} rejected, ${unsettled} unsettled, ${lost} lost (+${lostWithQueue}), ` +
    `${stuck} stuck, ${duplicates} twice, recovery ${recovery}, ${run.crashes.length} crashes, ${run.peakRssMiB} MiB, ${end}`
  )
}
