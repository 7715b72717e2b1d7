/** One library in a process of its own, behind a proxy of its own, as the one that measures sees it. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { Ledger } from '../support/journal.mjs'
import { Proxy } from '../support/proxy.mjs'
import { namesFor } from './adapter.mjs'

const READY_TIMEOUT = 30_000
const CLOSE_TIMEOUT = 20_000
const EXIT_TIMEOUT = 10_000
const RESTART_DELAY = 1_000

export class Contender {
  library
  names
  proxy
  ledger
  /** What ended the process before its time, a line for each. */
  crashes = []
  #journal
  #output
  #process
  #life = 0
  #rate = 0
  #isClosing = false
  #restart

  constructor(library, folder) {
    this.library = library
    this.names = namesFor(library)
    this.#journal = `${folder}/${library}.journal`
    this.#output = `${folder}/${library}.output`
    for (const path of [this.#journal, this.#output]) rmSync(path, { force: true })
    this.ledger = new Ledger(this.#journal)
  }

  /** Resolves when it consumes. */
  async start(node) {
    this.proxy = await Proxy.start(node.port)
    await this.#spawn()
  }

  /** Messages per second, until `rest()`. */
  offer(rate) {
    this.#rate = rate
    this.#order({ order: 'offer', rate })
  }

  rest() {
    this.#rate = 0
    this.#order({ order: 'rest' })
  }

  /** The next message's handler takes `time` milliseconds. */
  stall(time) {
    this.#order({ order: 'stall', time })
  }

  /** Asks it to close. Resolves with whether `close()` came to its end, and whether the process then ended by itself. */
  async close() {
    this.#endLife()
    const process = this.#process
    if (process === undefined) return { closes: false, exits: false }
    const exited = once(process, 'exit').then(() => true)
    const closed = until((done) => process.on('message', (word) => word === 'closed' && done(true)))
    this.#order({ order: 'close' })
    const closes = await Promise.race([closed, exited.then(() => false), after(CLOSE_TIMEOUT)])
    const exits = closes && (await Promise.race([exited, after(EXIT_TIMEOUT)]))
    if (!exits) process.kill('SIGKILL')
    await exited
    return { closes, exits }
  }

  async remove() {
    this.#endLife()
    this.#process?.kill('SIGKILL')
    await this.proxy?.close()
    this.ledger.close()
  }

  /** The last lines it printed. */
  lastWords(count = 12) {
    return readFileSync(this.#output, 'utf8').trimEnd().split('\n').slice(-count)
  }

  async #spawn() {
    const output = openSync(this.#output, 'a')
    const order = {
      library: this.library,
      journal: this.#journal,
      port: this.proxy.port,
      names: this.names,
      life: this.#life,
    }
    const child = fork(fileURLToPath(new URL('process.mjs', import.meta.url)), [JSON.stringify(order)], {
      stdio: ['ignore', output, output, 'ipc'],
    })
    this.#process = child
    child.on('exit', (code, signal) => this.#ended(child, code ?? signal))
    const ready = until((done) => child.on('message', (word) => word === 'ready' && done(true)))
    // A process that can't reach the broker yet is no failure of the start after a crash: it gets its orders when it can.
    if (await Promise.race([ready, after(READY_TIMEOUT), once(child, 'exit').then(() => false)])) {
      if (this.#rate > 0) this.offer(this.#rate)
    } else if (this.#life === 0) {
      throw new Error(`${this.library} did not start: ${this.lastWords().join('\n')}`)
    }
  }

  /** As a process manager does: what dies is started again. Its unsettled promises have died with it. */
  #ended(child, how) {
    if (this.#process === child) this.#process = undefined
    if (this.#isClosing) return
    const error = this.lastWords(40).findLast((line) => /^\s*\S*Error\b.*:/.test(line)) ?? ''
    this.crashes.push(`${how}: ${error.trim()}`)
    this.#life += 1
    this.#restart = setTimeout(() => void this.#spawn(), RESTART_DELAY)
  }

  #endLife() {
    this.#isClosing = true
    clearTimeout(this.#restart)
  }

  #order(order) {
    if (this.#process?.connected) this.#process.send(order)
  }
}

/** A promise of what `begin` calls back with. */
const until = (begin) => new Promise((resolve) => begin(resolve))

/** `false`, after a time that keeps nothing alive. */
const after = (time) => new Promise((resolve) => setTimeout(resolve, time, false).unref())
