/** The tests of the tests: each defect, given to a sound driver, must make the check fail that is there for it. */
import { afterAll, describe, expect, test } from '@jest/globals'

import { conformance } from '../../src/conformance/index.js'
import type { Driver, Features } from '../../src/core/driver.js'
import { resetMemoryBrokers } from '../../src/drivers/memory/driver.js'
import { memoryFeatures, openMemory } from '../drivers/memory/open.js'
import { mutants } from './mutants/index.js'
import { denies } from './mutants/kit.js'
import { refusing } from './refusing.js'

const broker = 'memory://mutants'
const maxBodySize = 2 * 1024 * 1024

afterAll(() => resetMemoryBrokers('mutants'))

interface Registered {
  readonly name: string
  readonly run: () => Promise<void>
}

function checksOf(
  wrap: (driver: Driver) => Driver,
  {
    features = memoryFeatures,
    timeout = 2_000,
  }: { readonly features?: Features; readonly timeout?: number } = {},
): readonly Registered[] {
  const checks: Registered[] = []
  conformance({
    name: 'mutant',
    open: () => wrap(openMemory(broker, { maxBodySize })),
    features,
    maxBodySize,
    timeout,
    quiet: 30,
    test: (name, run) => checks.push({ name, run }),
  })
  return checks
}

/** `passed`, or the name of the error: instances are of another realm than jest's. */
async function outcomeOf(check: Registered | undefined): Promise<string> {
  try {
    await check?.run()
    return 'passed'
  } catch (error) {
    return (error as Error).name
  }
}

/** What a check ends with when the driver is at fault. A TypeError, say, would be a fault of the mutant. */
const noticed = /^(AssertionError|Error|MessageUndeliverable)$/

describe('the conformance suite notices a driver that', () => {
  test.each(mutants.map((mutant) => [mutant.defect, mutant] as const))(
    '%s',
    async (_, { noticedBy, wrap }) => {
      const checks = checksOf(wrap(), { timeout: noticedBy.includes('delay') ? 1_500 : 250 }).filter(
        ({ name }) => name.includes(noticedBy),
      )
      expect(checks.map(({ name }) => name)).toHaveLength(1)
      expect(await outcomeOf(checks[0])).toMatch(noticed)
    },
  )

  test('takes bodies above maxBodySize', async () => {
    const check = checksOf((driver) => driver).find(({ name }) => name.includes('maxBodySize'))
    const lenient: Registered[] = []
    conformance({
      name: 'mutant',
      open: () => openMemory(broker),
      features: memoryFeatures,
      maxBodySize,
      timeout: 2_000,
      test: (name, run) => lenient.push({ name, run }),
    })
    expect(await outcomeOf(check)).toBe('passed')
    expect(await outcomeOf(lenient.find(({ name }) => name.includes('maxBodySize')))).toMatch(noticed)
  })
})

test('every check that a driver without a link can pass is there for some defect', () => {
  const needed = [...mutants.map(({ noticedBy }) => noticedBy), 'maxBodySize']
  const idle = checksOf((driver) => driver).filter(({ name }) => !needed.some((part) => name.includes(part)))
  expect(idle.map(({ name }) => name)).toEqual([])
})

describe('a driver that declares a feature false', () => {
  const refusable = ['pools', 'fanout', 'direct', 'deadLetter', 'requeue', 'delay'] as const

  test.each(refusable)('and has %s all the same is noticed', async (feature) => {
    const features = { ...memoryFeatures, [feature]: false }
    const checks = checksOf(denies(feature), { features }).filter(({ name }) => name.includes(': refusals:'))
    expect(checks).toHaveLength(1)
    expect(await outcomeOf(checks[0])).toMatch(noticed)
  })

  test.each(refusable)('and refuses %s passes', async (feature) => {
    const features = { ...memoryFeatures, [feature]: false }
    const checks = checksOf(refusing(feature), { features }).filter(({ name }) =>
      name.includes(': refusals:'),
    )
    expect(checks).toHaveLength(1)
    expect(await outcomeOf(checks[0])).toBe('passed')
  })
})
