import { describe, expect, test } from '@jest/globals'

import type { Sample } from '../../../src/agent/sample.js'
import { sample } from '../pipeline/support/data.js'
import { Bench } from './support/bench.js'

function at(minute: number, volume: Sample['volume'], fields: Partial<Sample> = {}): Sample {
  const timestamp = new Date(Date.UTC(2026, 10, 24, 12, minute)).toISOString()
  return sample({ name: 'cpu', type: 'cumulative', volume, timestamp, ...fields })
}

describe('delta', () => {
  test.each([
    ['all differences', {}, [26, 16, 53], [0, 1, 2], [-10, 37], { 'no-predecessor': 1 }],
    [
      'growth only',
      { growth_only: true },
      [26, 16, 53],
      [0, 1, 2],
      [37],
      { 'no-predecessor': 1, 'negative-delta': 1 },
    ],
    [
      'the middle one out of order',
      {},
      [26, 16, 53],
      [0, -5, 1],
      [27],
      { 'no-predecessor': 1, 'out-of-order': 1 },
    ],
    ['a single one', {}, [26], [0], [], { 'no-predecessor': 1 }],
  ])('%s', (_what, parameters, volumes, minutes, expected, counts) => {
    const bench = new Bench({ name: 'delta', parameters: { target: { name: 'cpu.delta' }, ...parameters } })
    bench.put(...volumes.map((volume, index) => at(minutes[index] ?? 0, volume)))
    expect(bench.out.map(({ name, type, unit, volume }) => [name, type, unit, volume])).toEqual(
      expected.map((volume) => ['cpu.delta', 'delta', 'ns', volume]),
    )
    expect(bench.counts).toEqual(counts)
  })

  test('is exact beyond 2^53', () => {
    const bench = new Bench({ name: 'delta' })
    bench.put(at(0, 9_007_199_254_740_993n), at(1, 9_007_199_254_740_995n), at(2, 18_014_398_509_481_990n))
    expect(bench.out.map(({ volume }) => volume)).toEqual([2, 9_007_199_254_740_995n])
  })
})

describe('unit_conversion', () => {
  test.each([
    ['an expression', { target: { name: 'cpu_mins', unit: 'min', scale: 'volume / ((10**9) * 60)' } }, 20],
    ['a number', { target: { name: 'cpu_mins', unit: 'min', scale: 0.5 } }, 600_000_000_000],
    ['no scale', { target: { name: 'cpu_mins', unit: 'min' } }, 1_200_000_000_000],
    ['a scale of 0, which asks for nothing', { target: { name: 'cpu_mins', unit: 'min', scale: 0 } }, 12e11],
  ])('of samples of all units by %s', (_what, parameters, volume) => {
    const bench = new Bench({ name: 'unit_conversion', parameters: { source: {}, ...parameters } })
    const [result] = bench.put(at(0, 12e11, { unit: 'ns' }))
    expect(result).toMatchObject({ name: 'cpu_mins', unit: 'min', type: 'cumulative', volume })
  })

  test('leaves samples of other units as they are', () => {
    const parameters = { source: { unit: '°C' }, target: { unit: '°F', scale: '(volume * 1.8) + 32' } }
    const bench = new Bench({ name: 'unit_conversion', parameters })
    const kelvin = at(0, 293, { unit: 'K' })
    expect(bench.put(kelvin)[0]).toBe(kelvin)
    expect(bench.put(at(0, 36.8, { unit: '°C' }))[0]).toMatchObject({ unit: '°F', volume: 36.8 * 1.8 + 32 })
  })

  test('rewrites a name that matches and takes the target for one that does not', () => {
    const bench = new Bench({
      name: 'unit_conversion',
      parameters: {
        source: { map_from: { name: '^disk\\.(.*)$' } },
        target: { name: 'other', map_to: { name: 'd.\\g<1>' } },
      },
    })
    expect(bench.put(at(0, 1, { name: 'disk.read' }))[0]?.name).toBe('d.read')
    // As in Python, a substitution that replaces nothing gives the text itself.
    expect(bench.put(at(0, 1, { name: 'cpu' }))[0]?.name).toBe('cpu')
  })

  test('loses a sample whose expression fails, and no other', () => {
    const bench = new Bench({
      name: 'unit_conversion',
      parameters: { target: { scale: 'volume / resource_metadata.size' } },
    })
    const sizes = [4, 0, 'big', undefined, 2]
    bench.put(...sizes.map((size) => at(0, 8, { resource_metadata: { size } })))
    expect(bench.out.map(({ volume }) => volume)).toEqual([2, 4])
    expect(bench.counts).toEqual({ 'transformer-failed': 3 })
  })
})
