/** The checks of group `trouble`: a driver that restores itself passes, and each defect is noticed. */
import { afterAll, describe, expect, test } from '@jest/globals'

import { conformance, type RegisterTest } from '../../src/conformance/index.js'
import { resetMemoryBrokers } from '../../src/drivers/memory/driver.js'
import { memoryFeatures, openMemory } from '../drivers/memory/open.js'
import { type LinkDefect, LinkedDriver } from './linked.js'

afterAll(() => resetMemoryBrokers('linked'))

function register(defect: LinkDefect | undefined, timeout: number, onCheck: RegisterTest): void {
  conformance({
    name: 'linked',
    open: () => new LinkedDriver(openMemory('memory://linked'), defect),
    features: memoryFeatures,
    breakLink: (driver) => (driver as LinkedDriver).cut(),
    timeout,
    quiet: 40,
    test: (name, run) => {
      if (name.includes(': trouble:')) onCheck(name, run)
    },
  })
}

register(undefined, 5_000, (name, run) => test(name, run))

const defects: readonly (readonly [LinkDefect, string])[] = [
  ['does not restore its listeners', 'a listener resumes by itself'],
  ['does not say that it restored', 'says that it was restored'],
  ['restores the first subscription only', 'a listener of several subscriptions'],
  ['restores all but fanouts', 'a fanout listener resumes'],
  ['drops what is sent while the link is down', 'a send while the link is cut'],
  ['loses what is on the wire when the link breaks', 'what resolved has arrived'],
  ['accepts a settle of the old link', 'a settle of the old link'],
  ['says nothing of its link', 'are told as events'],
  ['waits for ever at cleanup for a link that is down', 'cleanup right after the link was cut'],
]

describe('the conformance suite notices a driver that', () => {
  test.each(defects)('%s', async (defect, noticedBy) => {
    const checks: { readonly name: string; readonly run: () => Promise<void> }[] = []
    register(defect, 300, (name, run) => checks.push({ name, run }))
    const chosen = checks.filter(({ name }) => name.includes(noticedBy))
    expect(chosen).toHaveLength(1)
    const outcome = await chosen[0]?.run().then(
      () => 'passed',
      (error: Error) => error.name,
    )
    expect(outcome).toBe('AssertionError')
  })
})
