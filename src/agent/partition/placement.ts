/**
 * Where things belong: resources to partitions, partitions to agents. Both by the highest score of a pair, so that every process comes to the same
 * answer without asking, on every machine and after every restart, and that little moves when something comes or goes.
 */

/** Most partitions of a pipeline. */
export const MOST_PARTITIONS = 256

/**
 * The partition of a resource, from 0 to `count` - 1. With one partition more, only what goes to the new one moves. Null counts as the empty text.
 * source: ceilometer/pipeline.py of 2016, where it was the hash of one process
 */
export function partitionOf(resource: string | null, count: number): number {
  const hash = hashOf(resource ?? '')
  let best = 0
  let highest = -1
  for (let partition = 0; partition < count; partition += 1) {
    const score = scoreOf(hash, partition)
    if (score > highest) [best, highest] = [partition, score]
  }
  return best
}

/**
 * Which agent has which partition: every one has its share, to within one, and keeps what it can when others come and go. The order of the members does not
 * matter.
 */
export function placePartitions(
  members: readonly string[],
  count: number,
): ReadonlyMap<string, readonly number[]> {
  const sorted = [...new Set(members)].sort()
  const placed = new Map<string, number[]>(sorted.map((member) => [member, []]))
  if (sorted.length === 0) return placed
  const hashes = new Map(sorted.map((member) => [member, hashOf(member)]))
  const most = Math.ceil(count / sorted.length)
  // So many may have the larger share; where the count divides evenly, all have it.
  let larger = count % sorted.length || sorted.length
  for (let partition = 0; partition < count; partition += 1) {
    const ranked = sorted.toSorted(
      (one, other) => scoreOf(hashes.get(other) ?? 0, partition) - scoreOf(hashes.get(one) ?? 0, partition),
    )
    const owner = ranked.find((member) => {
      const { length } = placed.get(member) ?? []
      return length < most - 1 || (length < most && larger > 0)
    })
    const owned = placed.get(owner ?? '')
    owned?.push(partition)
    if (owned?.length === most) larger -= 1
  }
  return placed
}

/** FNV-1a over UTF-16 code units, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193)
  }
  return hash >>> 0
}

/** The finisher of MurmurHash3: every bit of the pair changes half of the bits of the score. */
function scoreOf(hash: number, partition: number): number {
  let score = hash ^ Math.imul(partition + 1, 0x9e3779b1)
  score = Math.imul(score ^ (score >>> 16), 0x85ebca6b)
  score = Math.imul(score ^ (score >>> 13), 0xc2b2ae35)
  return (score ^ (score >>> 16)) >>> 0
}
