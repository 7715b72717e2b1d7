/**
 * A process of its own for one library: offers messages at a fixed rate, whatever becomes of them, and handles what comes. It writes all
 * of it down. Nothing here catches what the library throws outside of a promise: that ends this process, and is counted.
 */

import { setTimeout as sleep } from 'node:timers/promises'

import { Journal } from '../support/journal.mjs'
import { settings } from './adapter.mjs'

const TICK = 10
const PADDING = 'x'.repeat(200)

/** Most handlers are quick; some are at it when a link breaks and go on after it is mended. */
const QUICK = 10
const SLOW = 2_000
const ONE_SLOW_IN = 50

const { library, journal: path, port, names, life } = JSON.parse(process.argv[2])
const { open } = await import(`./adapters/${library}.mjs`)
const journal = new Journal(path)
const adapter = await open({ host: '127.0.0.1', port, names, settings })
let received = 0
/** Milliseconds that the next handler takes, once. */
let stall
await adapter.consume(async (id) => {
  journal.note('s', id)
  await sleep(workTime())
  journal.note('h', id)
})

let timer
const orders = {
  offer({ rate }) {
    const began = performance.now()
    let count = 0
    timer = setInterval(() => {
      const due = ((performance.now() - began) * rate) / 1000
      for (; count < due; count += 1) offer(`${life}.${count}`)
    }, TICK)
  },
  stall({ time }) {
    stall = time
  },
  rest() {
    clearInterval(timer)
  },
  async close() {
    await adapter.close()
    journal.close()
    process.send('closed')
    // From here on only what the library left behind keeps this process alive.
    process.disconnect()
  },
}
process.on('message', ({ order, ...rest }) => orders[order](rest))
process.send('ready')

function workTime() {
  const time = stall
  stall = undefined
  received += 1
  return time ?? (received % ONE_SLOW_IN === 0 ? SLOW : QUICK)
}

function offer(id) {
  journal.note('o', id)
  void publish(id).then(
    () => journal.note('c', id),
    (error) => {
      journal.note('r', id)
      journal.note(
        'e',
        `${error?.code ?? error?.name}: ${String(error?.message).split('\n')[0].slice(0, 120)}`,
      )
    },
  )
}

/** What is thrown at once is a rejection as well: the caller learns it. */
async function publish(id) {
  await adapter.publish(id, PADDING)
}
