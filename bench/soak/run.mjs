/**
 * `npm run bench:soak -- --minutes 10`: a steady load while the broker and the network break, from a seeded schedule. Writes
 * bench/results/soak.json, docs/soak.svg and the figures in docs/reliability.md; ends with 1 when a check fails.
 * Options: --minutes, --rate (notifications per second), --seed (that of an earlier run), --dry (writes nothing).
 */

import { fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { openSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import { Advice, main, root, say } from '../../scripts/step.mjs'
import { paragraph, table, writePart } from '../support/generated.mjs'
import { bench, journals, machine, prepare } from '../support/prepare.mjs'
import { Proxy } from '../support/proxy.mjs'
import { breakThings } from './breakage.mjs'
import { picture } from './picture.mjs'
import { schedule } from './schedule.mjs'
import { verdict } from './verdict.mjs'

/** Seconds. The links and brokers of the schedule stand still for shorter and for longer than it takes to notice. */
const HEARTBEAT = 5
const END_TIMEOUT = 150_000
const EXIT_TIMEOUT = 10_000
const LEAST_MINUTES = 2
/** More samples than a picture can show are thinned out. */
const MOST_SAMPLES = 900

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    dry: { type: 'boolean', default: false },
  },
})

await main(async () => {
  const [minutes, rate, seed] = [options.minutes, options.rate, options.seed].map(Number)
  if (!(minutes >= LEAST_MINUTES))
    throw new Advice(
      `--minutes wants ${LEAST_MINUTES} or more (the first one warms up); found '${options.minutes}'`,
    )
  await prepare()
  const head = { when: new Date().toISOString().slice(0, 16), minutes, rate, seed, machine: machine() }
  say(`the same faults again: npm run bench:soak -- --minutes ${minutes} --rate ${rate} --seed ${seed}`)
  const run = await soak(rate, { faults: schedule(seed, minutes * 60_000), length: minutes * 60_000 })
  const checks = verdict(run)
  for (const { check, found, passes } of checks) say(`${passes ? 'ok    ' : 'FAILED'} ${check}: ${found}`)
  if (!options.dry) record({ ...head, checks, ...run })
  return checks.every(({ passes }) => passes) ? 0 : 1
})

/** @returns {Promise<{ samples: object[], marks: object[], result: object, exits: boolean }>} */
async function soak(rate, { faults, length }) {
  const node = await RabbitNode.start()
  const proxy = await Proxy.start(node.port)
  const url = `rabbit://guest:guest@127.0.0.1:${proxy.port}/?heartbeat_timeout_threshold=${HEARTBEAT}&rabbit_interval_max=5`
  const output = openSync(`${journals()}/soak.output`, 'w')
  const child = fork(
    fileURLToPath(new URL('process.mjs', import.meta.url)),
    [JSON.stringify({ url, rate })],
    {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', output, output, 'ipc'],
    },
  )
  const samples = []
  child.on('message', ({ sample }) => sample && samples.push(sample))
  const ended = once(child, 'exit').then(([code]) => code)
  const orFailure = (wanted) =>
    Promise.race([wanted, ended.then((code) => Promise.reject(new Error(`the process ended with ${code}`)))])
  try {
    await orFailure(told(child, 'ready'))
    const marks = await orFailure(breakThings(faults, { node, proxy, length }))
    child.send('end')
    const result = await orFailure(atMost(END_TIMEOUT, told(child, 'result')))
    const exits = (await atMost(EXIT_TIMEOUT, ended)) === 0
    return { samples, marks, result, exits }
  } finally {
    child.kill('SIGKILL')
    await proxy.close()
    await node.remove()
  }
}

function record(run) {
  const step = Math.ceil(run.samples.length / MOST_SAMPLES)
  const samples = run.samples.filter(
    (sample, index) => index % step === 0 || sample.heapAfterGc !== undefined,
  )
  writeFileSync(`${bench}/results/soak.json`, asJson({ ...run, samples }))
  writeFileSync(`${root}/docs/soak.svg`, picture({ ...run, samples }))
  writePart(`${root}/docs/reliability.md`, 'bench-soak', summary(run))
  say('written: bench/results/soak.json, docs/soak.svg and the figures of docs/reliability.md')
}

/** A line for each sample: long lists of objects are no use to a reader otherwise. */
function asJson({ samples, ...rest }) {
  const lines = samples.map((sample) => JSON.stringify(sample)).join(',\n')
  return `${JSON.stringify(rest, undefined, 1).slice(0, -2)},\n "samples": [\n${lines}\n]\n}\n`
}

function summary({ when, minutes, rate, seed, machine: { node, cores }, checks, result, samples, marks }) {
  const peak = Math.round(Math.max(...samples.map(({ rss }) => rss)) / 2 ** 20)
  const kinds = [...new Set(marks.map(({ kind }) => kind))]
    .map((kind) => `${marks.filter((mark) => mark.kind === kind).length} ${kind}`)
    .join(', ')
  const head =
    `${when} UTC, ${minutes} minutes at ${rate}/s, seed ${seed}, Node ${node.slice(1)}, ${cores} cores. ${marks.length} faults: ${kinds}. ` +
    `${result.offered.toLocaleString('en')} notifications with a handler, ${result.unwanted.toLocaleString('en')} that a filter drops, ` +
    `${result.repeated} handled twice; most memory ${peak} MiB.`
  return `${paragraph(head)}\n\n${table([['check', 'found', 'passed'], ...checks.map(asRow)], { left: 3 })}`
}

function asRow({ check, found, passes }) {
  return [check, found, passes ? 'yes' : '**no**']
}

/** What the process says under this name. */
function told(child, name) {
  return new Promise((resolve) => {
    child.on('message', (message) => name in message && resolve(message[name]))
  })
}

/** `undefined`, when the time is up. */
function atMost(time, wanted) {
  return Promise.race([wanted, sleep(time, undefined, { ref: false })])
}
