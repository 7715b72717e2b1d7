/** Does what the schedule says to the broker and the network, and writes down when. */

import { setTimeout as sleep } from 'node:timers/promises'

import { say } from '../../scripts/step.mjs'

/**
 * Resolves when `length` milliseconds are over, with what was broken from when to when, in seconds.
 * @param {ReturnType<import('./schedule.mjs').schedule>} faults
 * @param {{ node: import('../../scripts/rabbit-node.mjs').RabbitNode, proxy: import('../support/proxy.mjs').Proxy, length: number }} stage
 */
export async function breakThings(faults, { node, proxy, length }) {
  const began = performance.now()
  const passed = () => (performance.now() - began) / 1000
  const marks = []
  for (const { after, kind, lasts } of faults) {
    await sleep(after)
    // A restart takes longer than the schedule knows; what no longer fits is left out.
    if (passed() * 1000 + lasts > length) break
    const from = passed()
    await HOW[kind]({ node, proxy, lasts })
    marks.push({ kind, from, to: passed() })
    say(`${from.toFixed(0)} s: ${kind}, ${(passed() - from).toFixed(1)} s`)
  }
  await sleep(length - passed() * 1000)
  return marks
}

const HOW = {
  async cut({ proxy }) {
    proxy.cut()
  },
  async 'half-open'({ proxy, lasts }) {
    proxy.swallow()
    await sleep(lasts)
    proxy.release()
  },
  async pause({ node, lasts }) {
    node.pause()
    await sleep(lasts)
    node.resume()
  },
  async kill({ node, lasts }) {
    await node.kill()
    await sleep(lasts)
    await node.restart()
  },
}
