import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { AckLine, type Unsettled } from '../../../src/drivers/rabbit/acks.js'

type Written = readonly [tag: number, reach: 'this' | 'upTo']

function lineOf(stragglers: number): { line: AckLine<number>; written: Written[] } {
  const written: Written[] = []
  return { line: new AckLine<number>(stragglers, (tag, reach) => written.push([tag, reach])), written }
}

function deliver(line: AckLine<number>, count: number): Unsettled<number>[] {
  return Array.from({ length: count }, (_, index) => line.add(index + 1))
}

describe('the acknowledgements of a channel', () => {
  test('are one multiple ack for a finished prefix', () => {
    const { line, written } = lineOf(100)
    for (const entry of deliver(line, 5)) line.acknowledge(entry)
    line.flush()
    expect(written).toEqual([[5, 'upTo']])
    line.flush()
    expect(written.length).toBe(1)
  })

  test('never go past a message that is not finished', () => {
    const { line, written } = lineOf(100)
    const [first, second, third, fourth] = deliver(line, 4)
    for (const entry of [first, second, fourth]) line.acknowledge(entry as Unsettled<number>)
    line.flush()
    expect(written).toEqual([[2, 'upTo']])
    line.acknowledge(third as Unsettled<number>)
    line.flush()
    expect(written).toEqual([
      [2, 'upTo'],
      [4, 'upTo'],
    ])
  })

  test('are written singly when too many wait behind one that is not finished', () => {
    const { line, written } = lineOf(3)
    const [, ...behind] = deliver(line, 4)
    for (const entry of behind.slice(0, 2)) line.acknowledge(entry)
    line.flush()
    expect(written).toEqual([])
    for (const entry of behind.slice(2)) line.acknowledge(entry)
    line.flush()
    expect(written).toEqual([
      [2, 'this'],
      [3, 'this'],
      [4, 'this'],
    ])
  })

  test('at the end none is held back', () => {
    const { line, written } = lineOf(100)
    const [, ...behind] = deliver(line, 3)
    for (const entry of behind) line.acknowledge(entry)
    line.flush('all')
    expect(written).toEqual([
      [2, 'this'],
      [3, 'this'],
    ])
  })

  test('a multiple ack names a message that was acknowledged, not one that was given back', () => {
    const { line, written } = lineOf(100)
    const [first, second, third] = deliver(line, 3) as [
      Unsettled<number>,
      Unsettled<number>,
      Unsettled<number>,
    ]
    line.leave(third)
    line.acknowledge(first)
    line.acknowledge(second)
    line.flush()
    expect(written).toEqual([[2, 'upTo']])
  })
})

/** What a broker would make of what is written; fails on what a real one answers with a closed channel. */
class BrokerModel {
  readonly unacked = new Set<number>()
  readonly acknowledged = new Set<number>()
  readonly givenBack = new Set<number>()
  #last = 0

  deliver(): number {
    this.#last += 1
    this.unacked.add(this.#last)
    return this.#last
  }

  ack(tag: number, reach: 'this' | 'upTo'): void {
    if (!this.unacked.has(tag)) throw new Error(`406: unknown delivery tag ${tag}`)
    for (const each of reach === 'this' ? [tag] : [...this.unacked].filter((other) => other <= tag)) {
      this.unacked.delete(each)
      this.acknowledged.add(each)
    }
  }

  nack(tag: number): void {
    if (!this.unacked.delete(tag)) throw new Error(`406: unknown delivery tag ${tag}`)
    this.givenBack.add(tag)
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('deliver' as const), pick: fc.nat() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('requeue' as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('flush' as const), pick: fc.nat() }) },
)

test('in any order of completion each delivery is settled once and as its receiver said, and the window never starves', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (steps, stragglers) => {
      const broker = new BrokerModel()
      const line = new AckLine<number>(stragglers, (tag, reach) => broker.ack(tag, reach))
      const open: Unsettled<number>[] = []
      /** Messages that are finished, and that the broker still counts against us after a flush. */
      let most = 0
      const told = { acknowledge: new Set<number>(), requeue: new Set<number>() }
      const take = (pick: number): Unsettled<number> | undefined =>
        open.splice(pick % Math.max(1, open.length), 1)[0]
      for (const { do: what, pick } of steps) {
        if (what === 'deliver') open.push(line.add(broker.deliver()))
        else if (what === 'flush') {
          line.flush()
          most = Math.max(most, broker.unacked.size - open.length)
        } else {
          const entry = take(pick)
          if (entry === undefined) continue
          told[what].add(entry.message)
          if (what === 'acknowledge') line.acknowledge(entry)
          else {
            line.leave(entry)
            broker.nack(entry.message)
          }
        }
        expect(open.filter((entry) => !broker.unacked.has(entry.message))).toEqual([])
      }
      expect(most).toBeLessThan(stragglers)
      line.flush('all')
      expect(broker.acknowledged).toEqual(told.acknowledge)
      expect(broker.givenBack).toEqual(told.requeue)
      expect(broker.unacked).toEqual(new Set(open.map((entry) => entry.message)))
    }),
    { numRuns: 500 },
  )
})

test('a message that is never finished does not make the line grow with what passes it', () => {
  const { line } = lineOf(10)
  line.add(0)
  for (let tag = 1; tag <= 20_000; tag++) {
    const entry = line.add(tag)
    if (tag % 3 === 0) line.leave(entry)
    else line.acknowledge(entry)
    line.flush()
    if (line.length > 1_000) throw new Error(`${line.length} entries kept, of which 1 is unfinished`)
  }
})
