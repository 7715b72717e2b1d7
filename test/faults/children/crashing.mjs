// An endpoint of a worker thread, which some notifications end. Those that it handles are written to a file.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** By event type. */
const acts = {
  exit: () => process.exit(3),
  uncaught: () =>
    new Promise(() => {
      setImmediate(() => {
        throw new Error('nobody catches this')
      })
    }),
  // Node does not let a thread end the process: it throws, which is one more way to fail.
  abort: () => process.abort(),
  memory() {
    const kept = []
    for (;;) kept.push(Array.from({ length: 1_000 }, () => kept.length))
  },
}

export default function crashing({ record }) {
  return {
    async info(_ctxt, _publisherId, eventType, { number }) {
      await sleep(1)
      if (eventType in acts) await acts[eventType]()
      appendFileSync(record, `${number}\n`)
    },
  }
}
