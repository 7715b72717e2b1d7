import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { partitionOf, placePartitions } from '../../../src/agent/partition/placement.js'

const resources = Array.from(
  { length: 10_000 },
  (_, index) => `9f9d01b9-4a58-4271-9e27-${index.toString(16)}`,
)

describe('the partition of a resource', () => {
  test('is the same in every process, on every machine and in every release', () => {
    const texts = ['', 'a', 'b', '9f9d01b9-4a58-4271-9e27-398b21ab20d1', 'größe', '😀', null]
    expect(texts.map((text) => partitionOf(text, 10))).toEqual([9, 0, 2, 4, 0, 7, 9])
  })

  test('is one of the count, and all get their share', () => {
    const counts = Array.from({ length: 10 }, () => 0)
    for (const resource of resources) {
      const partition = partitionOf(resource, 10)
      counts[partition] = (counts[partition] ?? 0) + 1
    }
    expect(counts).toHaveLength(10)
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })

  test('changes for those only that go to a new partition', () => {
    let moved = 0
    for (const resource of resources) {
      const [before, after] = [partitionOf(resource, 10), partitionOf(resource, 11)]
      if (before === after) continue
      moved += 1
      expect(after).toBe(10)
    }
    expect(moved).toBeGreaterThan(700)
    expect(moved).toBeLessThan(1_100)
  })
})

describe('the partitions of agents', () => {
  const members = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 20 })
  const count = fc.integer({ min: 1, max: 64 })

  test('are all placed, each once, and evenly', () => {
    fc.assert(
      fc.property(members, count, (names, partitions) => {
        const shares = [...placePartitions(names, partitions).values()]
        expect(shares.flat().sort((one, other) => one - other)).toEqual(
          Array.from({ length: partitions }, (_, index) => index),
        )
        const sizes = shares.map(({ length }) => length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
      { numRuns: 40 },
    )
  })

  test('do not depend on the order of the members, or on names that come twice', () => {
    fc.assert(
      fc.property(members, count, (names, partitions) => {
        expect([...placePartitions([...names, ...names].reverse(), partitions)]).toEqual([
          ...placePartitions(names, partitions),
        ])
      }),
      { numRuns: 40 },
    )
  })

  test('stay where they are for the most part when one agent comes', () => {
    const agents = Array.from({ length: 8 }, (_, index) => `agent-${index}`)
    const [before, after] = [placePartitions(agents.slice(1), 64), placePartitions(agents, 64)]
    const kept = agents.slice(1).flatMap((name) => {
      const now = new Set(after.get(name))
      return (before.get(name) ?? []).filter((partition) => now.has(partition))
    })
    // 56 could stay at best.
    expect(kept.length).toBeGreaterThan(36)
  })
})
