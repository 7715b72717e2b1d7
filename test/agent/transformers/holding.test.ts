/** The transformers that keep samples until a flush. */
import { describe, expect, test } from '@jest/globals'

import { SAMPLE_TYPES, type Sample } from '../../../src/agent/sample.js'
import { sample } from '../pipeline/support/data.js'
import { Bench } from './support/bench.js'

const volumes = (samples: readonly Sample[]): readonly unknown[] => samples.map(({ volume }) => volume)

describe('accumulator', () => {
  test('lets all go at the first flush that finds enough', () => {
    const bench = new Bench({ name: 'accumulator', parameters: { size: 3 } })
    for (const volume of [1, 2]) {
      expect(bench.put(sample({ volume }))).toEqual([])
      expect(bench.flush()).toEqual([])
    }
    bench.put(sample({ volume: 3 }), sample({ volume: 4 }))
    expect(bench.chain.held).toBe(4)
    expect(volumes(bench.flush())).toEqual([1, 2, 3, 4])
    expect(bench.chain.held).toBe(0)
    expect(bench.flush()).toEqual([])
  })

  test.each([0, -1])('lets samples pass with size %d', (size) => {
    const bench = new Bench({ name: 'accumulator', parameters: { size } })
    expect(volumes(bench.put(sample({ volume: 1 })))).toEqual([1])
    expect(bench.flush()).toEqual([])
  })

  test('lets what it has go when it is closed', () => {
    const bench = new Bench({ name: 'accumulator', parameters: { size: 10 } })
    bench.put(sample({ volume: 1 }))
    expect(volumes(bench.flush(true))).toEqual([1])
  })
})

