/** What a measurement needs before it can start: the built library, the packages of this folder, a RabbitMQ. Built-ins only. */

import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

import { aptInstall, canUseApt } from '../../scripts/apt.mjs'
import { build, installWhatIsMissing } from '../../scripts/prepare.mjs'
import { findRabbitServer } from '../../scripts/rabbit-node.mjs'
import { Advice, must, say } from '../../scripts/step.mjs'

/** The folder of bench/package.json, without a slash at the end. */
export const bench = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Installs and builds what is missing. Rejects with advice where that can't be done. */
export async function prepare() {
  await installWhatIsMissing()
  build()
  await installPeers()
  if (findRabbitServer() !== undefined) return
  if (!canUseApt()) throw new Advice('There is no rabbitmq-server: apt-get install rabbitmq-server')
  await aptInstall('rabbitmq-server')
}

/** The folder for what the processes of this run write down and print. */
export function journals() {
  const folder = `${bench}/results/journals`
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Name -> version of the packages that are measured. */
export function peers() {
  return packageFile('package.json').dependencies
}

/** The machine and what else it was doing, for the record. */
export function machine() {
  return {
    cpu: cpus()[0]?.model.trim(),
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadBefore: loadavg().map((load) => Number(load.toFixed(2))),
  }
}

async function installPeers() {
  const stale = Object.entries(peers()).filter(([name, version]) => installed(name) !== version)
  if (stale.length === 0) return
  say(`npm install in bench/ (missing: ${stale.map(([name]) => name).join(', ')})`)
  await must('npm', ['install', '--no-audit', '--no-fund'], { cwd: bench })
}

function installed(name) {
  const path = `node_modules/${name}/package.json`
  return statSync(`${bench}/${path}`, { throwIfNoEntry: false }) && packageFile(path).version
}

function packageFile(path) {
  return JSON.parse(readFileSync(`${bench}/${path}`, 'utf8'))
}
