import { describe, expect, test } from '@jest/globals'

import type { Sample } from '../../../src/agent/sample.js'
import { sample } from '../pipeline/support/data.js'
import { Bench } from './support/bench.js'

const CPU_UTIL = {
  name: 'rate_of_change',
  parameters: {
    target: {
      name: 'cpu_util',
      unit: '%',
      type: 'gauge',
      scale: '100.0 / (10**9 * (resource_metadata.cpu_number or 1))',
    },
  },
}

function cpu(volume: number, seconds: number, fields: Partial<Sample> = {}): Sample {
  const timestamp = new Date(Date.parse('2026-11-24T12:00:00Z') + seconds * 1_000).toISOString()
  return sample({
    name: 'cpu',
    type: 'cumulative',
    unit: 'ns',
    volume,
    timestamp,
    resource_metadata: { cpu_number: 4 },
    ...fields,
  })
}

describe('rate_of_change', () => {
  test.each([
    ['4 CPUs', 120e9, 180e9, 60, 'cumulative', 4, 25],
    ['2 CPUs', 120e9, 180e9, 60, 'cumulative', 2, 50],
    ['a counter that began anew', 180e9, 120e9, 60, 'cumulative', 4, 50],
    ['a gauge that falls', 180e9, 120e9, 60, 'gauge', 4, -25],
    ['no time between', 120e9, 120e9, 0, 'cumulative', 4, 0],
    ['no growth', 120e9, 120e9, 60, 'cumulative', 4, 0],
    ['no number of CPUs', 120e9, 180e9, 60, 'cumulative', undefined, 100],
  ] as const)(
    '%s: %d and %d ns, %d s apart, as %s',
    (_what, before, after, seconds, type, cpus, expected) => {
      const bench = new Bench(CPU_UTIL)
      const fields = { type, resource_metadata: cpus === undefined ? {} : { cpu_number: cpus } }
      expect(bench.put(cpu(before, 0, fields))).toEqual([])
      const [result] = bench.put(cpu(after, seconds, fields))
      expect(result).toMatchObject({ name: 'cpu_util', unit: '%', type: 'gauge', volume: expected })
      expect(bench.counts).toEqual({ 'no-predecessor': 1 })
    },
  )

  test('takes weights from the metadata', () => {
    const bench = new Bench({
      name: 'rate_of_change',
      parameters: {
        target: {
          scale:
            '(resource_metadata.cpu_weight or 1.0) * 100.0 / (10**9 * (resource_metadata.cpu_number or 1))',
        },
      },
    })
    const fields = { resource_metadata: { cpu_number: 4, cpu_weight: 1.1 } }
    bench.put(cpu(120e9, 0, fields))
    expect(bench.put(cpu(180e9, 60, fields))[0]?.volume).toBeCloseTo(27.5, 12)
  })

  test('drops what comes out of order and keeps the newer', () => {
    const bench = new Bench(CPU_UTIL)
    bench.put(cpu(125e9, 0))
    expect(bench.put(cpu(120e9, -10))).toEqual([])
    expect(bench.put(cpu(155e9, 60)).map(({ volume }) => volume)).toEqual([12.5])
    expect(bench.counts).toEqual({ 'no-predecessor': 1, 'out-of-order': 1 })
  })

  test('keeps resources and meters apart', () => {
    const bench = new Bench({ name: 'rate_of_change' })
    bench.put(cpu(0, 0, { resource_id: 'a' }), cpu(0, 0, { resource_id: 'b' }), cpu(0, 0, { name: 'x' }))
    const results = bench.put(
      cpu(60, 60, { resource_id: 'a' }),
      cpu(120, 60, { resource_id: 'b' }),
      cpu(180, 60, { name: 'x' }),
    )
    expect(results.map(({ volume }) => volume)).toEqual([1, 2, 3])
    expect(bench.chain.held).toBe(3)
  })

  test('rewrites names and units by patterns', () => {
    const bench = new Bench({
      name: 'rate_of_change',
      parameters: {
        source: { map_from: { name: 'disk\\.(read|write)\\.(bytes|requests)', unit: '(B|request)' } },
        target: { map_to: { name: 'disk.\\1.\\2.rate', unit: '\\1/s' }, type: 'gauge' },
      },
    })
    for (const [volume, seconds] of [
      [1_000, 0],
      [1_000 + 7 * 60 * 42, 420],
    ] as const)
      bench.put(
        cpu(volume, seconds, { name: 'disk.read.bytes', unit: 'B' }),
        cpu(volume, seconds, { name: 'disk.write.requests', unit: 'request' }),
      )
    expect(bench.out.map(({ name, unit, volume, type }) => [name, unit, volume, type])).toEqual([
      ['disk.read.bytes.rate', 'B/s', 42, 'gauge'],
      ['disk.write.requests.rate', 'request/s', 42, 'gauge'],
    ])
  })

  test('multiplies by a scale that is a plain number', () => {
    const bench = new Bench({ name: 'rate_of_change', parameters: { target: { scale: 100 } } })
    bench.put(cpu(0, 0))
    expect(bench.put(cpu(60, 60))[0]?.volume).toBe(100)
  })

  test('gives no more than a maximum', () => {
    const bench = new Bench({ name: 'rate_of_change', parameters: { target: { max: 100, scale: 100 } } })
    bench.put(cpu(0, 0))
    expect(bench.put(cpu(61, 60), cpu(91, 120)).map(({ volume }) => volume)).toEqual([100, 50])
  })

  test('reckons with microseconds and with offsets', () => {
    const bench = new Bench({ name: 'rate_of_change' })
    bench.put(cpu(0, 0, { timestamp: '2026-11-24T12:00:00.000001+00:00' }))
    const [result] = bench.put(cpu(1, 0, { timestamp: '2026-11-24T13:00:00.000003+01:00' }))
    expect(result?.volume).toBe(1 / 0.000002)
  })

  test('drops and counts what has no readable time', () => {
    const bench = new Bench({ name: 'rate_of_change' })
    expect(bench.put(cpu(0, 0, { timestamp: 'noon' }))).toEqual([])
    expect(bench.counts).toEqual({ 'transformer-failed': 1 })
  })

  test('forgets the resource unheard of for the longest time when there is no room', () => {
    const bench = new Bench({ name: 'rate_of_change', parameters: { cache_size: 2 } })
    for (const resource_id of ['a', 'b', 'a', 'c']) bench.put(cpu(0, 0, { resource_id }))
    expect(bench.chain.held).toBe(2)
    expect(bench.counts).toMatchObject({ evicted: 1 })
    expect(bench.put(cpu(60, 60, { resource_id: 'a' }))).toHaveLength(1)
    expect(bench.put(cpu(60, 60, { resource_id: 'b' }))).toHaveLength(0)
  })

  test('forgets what is too old', () => {
    const bench = new Bench({ name: 'rate_of_change', parameters: { cache_age: 3_600 } })
    bench.put(cpu(0, 0))
    bench.now += 3_600_001
    expect(bench.put(cpu(60, 60))).toEqual([])
    expect(bench.counts).toMatchObject({ expired: 1, 'no-predecessor': 2 })
  })

  test('keeps everything of the sample but what it changes, under an id of its own', () => {
    const bench = new Bench(CPU_UTIL)
    bench.put(cpu(120e9, 0))
    const source = cpu(180e9, 60)
    const [result] = bench.put(source)
    expect(result).toEqual({
      ...source,
      id: result?.id,
      name: 'cpu_util',
      unit: '%',
      type: 'gauge',
      volume: 25,
    })
    expect(result?.id).not.toBe(source.id)
  })
})
