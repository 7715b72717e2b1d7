/** The thread of run.mjs: bodies first, then the laws. */
import { inspect } from 'node:util'
import { workerData } from 'node:worker_threads'

import * as fc from 'fast-check'

import { failureText, runBodies, type Summary } from './campaign.js'
import { type Law, sharesOf } from './law.js'
import { optionLaws } from './options.js'
import { urlLaws } from './urls.js'

const { seed, bodies, urls, first, beat } = workerData as {
  readonly seed: number
  readonly bodies: number
  readonly urls: number
  readonly first: number
  /** The case in hand, and how many there have been. */
  readonly beat: Int32Array
}

/** Not caught is a rule broken, whatever came of the cases. */
process.on('unhandledRejection', (error) => fail('a rejection was not handled', error))
process.on('uncaughtException', (error) => fail('an exception was not caught', error))

await fuzzBodies()
await fuzzLaws([...urlLaws, ...optionLaws])

async function fuzzBodies(): Promise<void> {
  if (bodies === 0) return
  let told = 0
  const summary = await runBodies({
    seed,
    first,
    count: bodies,
    onDelivery: (index) => {
      Atomics.store(beat, 0, index)
      Atomics.add(beat, 1, 1)
    },
    onRound: (done) => {
      if (done - told < 100_000) return
      told = done
      print(`${done} bodies, ${megabytes()} MB in use`)
    },
  })
  printSummary(summary)
  if (summary.failure !== undefined) fail(failureText(seed, summary.failure))
}

function printSummary({ cases, milliseconds, outcomes, mutations, slowest }: Summary): void {
  const rate = Math.round((cases * 1_000) / milliseconds)
  print(`${cases} bodies in ${seconds(milliseconds)} s, ${rate} a second`)
  print(`the slowest took ${slowest.milliseconds.toFixed(1)} ms: case ${slowest.index}`)
  printTable('what was done to them', mutations)
  printTable('what came of them', outcomes)
}

async function fuzzLaws(laws: readonly Law[]): Promise<void> {
  if (urls === 0) return
  const began = performance.now()
  let cases = 0
  for (const [{ name, property }, numRuns] of sharesOf(laws, urls)) {
    const slowest = timed(property)
    const details = await fc.check(property, { numRuns, seed })
    if (details.failed) {
      print(`a rule was broken: ${name}`)
      fail(
        `again: npm run test:fuzz -- --seed ${seed} --bodies 0 --urls ${urls}`,
        fc.defaultReportMessage(details),
      )
    }
    cases += details.numRuns
    print(`${details.numRuns} x ${name} (the slowest ${slowest.milliseconds.toFixed(1)} ms)`)
  }
  const milliseconds = performance.now() - began
  print(`${cases} URLs and options in ${seconds(milliseconds)} s`)
}

/** Beats once a draw, and remembers how long the longest took. */
function timed(property: Law['property']): { readonly milliseconds: number } {
  const slowest = { milliseconds: 0 }
  let began = 0
  property.beforeEach(() => {
    Atomics.add(beat, 1, 1)
    began = performance.now()
  })
  property.afterEach(() => {
    slowest.milliseconds = Math.max(slowest.milliseconds, performance.now() - began)
  })
  return slowest
}

function printTable(title: string, counts: Readonly<Record<string, number>>): void {
  print(`${title}:`)
  for (const [what, count] of Object.entries(counts).sort(([, one], [, other]) => other - one))
    print(`  ${String(count).padStart(9)}  ${what}`)
}

function fail(what: string, error?: unknown): never {
  print(what)
  if (error !== undefined) print(typeof error === 'string' ? error : inspect(error))
  process.exit(1)
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(1)
}

function megabytes(): number {
  return Math.round(process.memoryUsage().heapUsed / 1_048_576)
}

function print(text: string): void {
  console.log(text)
}
