/**
 * `npm run test:faults`: the fault campaign. Installs what is missing, builds, finds or brings a rabbitmq-server (the cases start private
 * nodes and break those), and runs jest over the `*.fault.ts` files here, one after another. Other arguments go to jest.
 *
 *   --long         full counts and durations; default: a form of some minutes, as in CI
 *   --seed N       repeats the random schedule of faults of another run
 *   --only NAME    the cases whose name holds NAME
 *   --write-docs   puts the figures into the table of docs/reliability.md
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { aptInstall, canUseApt } from '../../scripts/apt.mjs'
import { build, installWhatIsMissing } from '../../scripts/prepare.mjs'
import { findRabbitServer } from '../../scripts/rabbit-node.mjs'
import { Advice, main, root, say } from '../../scripts/step.mjs'
import { writeTable } from './table.mjs'

const RESULTS = join(root, 'test/faults/.results/cases.jsonl')
const HELP = `The fault campaign breaks RabbitMQ nodes of its own, and found no rabbitmq-server to start. One of these helps:
  - apt-get install rabbitmq-server (the service need not run)
  - the folder of rabbitmq-server on the PATH`

await main(async () => {
  const { options, rest } = parse(process.argv.slice(2))
  endOnSignals()
  await installWhatIsMissing()
  build()
  await bringServer()
  rmSync(RESULTS, { force: true })
  mkdirSync(join(RESULTS, '..'), { recursive: true })
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-faults-'))
  const seed = options.seed ?? String(Date.now() % 1_000_000)
  say(`seed ${seed}; \`npm run test:faults -- --seed ${seed}\` repeats its schedule of faults`)
  const code = await runJest(rest, { ...options, seed, folder })
  if (options.writeDocs && code === 0) writeTable(RESULTS, { isLong: options.long })
  return code
})

/** Resolves with jest's exit code; ended when this process ends, or after the limit, together with what it started. */
async function runJest(args, { long, only, seed, folder }) {
  const jest = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      ...args,
      ...(only === undefined ? [] : [`--testNamePattern=${only.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`]),
      '--testMatch=<rootDir>/test/faults/**/*.fault.ts',
      '--runInBand',
    ],
    {
      cwd: root,
      stdio: 'inherit',
      // A process group of its own: jest, and what its tests started beside the nodes.
      detached: true,
      env: {
        ...process.env,
        TOCSIN_FAULTS_LONG: long ? '1' : '',
        TOCSIN_FAULTS_SEED: seed,
        TOCSIN_FAULTS_RESULTS: RESULTS,
        TMPDIR: folder,
      },
    },
  )
  const end = () => {
    // The nodes first: one that misses its port mapper starts another.
    endNodesIn(folder)
    endGroup(jest.pid)
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  process.once('exit', end)
  const limit = setTimeout(() => endGroup(jest.pid), long ? 4 * 3_600_000 : 30 * 60_000)
  const [code] = await once(jest, 'close')
  clearTimeout(limit)
  return code ?? 128
}

function parse(args) {
  /** @type {{ long: boolean, writeDocs: boolean, seed?: string, only?: string }} */
  const options = { long: false, writeDocs: false }
  const rest = []
  for (let index = 0; index < args.length; index += 1) {
    const [name, joined] = args[index].split(/=(.*)/s)
    const value = () => {
      const found = joined ?? args[(index += 1)]
      if (found === undefined) throw new Advice(`${name} wants a value`)
      return found
    }
    if (name === '--long') options.long = true
    else if (name === '--write-docs') options.writeDocs = true
    else if (name === '--seed') options.seed = value()
    else if (name === '--only') options.only = value()
    else rest.push(args[index])
  }
  if (options.seed !== undefined && !/^\d+$/.test(options.seed))
    throw new Advice(`--seed wants a whole number; found '${options.seed}'`)
  if (options.writeDocs && (options.only !== undefined || rest.length > 0))
    throw new Advice(
      '--write-docs writes the table of a whole run; leave out --only and what is meant for jest',
    )
  return { options, rest }
}

async function bringServer() {
  if (findRabbitServer() !== undefined) return
  if (!canUseApt()) throw new Advice(HELP)
  await aptInstall('rabbitmq-server')
  if (findRabbitServer() === undefined) throw new Advice(HELP)
}

/** Inside jest no code runs at the exit of the process, so that a run that is ended from outside leaves its nodes behind. */
function endNodesIn(folder) {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name, 'group')
    if (existsSync(file)) endGroup(Number(readFileSync(file, 'utf8')))
  }
}

function endGroup(leader) {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

/** An end by a signal is an end like others: what was started is stopped. */
function endOnSignals() {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.once(signal, () => process.exit(code))
  }
}
