/** The process under test: a notifier and a listener in one, at a steady rate, with a sample of itself each second. */

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  getNotificationListener,
  getTransport,
  NotificationFilter,
  Notifier,
  Target,
} from '../../dist/index.js'
import { Account } from './account.mjs'

const TICK = 10
const SAMPLE_INTERVAL = 1_000
/** Samples from one forced collection to the next. */
const COLLECT_EVERY = 10
const WORK_TIME = 5
/** Of these, one fails at its first attempt. */
const ONE_FAILS_IN = 100
/** Of these, one is of a type that no endpoint wants. */
const ONE_UNWANTED_IN = 10
const PADDING = 'x'.repeat(500)
const DRAIN_TIMEOUT = 90_000
const CLOSE_TIME = 200

const { url, rate } = JSON.parse(process.argv[2])
const account = new Account()
const transport = getTransport(url)
const notifier = new Notifier(transport, { publisherId: 'soak.host1', topics: ['soak'], timeout: 120_000 })
const endpoint = {
  filterRule: new NotificationFilter({ publisherId: '^soak\\.', eventType: '^soak\\.wanted$' }),
  async info(_ctxt, _publisherId, _eventType, { id }, { attempts }) {
    await sleep(WORK_TIME)
    if (id % ONE_FAILS_IN === 0 && attempts === 0) throw new Error('fails at first')
    account.handle(id)
  },
}
const listener = getNotificationListener(transport, [new Target({ topic: 'soak' })], [endpoint], {
  retry: { limit: 20, delay: 500 },
})
await listener.start()

const began = performance.now()
const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()
let id = 0
let unwanted = 0
const load = setInterval(() => {
  const due = ((performance.now() - began) * rate) / 1000
  while (id + unwanted < due) {
    if ((id + unwanted) % ONE_UNWANTED_IN === 0) notifyUnwanted()
    else notify((id += 1))
  }
}, TICK)
let samples = 0
const sampling = setInterval(() => process.send({ sample: sample() }), SAMPLE_INTERVAL)
process.once('message', () => void end())
process.send({ ready: true })

function notify(number) {
  account.offer(number)
  void notifier.info({}, 'soak.wanted', { id: number, padding: PADDING }).then(
    () => account.confirm(number),
    (error) => {
      account.reject(number)
      console.error('rejected', error.code, error.message)
    },
  )
}

function notifyUnwanted() {
  unwanted += 1
  void notifier
    .info({}, 'soak.noise', { padding: PADDING })
    .catch((error) => console.error('rejected', error.code, error.message))
}

function sample() {
  samples += 1
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
  const { offered, confirmed, rejected, handled, repeated, underWay } = account
  const taken = {
    at: (performance.now() - began) / 1000,
    rss,
    heapUsed,
    external,
    arrayBuffers,
    resources: resources(),
    offered: offered + unwanted,
    confirmed,
    rejected,
    handled,
    repeated,
    underWay,
    pendingSends: transport.health().pendingSends,
    inHand: listener.stats().inHand,
    loopDelayMs: delay.percentile(99) / 1e6,
  }
  delay.reset()
  if (samples % COLLECT_EVERY !== 0) return taken
  globalThis.gc()
  globalThis.gc()
  return { ...taken, heapAfterGc: process.memoryUsage().heapUsed }
}

/** Kind -> how many of it keep this process alive or are open. */
function resources() {
  const counts = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** Ends the load, waits for what is under way, closes all, and leaves the rest to the process. */
async function end() {
  clearInterval(load)
  for (const deadline = Date.now() + DRAIN_TIMEOUT; account.underWay > 0 && Date.now() < deadline; )
    await sleep(200)
  clearInterval(sampling)
  const { offered, confirmed, rejected, handled, repeated, missing } = account
  const deadLetters = (await listener.deadLetters().list()).length
  const stats = listener.stats()
  await listener.stop()
  await listener.wait()
  await transport.cleanup()
  delay.disable()
  // Sockets that were closed take a moment until they are.
  await sleep(CLOSE_TIME)
  process.send({
    result: {
      offered,
      unwanted,
      confirmed,
      rejected,
      handled,
      repeated,
      lost: missing,
      deadLetters,
      stats,
      left: resources(),
    },
  })
  process.disconnect()
}
