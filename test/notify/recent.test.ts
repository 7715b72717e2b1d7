/** The last ids. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import { RecentIds } from '../../src/notify/recent.js'

const hex = (value: number): string => value.toString(16).padStart(32, '0')

/** The same by Sets of texts. */
class Model {
  readonly #limit: number
  #newer = new Set<string>()
  #older = new Set<string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  has(id: string): boolean {
    return this.#newer.has(id) || this.#older.has(id)
  }

  add(id: string): void {
    if (this.#limit === 0) return
    if (this.#newer.size >= this.#limit) {
      this.#older = this.#newer
      this.#newer = new Set()
    }
    this.#newer.add(id)
  }
}

const id = fc.oneof(
  fc.nat(60).map(hex),
  fc.nat(60).map((value) => `${value.toString(16)}${'0'.repeat(31)}`.slice(0, 32)),
  fc.nat(20).map((value) => hex(value).replace(/0/, 'A')),
  fc.nat(20).map((value) => hex(value).replace(/0/, 'é')),
  fc.nat(20).map((value) => `id-${value}`),
  fc.constant(''),
)

test('ids of whatever kind are remembered and forgotten as by Sets', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('add', 'has', 'both'), id), { maxLength: 200 })
  fc.assert(
    fc.property(fc.nat(12), steps, (limit, all) => {
      const recent = new RecentIds(limit)
      const model = new Model(limit)
      return all.every(([step, text]) => {
        const isSame = step === 'add' || recent.has(text) === model.has(text)
        if (step !== 'has') for (const ids of [recent, model]) ids.add(text)
        return isSame
      })
    }),
  )
})

test('the last of a thousand are remembered, the first of four thousand are not', () => {
  const recent = new RecentIds(1_000)
  for (let index = 0; index < 4_000; index += 1) recent.add(hex(index * 7_919))
  for (let index = 3_000; index < 4_000; index += 1) expect(recent.has(hex(index * 7_919))).toBe(true)
  for (let index = 0; index < 2_000; index += 1) expect(recent.has(hex(index * 7_919))).toBe(false)
})
