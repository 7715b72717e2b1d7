/** What breaks when: drawn from a seed, so that a run can be had again. */

const CALM = [10_000, 25_000]
/** After the last fault, to recover in. */
const REST = 20_000

/**
 * The faults and how long each may last, in milliseconds.
 * `weight`: how often, beside the others.
 */
const KINDS = [
  { kind: 'cut', weight: 4, lasts: [0, 0] },
  { kind: 'half-open', weight: 2, lasts: [3_000, 15_000] },
  { kind: 'pause', weight: 2, lasts: [2_000, 12_000] },
  { kind: 'kill', weight: 2, lasts: [500, 4_000] },
]

/**
 * @param {number} seed
 * @param {number} length of the whole run, in milliseconds
 * @returns {{ after: number, kind: 'cut' | 'half-open' | 'pause' | 'kill', lasts: number }[]} `after`: calm milliseconds before it
 */
export function schedule(seed, length) {
  const random = generator(seed)
  const between = ([least, most]) => Math.round(least + random() * (most - least))
  const bag = KINDS.flatMap((one) => Array.from({ length: one.weight }, () => one))
  const faults = []
  for (let time = 0; ; ) {
    const { kind, lasts } = bag[Math.floor(random() * bag.length)]
    const fault = { after: between(CALM), kind, lasts: between(lasts) }
    time += fault.after + fault.lasts
    if (time > length - REST) return faults
    faults.push(fault)
  }
}

/** mulberry32: 32 bits of state, the same numbers everywhere. */
function generator(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
