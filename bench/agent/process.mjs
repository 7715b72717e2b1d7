/** Conversion alone in a process of its own: no messaging, JSON, pipeline or publisher. The order is its argument, as JSON. */

import { readFileSync } from 'node:fs'

import { createMeterConverter, EventConverter, loadEvents, loadMeters } from '../../dist/agent/index.js'
import { groups, readGolden } from './golden.mjs'

/**
 * @typedef {object} Order
 * @property {readonly import('./scenarios.mjs').Conversion[]} works
 * @property {readonly string[]} meters files
 * @property {string} events file
 * @property {number} warmMs CPU before each measurement
 * @property {number} ms CPU of each measurement
 */

/** @type {Order} */
const order = JSON.parse(process.argv[2])
const read = (file) => ({ file, text: readFileSync(file, 'utf8') })
const meters = loadMeters(order.meters.map(read))
const { samples } = createMeterConverter(meters.definitions)
const events = new EventConverter(loadEvents([read(order.events)]).definitions)
const cases = readGolden()

const kinds = {
  samples: (notification) => samples(notification).length,
  event: (notification) => (events.event(notification) === null ? 0 : 1),
  both: (notification) => attempt(kinds.event, notification) + attempt(kinds.samples, notification),
}

/** What can't be converted costs its time, too. */
function attempt(convert, notification) {
  try {
    return convert(notification)
  } catch {
    return 0
  }
}

function sweep(convert, notifications) {
  let made = 0
  for (const notification of notifications) made += attempt(convert, notification)
  return made
}

function took(since) {
  const { user, system } = process.cpuUsage(since)
  return user + system
}

/** Sweeps until `ms` of CPU are used up. */
function measure({ kind, group }, ms) {
  const notifications = cases.filter(groups[group]).map(({ notification }) => notification)
  const begin = process.cpuUsage()
  let [sweeps, made] = [0, 0]
  do {
    made = sweep(kinds[kind], notifications)
    sweeps += 1
  } while (took(begin) < ms * 1000)
  const { user, system } = process.cpuUsage(begin)
  return { messages: sweeps * notifications.length, userUs: user, systemUs: system, made }
}

const figures = Object.fromEntries(
  order.works.map((work) => {
    measure(work, order.warmMs)
    return [work.name, measure(work, order.ms)]
  }),
)
process.stdout.write(
  `@figures ${JSON.stringify({ definitions: meters.definitions.length, version: process.version, works: figures })}\n`,
)
