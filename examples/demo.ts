/**
 * The main job, end to end: nova's notifications at seven priorities from a notifier to three listeners. `npm run demo`, or on a broker
 * `npm run demo -- rabbit://guest:guest@127.0.0.1:5672/`.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  type Notification,
  NotificationFilter,
  type NotificationListener,
  NotificationResult,
  Notifier,
  PRIORITIES,
  type Priority,
  Target,
  type Transport,
  workerEndpoint,
} from 'tocsin'

import { tracesOf } from './demo/cleanup.js'
import { Progress, table } from './demo/report.js'
import { FLAKY, POISON, perRound, traffic } from './demo/traffic.js'

const ROUNDS = 60
const url = process.argv[2] ?? 'memory://'
// Names of its own, so that a demo on a shared broker meets nobody.
const id = randomBytes(3).toString('hex')
const topic = `tocsin-demo-${id}`
const pools = { digest: `${topic}-digest`, archive: `${topic}-archive` }

// oxlint-disable-next-line no-unused-vars -- being disposed of is what it is for
await using traces = tracesOf(url, { exchange: topic, topic, pools: Object.values(pools) })
await using transport = getTransport(url, { controlExchange: topic })
const target = new Target({ topic })

// 1. In this thread: filters of several kinds, a notification that is asked for again, one that ends as a dead letter.
let failures = 0
const inThisThread = getNotificationListener(
  transport,
  [target],
  [
    {
      name: 'lifecycle',
      filterRule: new NotificationFilter({ publisherId: '^nova-compute:', eventType: '^instance\\.' }),
      info() {},
    },
    {
      name: 'alerts',
      filterRule: ({ eventType }: Notification) => eventType.endsWith('.error'),
      async error() {
        await sleep(1)
      },
      critical() {},
    },
    { name: 'billing', filterRule: ['instance.exists', 'volume.*'], audit() {} },
    {
      name: 'flaky',
      filterRule: new NotificationFilter({ context: { request_id: `${FLAKY}$` } }),
      error() {
        failures += 1
        return failures <= 2 ? NotificationResult.REQUEUE : NotificationResult.HANDLED
      },
    },
    {
      name: 'broken',
      filterRule: new NotificationFilter({ context: { request_id: `${POISON}$` } }),
      error() {
        throw new Error('no such flavor')
      },
    },
    { name: 'others', debug() {}, warn() {}, sample() {} },
  ],
  { executor: 'async-loop', retry: { limit: 3, delay: 100 } },
)
inThisThread.on('error', () => {}) // The dead letters are shown at the end; without this line the library logs them.

// 2. In worker threads, with a copy of its own.
const inThreads = getNotificationListener(
  transport,
  [target],
  [
    workerEndpoint(new URL('./demo/fingerprint.ts', import.meta.url), {
      name: 'fingerprint',
      methods: ['info', 'error'],
      filterRule: new NotificationFilter({ eventType: '^instance\\.' }),
    }),
  ],
  { executor: 'worker-pool', pool: pools.digest },
)

// 3. By the batch, with a copy of its own.
const batches: number[] = []
const collect = (batch: readonly Notification[]): void => void batches.push(batch.length)
const inBatches = getBatchNotificationListener(
  transport,
  [target],
  [{ name: 'archive', info: collect, error: collect, audit: collect }],
  { batchSize: 50, batchTimeout: 200, pool: pools.archive },
)

const listeners = { 'async-loop': inThisThread, 'worker-pool': inThreads, batch: inBatches }

console.log(`tocsin demo on ${transport.url.toSafeString()}`)
await Promise.all(Object.values(listeners).map((listener) => listener.start()))
console.log(`three listeners are live; sending ${ROUNDS * perRound} notifications of nova\n`)

const began = performance.now()
const sent = await send(transport)
const total = (...priorities: readonly Priority[]): number =>
  priorities.reduce((sum, priority) => sum + (sent[priority] ?? 0), 0)
await until(
  () =>
    ended(inThisThread) === total(...PRIORITIES) &&
    ended(inThreads) === total('info', 'error') &&
    ended(inBatches) === total('info', 'error', 'audit'),
)
const seconds = (performance.now() - began) / 1000

const dead = await inThisThread.deadLetters().list()
await Promise.all(Object.values(listeners).map((listener) => listener.stop()))
await Promise.all(Object.values(listeners).map((listener) => listener.wait()))

console.log(`\n${table(listeners, seconds)}`)
console.log('\nA notification that comes again counts at each attempt.')
console.log(
  `The batch endpoint was called ${batches.length} times, with up to ${Math.max(...batches)} notifications.`,
)
for (const { reason, error, attempts } of dead)
  console.log(`Dead letter: ${reason} after ${attempts} retries (${error}).`)

const asMeant = failures === 3 && dead.length === 1
console.log(asMeant ? `\nAll as meant, in ${seconds.toFixed(1)} s.` : '\nNOT as meant: see the table.')
process.exitCode = asMeant ? 0 : 1

/** A round at a time; the promise of each notification resolves when the broker owns it. Returns how many of each priority. */
async function send(to: Transport): Promise<Partial<Record<Priority, number>>> {
  const notifier = new Notifier(to, { topics: [topic] })
  const progress = new Progress()
  const counts: Partial<Record<Priority, number>> = {}
  let confirmed = 0
  let round: Promise<void>[] = []
  for (const { priority, ctxt, publisher_id, event_type, payload } of traffic(ROUNDS)) {
    counts[priority] = (counts[priority] ?? 0) + 1
    round.push(notifier.prepare({ publisherId: publisher_id })[priority](ctxt, event_type, payload))
    if (round.length < perRound) continue
    await Promise.all(round)
    confirmed += round.length
    round = []
    const each = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
    progress.show(confirmed, ROUNDS * perRound, each.join('  '))
    await sleep(40) // Slow enough to watch.
  }
  return counts
}

/** Notifications of a listener that need no more work. */
function ended(listener: NotificationListener): number {
  const { handled, unwanted, rejected, lost, duplicates } = listener.stats()
  return handled + unwanted + rejected + lost + duplicates
}

async function until(isDone: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!isDone()) {
    if (performance.now() > deadline)
      throw new Error('the listeners did not get everything within 30 seconds')
    await sleep(20)
  }
}
