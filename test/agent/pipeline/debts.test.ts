/** What sinks owe: remembered as long as there is room, and no longer than somebody may come for it. */
import { expect, test } from '@jest/globals'

import { Debts } from '../../../src/agent/pipeline/debts.js'
import type { Outlet } from '../../../src/agent/pipeline/outlet.js'

class Receiver implements Outlet<number> {
  readonly name = 'a://'
  readonly sink = 'k'
  readonly delivery = 'at-least-once'
  readonly arrived: number[] = []
  readonly lost: number[] = []
  calls = 0
  answer: (data: readonly number[]) => 'taken' | 'failed' | 'refused' = () => 'failed'

  async send(data: readonly number[]): Promise<void> {
    this.calls += 1
    const outcome = this.answer(data)
    if (outcome !== 'taken') throw Object.assign(new Error(outcome), { outcome })
  }

  taken(data: readonly number[]): void {
    this.arrived.push(...data)
  }

  missed(data: readonly number[]): void {
    this.lost.push(...data)
  }
}

const many = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

async function owe(debts: Debts<number>, outlet: Receiver, key: string, count: number): Promise<void> {
  await expect(debts.send({ owed: [{ outlet, data: many(count) }], refused: [] }, key)).rejects.toThrow()
}

test('memory is bounded by what is owed, not only by how many owe it', async () => {
  const [debts, outlet] = [new Debts<number>(), new Receiver()]
  for (const key of ['a', 'b', 'c', 'd', 'e']) await owe(debts, outlet, key, 6_000)
  expect(['a', 'b', 'c', 'd', 'e'].filter((key) => debts.has(key))).toEqual(['c', 'd', 'e'])
  expect([debts.size, debts.forgotten]).toEqual([3, 2])
  // Larger than all the room: it has it to itself.
  await owe(debts, outlet, 'large', 30_000)
  expect([debts.size, debts.has('large')]).toEqual([1, true])
})

test('it is full at half of the room, until something is paid', async () => {
  const [debts, outlet] = [new Debts<number>(), new Receiver()]
  await owe(debts, outlet, 'a', 9_000)
  expect(debts.isFull).toBe(false)
  await owe(debts, outlet, 'b', 1_000)
  expect(debts.isFull).toBe(true)
  outlet.answer = () => 'taken'
  await debts.send(debts.take('a') ?? { owed: [], refused: [] }, 'a')
  expect(debts.isFull).toBe(false)
})

test('nobody waits for those who do not come back', async () => {
  let now = 0
  const [debts, outlet] = [new Debts<number>(() => now), new Receiver()]
  await owe(debts, outlet, 'gone', 9_000)
  now += 10 * 60_000
  await owe(debts, outlet, 'there', 9_000)
  expect(debts.isFull).toBe(true)
  now += 5 * 60_000
  expect(debts.isFull).toBe(false)
  expect([debts.has('gone'), debts.has('there'), debts.forgotten]).toEqual([false, true, 1])
})

test('of many that are refused together each bad one is found in few calls, and missed alone', async () => {
  const [debts, outlet] = [new Debts<number>(), new Receiver()]
  outlet.answer = (data) => (data.includes(70) ? 'refused' : 'taken')
  const failure = await debts
    .send({ owed: [{ outlet, data: many(100) }], refused: [] }, 'a')
    .catch((error: unknown) => error)
  expect(failure).toMatchObject({ refused: true, lost: [{ count: 1 }] })
  expect([outlet.arrived.length, outlet.lost]).toEqual([99, [70]])
  expect(outlet.calls).toBeLessThan(20)
  expect(debts.has('a')).toBe(false)
})

test('what a transformer let go and nobody will take is given up, not kept', async () => {
  const [debts, outlet] = [new Debts<number>(), new Receiver()]
  outlet.answer = (data) => (data.includes(1) ? 'refused' : 'taken')
  await expect(debts.sendLoose([{ outlet, data: [1, 2] }])).rejects.toThrow(
    'sink k: a:// did not take 1: refused',
  )
  await debts.sendLoose([])
  expect([outlet.arrived, debts.abandoned]).toEqual([[2], 1])
})

test('a failure tells each reason once', async () => {
  const [debts, outlet] = [new Debts<number>(), new Receiver()]
  outlet.answer = () => 'refused'
  await expect(debts.send({ owed: [{ outlet, data: many(50) }], refused: [] }, 'a')).rejects.toThrow(
    /^sink k: a:\/\/ did not take 50: refused$/,
  )
})
