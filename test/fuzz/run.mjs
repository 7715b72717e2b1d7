/**
 * `npm run test:fuzz -- --bodies 1000000 --urls 100000 [--seed N] [--first N]`: the fuzzing of `npm test` at any length. Prints the seed, the
 * counts, the rate and what came of the cases; a case that breaks a rule with the command that shows it again. Exit code 1 then.
 *
 * The work is done in a thread, so that this one can tell which case hangs.
 */

import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'

import { main, say } from '../../scripts/step.mjs'

/** Milliseconds without a further case after which there will be none. */
const HANG = 60_000

await main(async () => {
  const { values } = parseArgs({
    options: {
      bodies: { type: 'string', default: '20000' },
      urls: { type: 'string', default: '10000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      first: { type: 'string', default: '0' },
    },
  })
  const wanted = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, whole(name, text)]))
  say(`seed ${wanted.seed}: ${wanted.bodies} mutated bodies, ${wanted.urls} URLs and options`)
  return watch(wanted)
})

function whole(name, text) {
  if (/^\d+$/.test(text)) return Number(text)
  throw new TypeError(`--${name} is a whole number; found '${text}'`)
}

/** Resolves with the exit code. */
function watch(wanted) {
  // The case in hand, and how many there have been: written there, read here, while the thread is busy.
  const beat = new Int32Array(new SharedArrayBuffer(8))
  const thread = new Worker(new URL('./thread.ts', import.meta.url), { workerData: { ...wanted, beat } })
  return new Promise((resolve) => {
    let last = -1
    let since = Date.now()
    const timer = setInterval(() => {
      const now = Atomics.load(beat, 1)
      if (now !== last) since = Date.now()
      last = now
      if (Date.now() - since < HANG) return
      say(`HANG: nothing for ${HANG} ms, in case ${Atomics.load(beat, 0)} of seed ${wanted.seed}`)
      void thread.terminate()
    }, 1_000)
    thread.once('error', (error) => say(`the thread ended: ${error.stack ?? error}`))
    thread.once('exit', (code) => {
      clearInterval(timer)
      resolve(code)
    })
  })
}
