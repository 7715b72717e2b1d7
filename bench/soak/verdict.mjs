/** Whether a soak was passed: what is checked, what was found, and what would have been too much. */

/** Of the median heap: how far the fitted line may rise over the run. */
const HEAP_RISE = 0.05
/** More sockets, timers and the like at the end than at the start, at quiet times. */
const MORE_HANDLES = 2
/** The first minute fills caches and lets the compiler work. */
const WARM_UP = 60
/** With fewer under way, a fault is over and its backlog gone. */
const QUIET = 200

/** @returns {{ check: string, found: string, passes: boolean }[]} */
export function verdict({ samples, result, exits }) {
  const calm = samples.filter(({ at, underWay }) => at > WARM_UP && underWay < QUIET)
  const heap = heapLine(calm)
  const handles = handleLevels(calm)
  return [
    { check: 'lost', found: String(result.lost), passes: result.lost === 0 },
    { check: 'rejected to the caller', found: String(result.rejected), passes: result.rejected === 0 },
    { check: 'dead letters', found: String(result.deadLetters), passes: result.deadLetters === 0 },
    {
      check: `heap after collection rises by at most ${HEAP_RISE * 100} % of its median over the run`,
      found: `${mebibytes(heap.median)} MiB, ${heap.rise < 0 ? '' : '+'}${mebibytes(heap.rise)} MiB over the run`,
      passes: heap.rise <= heap.median * HEAP_RISE,
    },
    {
      check: `at most ${MORE_HANDLES} handles more at the end than at the start`,
      found: `${handles.first} at the start, ${handles.last} at the end`,
      passes: handles.last <= handles.first + MORE_HANDLES,
    },
    {
      check: 'no socket and no timer is left after cleanup()',
      found: JSON.stringify(result.left),
      passes: !('TCPSocketWrap' in result.left) && !('Timeout' in result.left),
    },
    { check: 'the process ends by itself', found: exits ? 'yes' : 'no', passes: exits },
  ]
}

/** Least squares through the heap after each forced collection at quiet times. */
function heapLine(calm) {
  const points = calm.flatMap(({ at, heapAfterGc }) => (heapAfterGc === undefined ? [] : [[at, heapAfterGc]]))
  if (points.length < 3) return { median: NaN, rise: NaN }
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanAt, meanHeap] = [mean(points.map(([at]) => at)), mean(points.map(([, heap]) => heap))]
  const slope =
    mean(points.map(([at, heap]) => (at - meanAt) * (heap - meanHeap))) /
    mean(points.map(([at]) => (at - meanAt) ** 2))
  return {
    median: points.map(([, heap]) => heap).sort((one, other) => one - other)[points.length >> 1],
    rise: slope * (points.at(-1)[0] - points[0][0]),
  }
}

/**
 * The median number of handles in the first and in the last fifth of the quiet samples, without the timer that each notification under
 * way has.
 */
function handleLevels(calm) {
  const counts = calm.map(
    ({ resources, pendingSends, inHand }) => handlesOf(resources) - pendingSends - inHand,
  )
  const fifth = Math.ceil(counts.length / 5)
  const middle = (part) => part.sort((one, other) => one - other)[part.length >> 1]
  return { first: middle(counts.slice(0, fifth)), last: middle(counts.slice(-fifth)) }
}

/** Sockets, pipes and timers: all that Node counts as open, without requests, which are over in no time. */
export function handlesOf(resources) {
  return Object.entries(resources)
    .filter(([kind]) => !kind.includes('Req') && kind !== 'Immediate')
    .reduce((sum, [, count]) => sum + count, 0)
}

const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1)
