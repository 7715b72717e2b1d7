/** An endpoint that computes: the same work wherever it runs, some `rounds` of 2 ns. Adds 1 to `count` at the end, where one is given. */

export function computing({ rounds, count }) {
  return {
    info() {
      let value = 88_172_645
      for (let round = 0; round < rounds; round += 1) {
        value ^= value << 13
        value ^= value >>> 17
        value ^= value << 5
      }
      if (value === 0) throw new Error('xorshift does not come to 0')
      if (count !== undefined) Atomics.add(count, 0, 1)
    },
  }
}
