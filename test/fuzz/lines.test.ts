/** The two queues within the library against plain arrays. */
import assert from 'node:assert/strict'

import { test } from '@jest/globals'
import * as fc from 'fast-check'

import { Fifo } from '../../src/core/fifo.js'
import { type Entry, SendLine } from '../../src/drivers/rabbit/send-line.js'
import { seed } from './slice.js'

// The queue cuts itself after some thousand items have gone.
const amount = fc.constantFrom(1, 2, 5, 20, 2_000, 5_000)
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('push' as const), count: amount }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('shift' as const), count: amount }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const), count: amount }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('takeAll' as const), count: fc.constant(1) }) },
  ),
  { maxLength: 30, size: 'max' },
)

test('a Fifo is an array from which one takes at the front', () => {
  fc.assert(
    fc.property(steps, (drawn) => {
      const fifo = new Fifo<number>()
      const model: number[] = []
      let next = 0
      for (const { do: what, count } of drawn) {
        if (what === 'takeAll') assert.deepEqual(fifo.takeAll(), model.splice(0))
        for (let left = what === 'takeAll' ? 0 : count; left > 0; left--) {
          if (what === 'push') {
            fifo.push(next)
            model.push(next++)
          } else {
            assert.equal(fifo.shift(), model.shift())
          }
        }
        assert.equal(fifo.length, model.length)
      }
      assert.deepEqual(fifo.takeAll(), model)
    }),
    { numRuns: 60, seed },
  )
})

test('a SendLine brings those that wait and are not settled, in order', () => {
  fc.assert(
    fc.property(steps, fc.nat(), (drawn, luck) => {
      const line = new SendLine()
      const model: Entry[] = []
      for (const { do: what, count } of drawn) {
        if (what === 'takeAll') assert.deepEqual(line.takeAll(), model.splice(0))
        for (let left = what === 'takeAll' ? 0 : count; left > 0; left--) {
          if (what === 'push') {
            const entry = { isSettled: false } as Entry
            line.push(entry)
            model.push(entry)
          } else if (what === 'shift') {
            const entry = line.shift()
            assert.equal(entry, model.shift())
            assert.equal(entry?.line, undefined)
          } else {
            const [entry] = model.splice((luck * left) % Math.max(1, model.length), 1)
            if (entry === undefined) break
            assert.equal(entry.line, line)
            entry.isSettled = true
            line.hasSettled()
          }
        }
        assert.equal(line.isEmpty, model.length === 0)
      }
      assert.deepEqual(line.takeAll(), model)
    }),
    { numRuns: 40, seed },
  )
})
