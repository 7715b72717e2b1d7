// What the tests of executor 'worker-pool' run in threads. Each method says in its result what it saw.
import { threadId } from 'node:worker_threads'

import { currentBatch, currentNotification } from '../../../dist/index.js'

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** By event type. */
const acts = {
  echo: (...args) => args,
  thread: () => threadId,
  nothing: () => undefined,
  requeue: () => ({ verb: 'requeue', delay: 250 }),
  reject: async () => ({ verb: 'reject', reason: 'too old' }),
  'not-cloneable': () => ({ act() {} }),
  function: () => () => 1,
  async context() {
    await sleep(1)
    const { priority, eventType, payload } = currentNotification()
    return { priority, eventType, payload, batch: currentBatch() }
  },
  async slow(_ctxt, _publisherId, _eventType, payload) {
    await sleep(payload.ms)
    return threadId
  },
  block(_ctxt, _publisherId, _eventType, payload) {
    const end = performance.now() + payload.ms
    while (performance.now() < end);
  },
  signal: (_ctxt, _publisherId, _eventType, _payload, { signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  never: () => new Promise(() => {}),
  count: (_ctxt, _publisherId, _eventType, { counted }) => void Atomics.add(new Int32Array(counted), 0, 1),
  type_error() {
    const cause = Object.assign(new RangeError('the disk is full'), { code: 'ENOSPC', errno: -28 })
    throw Object.assign(new TypeError('no such field', { cause }), {
      code: 'E_FIELD',
      field: { name: 'x', at: 7n },
    })
  },
  async own_error() {
    class BillingError extends Error {
      name = 'BillingError'
      retry = true
      undo() {}
      onUndo = () => {}
    }
    throw new BillingError('no account')
  },
  aggregate() {
    throw new AggregateError([new Error('one'), 'two'], 'both')
  },
  text() {
    // oxlint-disable-next-line typescript/only-throw-error -- that it crosses is what the test is about
    throw 'just a text'
  },
  exit: () => process.exit(7),
  uncaught: () => new Promise(() => setImmediate(() => throwNow())),
  memory() {
    const kept = []
    for (;;) kept.push(Array.from({ length: 100_000 }, () => kept.length))
  },
}

function throwNow() {
  throw new Error('nobody catches this')
}

function act(...args) {
  return acts[args[2]](...args)
}

export default { info: act, error: act }

export class Configured {
  #options
  constructor(options) {
    this.#options = options
  }
  info() {
    return this.#options
  }
}

export function made(options) {
  return { info: () => ['made with', options] }
}

export async function madeLater(options) {
  await sleep(1)
  return { info: () => ['made later with', options] }
}

export const batches = {
  info(notifications) {
    return new Map([
      [notifications[2], { verb: 'requeue', delay: 9 }],
      [notifications[0], 'handled'],
      [{ a: 'stranger' }, 'requeue'],
    ])
  },
  warn: (notifications) => notifications.map(({ payload }) => payload),
  error: () => [currentNotification().payload, currentBatch().length],
}

export const number = 42