describe('aggregator', () => {
  test('averages gauges, keeps the last of cumulative ones and sums the rest', () => {
    const bench = new Bench({ name: 'aggregator', parameters: { size: 9 } })
    for (const type of SAMPLE_TYPES)
      for (const volume of [1, 2, 3]) bench.put(sample({ name: `test${type}`, type, volume }))
    expect(Object.fromEntries(bench.flush().map(({ type, volume }) => [type, volume]))).toEqual({
      gauge: 2,
      cumulative: 3,
      delta: 6,
    })
  })

  const INCOMING = [
    [26, 'u1', 'p1', '1.0'],
    [16, 'u1', 'p1', '2.0'],
    [53, 'u2', 'p2', '1.0'],
    [42, 'u2', 'p2', '2.0'],
    [15, 'u1', 'p2', '2.0'],
    [2, 'u2', 'p1', '3.0'],
  ] as const

  test.each([
    [
      'metadata of the last',
      { resource_metadata: 'last' },
      [
        [42, 'u1', 'p1', '2.0'],
        [95, 'u2', 'p2', '2.0'],
        [15, 'u1', 'p2', '2.0'],
        [2, 'u2', 'p1', '3.0'],
      ],
    ],
    [
      'metadata of the first',
      { resource_metadata: 'first' },
      [
        [42, 'u1', 'p1', '1.0'],
        [95, 'u2', 'p2', '1.0'],
        [15, 'u1', 'p2', '2.0'],
        [2, 'u2', 'p1', '3.0'],
      ],
    ],
    [
      'the last user',
      { user_id: 'last' },
      [
        [44, 'u2', 'p1', '3.0'],
        [110, 'u1', 'p2', '2.0'],
      ],
    ],
    [
      'the first user',
      { user_id: 'first' },
      [
        [44, 'u1', 'p1', '3.0'],
        [110, 'u2', 'p2', '2.0'],
      ],
    ],
    [
      'all of the first',
      { user_id: 'first', project_id: 'first', resource_metadata: 'first' },
      [[154, 'u1', 'p1', '1.0']],
    ],
    ['all of the last', { user_id: 'last', project_id: 'last' }, [[154, 'u2', 'p1', '3.0']]],
    [
      'a mixture',
      { user_id: 'first', project_id: 'last', resource_metadata: 'drop' },
      [[154, 'u1', 'p1', undefined]],
    ],
  ])('keeps %s', (_what, parameters, expected) => {
    const bench = new Bench({
      name: 'aggregator',
      parameters: { ...parameters, target: { name: 'aggregated-bytes' } },
    })
    for (const [volume, user_id, project_id, version] of INCOMING)
      bench.put(
        sample({
          name: 'incoming.bytes',
          type: 'delta',
          volume,
          user_id,
          project_id,
          resource_metadata: { version },
        }),
      )
    const released = bench.flush()
    expect(released.map(({ name }) => name)).toEqual(expected.map(() => 'aggregated-bytes'))
    expect(
      released.map(({ volume, user_id, project_id, resource_metadata }) => [
        volume,
        user_id,
        project_id,
        resource_metadata['version'],
      ]),
    ).toEqual(expected)
  })

  test('averages under a new name, too', () => {
    const bench = new Bench({ name: 'aggregator', parameters: { target: { name: 'mean' } } })
    bench.put(sample({ volume: 1 }), sample({ volume: 2 }))
    expect(bench.flush()).toMatchObject([{ name: 'mean', volume: 1.5 }])
  })

  test('scales what it adds', () => {
    const bench = new Bench({ name: 'aggregator', parameters: { target: { scale: 'volume * 2' } } })
    bench.put(sample({ volume: 1, type: 'delta' }), sample({ volume: 2, type: 'delta' }))
    expect(volumes(bench.flush())).toEqual([6])
  })

  test.each([
    ['first', '2026-11-24T12:00:00+00:00'],
    ['last', '2026-11-24T12:01:00+00:00'],
    ['middle', '2026-11-24T12:00:00+00:00'],
  ])('takes the timestamp %s', (timestamp, expected) => {
    const bench = new Bench({ name: 'aggregator', parameters: { timestamp } })
    bench.put(sample(), sample({ timestamp: '2026-11-24T12:01:00+00:00' }))
    expect(bench.flush()).toMatchObject([{ timestamp: expected }])
  })

  test('waits for its size, or until the first sample is older than its retention time', () => {
    const bench = new Bench({ name: 'aggregator', parameters: { size: 900, retention_time: 60 } })
    bench.put(sample({ volume: 1, type: 'delta' }), sample({ volume: 2, type: 'delta' }))
    expect(bench.flush()).toEqual([])
    bench.now += 60_000
    expect(bench.flush()).toEqual([])
    bench.now += 1
    expect(volumes(bench.flush())).toEqual([3])
    bench.put(sample({ volume: 4, type: 'delta' }))
    expect(volumes(bench.flush())).toEqual([4])
  })

  test.each([0, null])('goes by the retention time alone with size %s', (size) => {
    const bench = new Bench({ name: 'aggregator', parameters: { size, retention_time: 60 } })
    bench.put(sample())
    expect(bench.flush()).toEqual([])
    bench.now += 60_001
    expect(bench.flush()).toHaveLength(1)
  })

  test('keeps null apart from other users and projects', () => {
    const bench = new Bench({ name: 'aggregator' })
    bench.put(sample({ user_id: null, project_id: null }), sample({ user_id: null }), sample())
    expect(bench.flush()).toHaveLength(3)
  })

  test('sums integers beyond 2^53 exactly', () => {
    const bench = new Bench({ name: 'aggregator' })
    bench.put(sample({ type: 'delta', volume: 9_007_199_254_740_993n }), sample({ type: 'delta', volume: 2 }))
    expect(volumes(bench.flush())).toEqual([9_007_199_254_740_995n])
  })
})

