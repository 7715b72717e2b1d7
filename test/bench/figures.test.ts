/** The measurements of bench/ count right: what is lost is seen, and what is seen was lost. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, test } from '@jest/globals'

const load = (path: string) => import(new URL(`../../bench/${path}`, import.meta.url).href)
const { Ledger } = await load('support/journal.mjs')
const { recoveryTime, score } = await load('faults/score.mjs')
const { Account } = await load('soak/account.mjs')
const { schedule } = await load('soak/schedule.mjs')
const { verdict } = await load('soak/verdict.mjs')
const { plot } = await load('support/plot.mjs')
const { writePart } = await load('support/generated.mjs')

const folder = mkdtempSync(join(tmpdir(), 'tocsin-figures-'))
afterAll(() => rmSync(folder, { recursive: true }))

function ledgerOf(...lines: readonly string[]) {
  const path = join(folder, 'journal')
  writeFileSync(path, `${lines.join('\n')}\n`)
  const ledger = new Ledger(path).read()
  ledger.close()
  return ledger
}

/** Messages 100 ms apart, each of which reaches a handler `delayOf(its number)` milliseconds after it was offered. */
function served(count: number, delayOf: (index: number) => number) {
  return ledgerOf(
    ...Array.from({ length: count }, (_none, index) => [
      `o ${index * 100} ${index}`,
      `s ${index * 100 + delayOf(index)} ${index}`,
    ]).flat(),
  )
}

describe('the score of a library under a fault', () => {
  const left: ReadonlySet<string> = new Set()

  test('counts as lost what was confirmed, handled by nobody and is not in the queue', () => {
    const ledger = ledgerOf('o 1 a', 'c 2 a', 'o 1 b', 'c 2 b', 'h 3 b', 'o 1 c', 'c 2 c')
    expect(score(ledger, { since: 0, left: new Set(['c']) })).toMatchObject({ lost: 1, stuck: 1, handled: 1 })
  })

  test('counts what was offered before the queue was deleted apart from what was offered later', () => {
    const ledger = ledgerOf('o 1 a', 'c 2 a', 'o 11 b', 'c 12 b')
    expect(score(ledger, { since: 10, takesMessages: true, left })).toMatchObject({
      lost: 1,
      lostWithQueue: 1,
    })
  })

  test('tells promises that never settled from those that rejected, and counts what was handled twice', () => {
    const ledger = ledgerOf('o 1 a', 'o 1 b', 'r 2 b', 'e 2 Error: no', 'h 3 b', 'h 4 b', 'm 5 2048')
    expect(score(ledger, { since: 0, left })).toMatchObject({
      unsettled: 1,
      rejected: 1,
      duplicates: 1,
      rejectedYetHandled: 1,
      peakRssMiB: 2,
      rejections: { 'Error: no': 1 },
    })
  })

  test('says recovered when each message is prompt for two seconds, from the first of them', () => {
    expect(
      recoveryTime(
        served(100, (index) => (index < 30 ? 5_000 : 10)),
        1_000,
      ),
    ).toBe(2_000)
    expect(
      recoveryTime(
        served(100, (index) => (index % 15 === 0 ? 5_000 : 10)),
        1_000,
      ),
    ).toBeUndefined()
  })
})

describe('the soak', () => {
  test('forgets what is both confirmed and handled, in either order, and keeps what is missing', () => {
    const account = new Account()
    for (const id of [1, 2, 3]) account.offer(id)
    account.confirm(1)
    account.handle(1)
    account.handle(2)
    account.confirm(2)
    account.confirm(3)
    account.handle(1)
    expect(account).toMatchObject({ confirmed: 3, handled: 2, repeated: 1, underWay: 1, missing: 1 })
  })

  test('breaks the same things for the same seed, and ends in time to recover', () => {
    const faults = schedule(17, 600_000)
    expect(schedule(17, 600_000)).toEqual(faults)
    expect(schedule(18, 600_000)).not.toEqual(faults)
    const lasts = faults.reduce(
      (sum: number, fault: { after: number; lasts: number }) => sum + fault.after + fault.lasts,
      0,
    )
    expect(lasts).toBeLessThanOrEqual(580_000)
  })

  test.each([
    ['a heap that stays', 0, {}, []],
    ['a heap that grows', 10_000, {}, ['heap after collection']],
    ['a lost message', 0, { lost: 1 }, ['lost']],
    ['a socket left open', 0, { left: { TCPSocketWrap: 1 } }, ['no socket']],
  ])('judges %s', (_name, growth, result, failed) => {
    const samples = Array.from({ length: 600 }, (_none, at) => ({
      at,
      underWay: 3,
      pendingSends: 1,
      inHand: 2,
      heapAfterGc: at % 10 === 0 ? 8e6 + at * growth : undefined,
      resources: { TCPSocketWrap: 2, Timeout: 4 },
    }))
    const sound = { lost: 0, rejected: 0, deadLetters: 0, left: { PipeWrap: 1 } }
    const checks: readonly { check: string; passes: boolean }[] = verdict({
      samples,
      result: { ...sound, ...result },
      exits: true,
    })
    const found = checks.filter(({ passes }) => !passes).map(({ check }) => check)
    expect(found).toEqual(failed.map((start) => expect.stringMatching(`^${start}`)))
  })
})

test('a plot is well-formed: words are escaped and no coordinate is missing', () => {
  const svg: string = plot({
    title: 'a < b & "c"',
    subtitle: '',
    end: 60,
    bands: [{ from: 10, to: 20, label: 'cut' }],
    panels: [
      {
        title: 'one',
        lines: [
          {
            label: 'x',
            points: [
              [0, 0],
              [60, 5],
            ],
          },
        ],
      },
      { title: 'nothing', lines: [{ label: 'y', points: [] }] },
    ],
  })
  expect(svg).toContain('a &lt; b &amp; &quot;c&quot;')
  expect(svg).not.toMatch(/NaN|undefined|Infinity/)
})

test('a part of a document is written between its marks, and nowhere else', () => {
  const path = join(folder, 'page.md')
  writeFileSync(path, 'a\n<!-- one:begin (how) -->\nold\n<!-- one:end -->\nb\n')
  writePart(path, 'one', 'costs $1\n')
  expect(readFileSync(path, 'utf8')).toBe('a\n<!-- one:begin (how) -->\ncosts $1\n<!-- one:end -->\nb\n')
  expect(() => writePart(path, 'two', '')).toThrow('<!-- two:begin -->')
})
