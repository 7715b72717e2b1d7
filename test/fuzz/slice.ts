/** How much of the fuzzing one run does, and from which seed: little by default, so that it fits into the tests. */

function count(name: string, byDefault: number): number {
  const given = process.env[name]
  const value = given === undefined ? byDefault : Number(given)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new Error(`${name} is a whole number; found '${given}'`)
}

export const seed: number = count('TOCSIN_FUZZ_SEED', 1)
export const bodies: number = count('TOCSIN_FUZZ_BODIES', 2_000)
export const urls: number = count('TOCSIN_FUZZ_URLS', 2_000)
/** On the broker, for each kind of listener. */
export const rabbitBodies: number = count('TOCSIN_FUZZ_RABBIT_BODIES', 300)