describe('arithmetic', () => {
  const MEMORY_UTIL = {
    name: 'arithmetic',
    parameters: {
      target: { name: 'memory_util', unit: '%', type: 'gauge', expr: '100.0 * $(memory.usage) / $(memory)' },
    },
  }

  test('reckons once all meters of a resource have come', () => {
    const bench = new Bench(MEMORY_UTIL)
    bench.put(sample({ name: 'memory.usage', unit: 'MB', volume: 512, resource_metadata: { from: 'usage' } }))
    expect(bench.flush()).toEqual([])
    bench.put(sample({ name: 'memory', volume: 1024, timestamp: '2026-11-24T12:05:00+00:00' }))
    expect(bench.flush()).toMatchObject([
      {
        name: 'memory_util',
        unit: '%',
        type: 'gauge',
        volume: 50,
        timestamp: '2026-11-24T12:05:00+00:00',
        resource_metadata: { from: 'usage' },
      },
    ])
    expect(bench.chain.held).toBe(0)
    expect(bench.flush()).toEqual([])
  })

  test('takes the latest of each meter, and lets no other meter through', () => {
    const bench = new Bench(MEMORY_UTIL)
    bench.put(
      sample({ name: 'memory.usage', volume: 1 }),
      sample({ name: 'memory', volume: 1024 }),
      sample({ name: 'cpu' }),
      sample({ name: 'memory.usage', volume: 256 }),
    )
    expect(bench.out).toEqual([])
    expect(volumes(bench.flush())).toEqual([25])
    expect(bench.counts).toEqual({ 'other-meter': 1 })
  })

  test('keeps resources apart', () => {
    const bench = new Bench(MEMORY_UTIL)
    for (const [resource_id, volume] of [
      ['a', 512],
      ['b', 256],
      ['c', 128],
    ] as const)
      bench.put(sample({ name: 'memory.usage', resource_id, volume }))
    for (const resource_id of ['b', 'a']) bench.put(sample({ name: 'memory', resource_id, volume: 1024 }))
    expect(bench.flush().map(({ resource_id, volume }) => [resource_id, volume])).toEqual([
      ['b', 25],
      ['a', 50],
    ])
    expect(bench.chain.held).toBe(1)
  })

  test.each([
    ['a division by zero', '$(a) / $(b)', 0, undefined],
    ['metadata that is missing', '$(a) + $(b).resource_metadata.size', 1, undefined],
    ['metadata with another choice', '$(a) + ($(b).resource_metadata.size or 7)', 1, 12],
    ['the same meter twice', '$(a) * $(a) + $(b)', 1, 26],
    ['names like words of the language', '$(a) + $(b) - 1', 1, 5],
  ])('%s: %s', (_what, expr, b, expected) => {
    const bench = new Bench({ name: 'arithmetic', parameters: { target: { expr } } })
    bench.put(sample({ name: 'a', volume: 5 }), sample({ name: 'b', volume: b }))
    expect(volumes(bench.flush())).toEqual(expected === undefined ? [] : [expected])
    expect(bench.counts).toEqual(expected === undefined ? { 'no-result': 1 } : {})
    // It was evaluated: all begins anew.
    expect(bench.chain.held).toBe(0)
  })
})

describe('a chain', () => {
  test('runs what a step releases through the steps after it', () => {
    const bench = new Bench(
      { name: 'unit_conversion', parameters: { target: { name: 'a' } } },
      { name: 'accumulator', parameters: { size: 2 } },
      { name: 'unit_conversion', parameters: { target: { scale: 'volume * 2' } } },
    )
    bench.put(sample({ volume: 1 }), sample({ volume: 2 }))
    expect(bench.out).toEqual([])
    expect(bench.flush().map(({ name, volume }) => [name, volume])).toEqual([
      ['a', 2],
      ['a', 4],
    ])
  })

  test('lets what an earlier step releases into a later one go in the same flush', () => {
    const bench = new Bench(
      { name: 'accumulator', parameters: { size: 2 } },
      { name: 'aggregator', parameters: { size: 2 } },
    )
    bench.put(sample({ volume: 1 }), sample({ volume: 3 }))
    expect(volumes(bench.flush())).toEqual([2])
  })
})
