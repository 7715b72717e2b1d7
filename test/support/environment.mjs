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
  'Timeout',
]

/** Milliseconds what was closed may take to be gone: a worker thread ends late, a socket lingers. */
const GRACE = 2_000

export default class LeakCheckedEnvironment extends NodeEnvironment {
  #before = countOpen()

  async handleTestEvent(event, state) {
    if (event.name === 'run_start') this.#before = countOpen()
    if (event.name === 'run_finish') {
      const left = await leftOpen(this.#before)
      if (left.length > 0) state.unhandledErrors.push(complaint(left))
    }
  }
}

async function leftOpen(before) {
  const deadline = Date.now() + GRACE
  for (;;) {
    const now = countOpen()
    const left = WATCHED.filter((name) => now[name] > before[name])
    if (left.length === 0 || Date.now() > deadline)
      return left.map((name) => `${name} ${now[name] - before[name]}`)
    await sleep(20, undefined, { ref: false })
  }
}

function countOpen() {
  const open = process.getActiveResourcesInfo()
  return Object.fromEntries(WATCHED.map((name) => [name, open.filter((one) => one === name).length]))
}

function complaint(left) {
  const error = new Error(
    `This test file left open: ${left.join(', ')}. Every test closes what it opens; \`--detectOpenHandles\` may name the line.`,
  )
  error.stack = error.message
  return error
}
