/** The middle and the reach of a few figures. */

/** Of an even number of values the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((one, other) => one - other)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/** @returns {{ median: number, min: number, max: number }} */
export function spread(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/** Half of the reach as a part of the median: 0.2 = the values are within 20 % of it, more or less. */
export function uncertainty({ median: middle, min, max }) {
  return (max - min) / 2 / middle
}
