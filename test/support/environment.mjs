/**
 * jest's Node environment, which also fails a test file that leaves something open: a socket, a server, a worker thread, a child process
 * or a timer that was not there when the file began. It looks after the file's own last `afterAll`, which a setup file can not do.
 */

import { setTimeout as sleep } from 'node:timers/promises'

import { TestEnvironment as NodeEnvironment } from 'jest-environment-node'

/** What Node calls the things a test can leave open (`process.getActiveResourcesInfo`: those that keep a process alive). */
const WATCHED = [
  'TCPSocketWrap',
  'TCPServerWrap',
  'TLSWrap',
  'PipeWrap',
  'ProcessWrap',
  'MessagePort',
  'Worker',
]

/** Milliseconds what was closed may take to be gone: a worker thread ends late, a socket lingers. */
const GRACE = 2_000

export default class LeakCheckedEnvironment extends NodeEnvironment {
  #before = countOpen()
  /** The file's own timers, for jest has some too; each with an error made where it was started. */
  #timers = new Map()
  #forgotAt = 0

  async setup() {
    await super.setup()
    for (const name of ['setTimeout', 'setInterval']) {
      const apply = (start, self, args) => this.#remember(Reflect.apply(start, self, args), apply)
      this.global[name] = new Proxy(this.global[name], { apply })
    }
  }

  async handleTestEvent(event, state) {
    if (event.name === 'run_start') this.#before = countOpen()
    if (event.name !== 'run_finish') return
    const left = await this.#leftOpen()
    if (left.length > 0) state.unhandledErrors.push(complaint(left))
  }

  #remember(timer, below) {
    // Soon, too: the frames of such an error hold what their functions close over, bodies of 64 MiB among it.
    if (this.#timers.size > 1_000 || performance.now() - this.#forgotAt > 100) this.#forgetEnded()
    const place = new Error('timer')
    Error.captureStackTrace(place, below)
    this.#timers.set(timer, place)
    return timer
  }

  #forgetEnded() {
    this.#forgotAt = performance.now()
    for (const timer of this.#timers.keys()) if (hasEnded(timer)) this.#timers.delete(timer)
  }

  /** What is open beyond what was, each thing in words; looks again until the grace is over. */
  async #leftOpen() {
    const deadline = Date.now() + GRACE
    for (;;) {
      const now = countOpen()
      this.#forgetEnded()
      const left = WATCHED.filter((name) => now[name] > this.#before[name]).map(
        (name) => `${name} (${now[name] - this.#before[name]})`,
      )
      for (const [timer, place] of this.#timers)
        if (timer.hasRef()) left.push(place.stack.replace('Error: timer', 'a timer, started'))
      if (left.length === 0 || Date.now() > deadline) return left
      await sleep(20, undefined, { ref: false })
    }
  }
}

function countOpen() {
  const open = process.getActiveResourcesInfo()
  return Object.fromEntries(WATCHED.map((name) => [name, open.filter((one) => one === name).length]))
}

/** Ran, or was cleared. Node has no public mark for it. */
function hasEnded(timer) {
  // oxlint-disable-next-line no-underscore-dangle
  return timer._destroyed === true
}

function complaint(left) {
  const error = new Error(`This test file left open what it has to close:\n\n${left.join('\n\n')}`)
  error.stack = error.message
  return error
}
