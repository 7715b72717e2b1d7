/**
 * An endpoint that computes: the same work wherever it runs, some `rounds` of 2 ns, or as many as a payload says. Adds 1 to `count` at the
 * end, where one is given.
 */

export function computing({ rounds, count }) {
  return {
    info(_ctxt, _publisherId, _eventType, payload) {
      const wanted = payload.rounds ?? rounds
      let value = 88_172_645
      for (let round = 0; round < wanted; round += 1) {
        value ^= value << 13
        value ^= value >>> 17
        value ^= value << 5
      }
      if (value === 0) throw new Error('xorshift does not come to 0')
      if (count !== undefined) Atomics.add(count, 0, 1)
    },
  }
}
