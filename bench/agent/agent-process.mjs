/** An agent under measurement, with all processes that it starts: they are one group. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { cpuOf } from '../perf/cpu.mjs'

const STOP_TIMEOUT = 20_000

export class AgentProcess {
  #child
  #log
  #ended

  /** @param {import('./agents.mjs').Agent} agent @param {string} log file for what it says */
  constructor({ command: [command, ...args], env }, log) {
    const output = openSync(log, 'a')
    this.#log = log
    this.#child = spawn(command, args, {
      stdio: ['ignore', output, output],
      detached: true,
      env: { ...process.env, NODE_ENV: 'production', ...env },
    })
    closeSync(output)
    this.#ended = once(this.#child, 'exit')
    process.once('exit', this.#kill)
  }

  get isRunning() {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Of the whole group. */
  get pids() {
    return groupOf(this.#child.pid)
  }

  /** Of the whole group, in microseconds. */
  get cpuUs() {
    return this.pids.reduce((sum, pid) => sum + (orUndefined(() => cpuOf(pid)) ?? 0), 0)
  }

  /** The most that its processes ever had, together. */
  get peakMiB() {
    return this.pids.reduce((sum, pid) => sum + (orUndefined(() => peakOf(pid)) ?? 0), 0)
  }

  /** Stands still, with its sockets open. */
  pause() {
    process.kill(-this.#child.pid, 'SIGSTOP')
  }

  resume() {
    process.kill(-this.#child.pid, 'SIGCONT')
  }

  lastWords() {
    return readFileSync(this.#log, 'utf8').slice(-2_000)
  }

  /** As an operator would; killed after 20 seconds. */
  async stop() {
    if (this.isRunning) process.kill(this.#child.pid, 'SIGTERM')
    await Promise.race([this.#ended, sleep(STOP_TIMEOUT, undefined, { ref: false })])
    this.#kill()
    await this.#ended
    process.off('exit', this.#kill)
  }

  #kill = () => {
    try {
      process.kill(-this.#child.pid, 'SIGKILL')
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }
}

/** The processes of a group, but those that only wait to be taken notice of. */
function groupOf(leader) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const stat = orUndefined(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
      if (stat === undefined) return false
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return state !== 'Z' && Number(group) === leader
    })
}

function peakOf(pid) {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(found?.[1] ?? 0) / 1024
}

/** Of a process that ends while it is looked at. */
function orUndefined(look) {
  try {
    return look()
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined
    throw error
  }
}
