/** Chance from a seed: the same seed and stream give the same draws on every machine. */
export class Random {
  #state: number

  /** `stream`: of one seed, so many independent sequences as there are numbers, e.g. one per case. */
  constructor(seed: number, stream = 0) {
    this.#state = mix(mix(seed >>> 0) ^ Math.imul(stream + 1, 0x9e3779b1))
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    return mix(this.#state)
  }

  /** A whole number from 0 to `count` - 1; 0 for an empty range. */
  below(count: number): number {
    return count <= 1 ? 0 : this.next() % count
  }

  /** True in `percent` of 100 draws. */
  chance(percent: number): boolean {
    return this.below(10_000) < percent * 100
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }
}

/** A hash of a text, for chance that follows from what is seen and not from when. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

// source: the finalizer of MurmurHash3
function mix(value: number): number {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
