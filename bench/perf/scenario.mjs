/**
 * What is measured, and who is compared in it: each file of scenarios/ exports one or more.
 *
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} title
 * @property {string} about a sentence or two for the page
 * @property {'rate' | 'cost' | 'latency' | 'time' | 'memory'} shows the figure that counts: messages per second, microseconds per
 *   message, microseconds on the way, milliseconds of the whole, MiB
 * @property {string} base the contender that the others are compared to
 * @property {number} messages
 * @property {number} [warmUp] the part of them that comes first and does not count, until Node has compiled what it runs; default 0
 * @property {number} quick messages with --quick
 * @property {readonly Contender[]} contenders
 * @property {'nothing' | 'all'} [leaves] in the queue, all = one more than were measured, to connect with; absent where there is no queue on a broker
 * @property {boolean} [isFilled] the queue, before each run, with as many messages
 * @property {boolean} [isDurable] exchange, queue and messages
 * @property {object} [payload] of what it is filled with; default: that of ./notification.mjs
 * @property {number} [repeats] processes for one figure, the median; default 1. For what takes a moment
 * @property {number} [rounds] at most
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} label for people
 * @property {object} order of its job: see ./job.mjs
 * @property {'python'} [language]
 * @property {number} [share] of the scenario's messages, for who is slow
 */

import { backlog } from './scenarios/backlog.mjs'
import { batch } from './scenarios/batch.mjs'
import { consume, consumeDurable } from './scenarios/consume.mjs'
import { dispatch, unwanted } from './scenarios/dispatch.mjs'
import { latency } from './scenarios/latency.mjs'
import { memory } from './scenarios/memory.mjs'
import { publish, publishDurable } from './scenarios/publish.mjs'
import { shards } from './scenarios/shards.mjs'
import { firstMessage, load } from './scenarios/start.mjs'
import { handOver, workers } from './scenarios/workers.mjs'

/** @type {readonly Scenario[]} */
export const scenarios = [
  consume,
  consumeDurable,
  publish,
  publishDurable,
  latency,
  dispatch,
  unwanted,
  memory,
  batch,
  workers,
  handOver,
  shards,
  backlog,
  load,
  firstMessage,
]
