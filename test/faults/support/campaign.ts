/** How far this run of the campaign goes. test/faults/run.mjs says it through the environment. */

/** `--long`: full counts and durations; else those of CI. */
const isLong: boolean = process.env['TOCSIN_FAULTS_LONG'] === '1'

export function atScale<T>(ci: T, long: T): T {
  return isLong ? long : ci
}

/** Of all that is left to chance; the same seed repeats the same schedule of faults. */
export const seed: number = Number(process.env['TOCSIN_FAULTS_SEED'] ?? Date.now() % 1_000_000)

/** Where the figures of each case go, one line of JSON each; undefined = nowhere. */
export const resultsFile: string | undefined = process.env['TOCSIN_FAULTS_RESULTS']

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function chance(from: number = seed): () => number {
  let state = from
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
