/** The ack line against a broker that closes the channel at a wrong ack: any order of completion, and an end at any point. */
import assert from 'node:assert/strict'

import { test } from '@jest/globals'
import * as fc from 'fast-check'

import { AckLine, type Unsettled } from '../../src/drivers/rabbit/acks.js'
import { seed } from './slice.js'

/** A broker's side of a channel, and what receivers said. */
class Model {
  readonly unacked = new Set<number>()
  /** Message -> how it was settled. */
  readonly settled = new Map<number, 'acknowledged' | 'given back'>()
  /** Delivered, and its receiver has not said a word. */
  open: Unsettled<number>[] = []
  /** Acknowledged by its receiver. */
  readonly told = new Set<number>()
  tags = 0

  settle(tag: number, how: 'acknowledged' | 'given back'): void {
    assert.ok(this.unacked.delete(tag), `406: unknown delivery tag ${tag}`)
    assert.ok(!this.settled.has(tag), `${tag} is settled twice`)
    this.settled.set(tag, how)
  }

  ack(tag: number, reach: 'this' | 'upTo'): void {
    assert.ok(this.unacked.has(tag), `406: unknown delivery tag ${tag}`)
    for (const each of reach === 'this' ? [tag] : [...this.unacked].filter((other) => other <= tag)) {
      assert.ok(this.told.has(each), `${each} is acknowledged, and its receiver has not finished`)
      this.settle(each, 'acknowledged')
    }
  }
}

/** What runs for real: the line of a session, and the next session's after its end. */
class Sessions {
  readonly model: Model
  readonly stragglers: number
  line: AckLine<number>

  constructor(model: Model, stragglers: number) {
    this.model = model
    this.stragglers = stragglers
    this.line = this.next()
  }

  next(): AckLine<number> {
    return new AckLine<number>(this.stragglers, (tag, reach) => this.model.ack(tag, reach))
  }
}

type Step = fc.Command<Model, Sessions>

function step(name: string, run: (model: Model, sessions: Sessions) => void): Step {
  return { check: () => true, run, toString: () => name }
}

function take({ open }: Model, pick: number): Unsettled<number> | undefined {
  return open.splice(pick % Math.max(1, open.length), 1)[0]
}

const deliver = (count: number): Step =>
  step(`deliver ${count}`, (model, { line }) => {
    for (let left = count; left > 0; left--) {
      model.tags += 1
      model.unacked.add(model.tags)
      model.open.push(line.add(model.tags))
    }
  })

const acknowledge = (picks: readonly number[]): Step =>
  step(`acknowledge ${picks.length}`, (model, { line }) => {
    for (const pick of picks) {
      const entry = take(model, pick)
      if (entry === undefined) return
      model.told.add(entry.message)
      line.acknowledge(entry)
    }
  })

const giveBack = (pick: number): Step =>
  step('give back', (model, { line }) => {
    const entry = take(model, pick)
    if (entry === undefined) return
    line.leave(entry)
    model.settle(entry.message, 'given back')
  })

const flush: Step = step('flush', (model, { line, stragglers }) => {
  line.flush()
  const unwritten = [...model.unacked].filter((tag) => model.told.has(tag)).length
  assert.ok(unwritten < Math.max(1, stragglers), `${unwritten} finished messages hold credit`)
  assert.equal(line.held, unwritten)
  const live = model.open.length + unwritten
  assert.ok(line.length <= live + Math.max(256, live) + 1, `${line.length} entries for ${live} messages`)
})

const end: Step = step('end of the session', (model, sessions) => {
  sessions.line.flush('all')
  for (const tag of model.told) assert.equal(model.settled.get(tag), 'acknowledged')
  assert.deepEqual(
    [...model.unacked],
    model.open.map(({ message }) => message).sort((one, other) => one - other),
  )
  // The channel closes: the broker takes back what is open.
  for (const { message } of model.open) model.settle(message, 'given back')
  model.open = []
  assert.equal(model.settled.size, model.tags)
  sessions.line = sessions.next()
})

const steps = fc.commands(
  [
    fc.integer({ min: 1, max: 40 }).map(deliver),
    fc.constantFrom(300, 700).map(deliver),
    fc.array(fc.nat(), { minLength: 1, maxLength: 30 }).map(acknowledge),
    fc.constant(Array.from({ length: 250 }, () => 1)).map(acknowledge),
    fc.nat().map(giveBack),
    fc.constant(flush),
    fc.constant(flush),
    fc.constant(end),
  ],
  { maxCommands: 60, size: 'max' },
)

test('in whatever order they are finished, deliveries are settled once each, none before its receiver has finished, and little is kept', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 20 }), (commands, stragglers) => {
      const model = new Model()
      const sessions = new Sessions(model, stragglers)
      fc.modelRun(() => ({ model, real: sessions }), commands)
      end.run(model, sessions)
    }),
    { numRuns: 300, seed },
  )
})
