/** The faults. Each is done to all libraries at the same instant. */

import { setTimeout as sleep } from 'node:timers/promises'

import { deleteExchange, deleteQueue, putBack } from '../support/operator.mjs'

const CUTS = 5
const CUT_INTERVAL = 1_500
const DEAD_TIME = 2_000
const SILENCE = 12_000
const PAUSE = 20_000
const MENDED_AFTER = 5_000
const CONSUMER_TIMEOUT = 3_000
const TICK = 1_000
const STALL = 8_000

/**
 * @typedef {object} Stage
 * @property {import('../../scripts/rabbit-node.mjs').RabbitNode} node
 * @property {readonly import('./contender.mjs').Contender[]} contenders
 *
 * @typedef {object} Fault
 * @property {string} name
 * @property {string} title for people
 * @property {Readonly<Record<string, number>>} [broker] settings of the application `rabbit`
 * @property {boolean} [takesMessages] whether the fault itself deletes messages: loss of what was offered before its end is inherent
 * @property {(stage: Stage) => Promise<number>} happen resolves with the time from which recovery is counted
 */

/** @type {readonly Fault[]} */
export const faults = [
  {
    name: 'broker-killed',
    title: 'broker killed (-9), started again after 2 s',
    async happen({ node }) {
      await node.kill()
      await sleep(DEAD_TIME)
      await node.restart()
      return Date.now()
    },
  },
  {
    name: 'connections-cut',
    title: `all connections cut, ${CUTS} times in ${((CUTS - 1) * CUT_INTERVAL) / 1000} s`,
    async happen({ contenders }) {
      for (let cut = 1; cut <= CUTS; cut += 1) {
        for (const { proxy } of contenders) proxy.cut()
        if (cut < CUTS) await sleep(CUT_INTERVAL)
      }
      return Date.now()
    },
  },
  {
    name: 'link-half-open',
    title: `packets swallowed for ${SILENCE / 1000} s`,
    async happen({ contenders }) {
      for (const { proxy } of contenders) proxy.swallow()
      await sleep(SILENCE)
      for (const { proxy } of contenders) proxy.release()
      return Date.now()
    },
  },
  {
    name: 'broker-paused',
    title: `broker stopped (SIGSTOP) for ${PAUSE / 1000} s`,
    async happen({ node }) {
      node.pause()
      await sleep(PAUSE)
      node.resume()
      return Date.now()
    },
  },
  {
    name: 'queue-deleted',
    title: `queue deleted, put back after ${MENDED_AFTER / 1000} s`,
    takesMessages: true,
    happen: (stage) => remove(stage, deleteQueue),
  },
  {
    name: 'exchange-deleted',
    title: `exchange deleted, put back after ${MENDED_AFTER / 1000} s`,
    happen: (stage) => remove(stage, deleteExchange),
  },
  {
    name: 'consumer-timeout',
    title: `a handler takes ${STALL / 1000} s, the broker closes its channel after ${CONSUMER_TIMEOUT / 1000} s`,
    broker: { consumer_timeout: CONSUMER_TIMEOUT, channel_tick_interval: TICK },
    async happen({ contenders }) {
      for (const contender of contenders) contender.stall(STALL)
      const closedAt = Date.now() + CONSUMER_TIMEOUT + TICK
      await sleep(STALL)
      return closedAt
    },
  },
]

/** Recovery counts from the deletion: a library may put back what is missing, and need not wait until an operator does. */
async function remove({ node, contenders }, deletion) {
  await Promise.all(contenders.map(({ names }) => deletion(node.url, names)))
  const deletedAt = Date.now()
  await sleep(MENDED_AFTER)
  await Promise.all(contenders.map(({ names }) => putBack(node.url, names)))
  return deletedAt
}
