import assert from 'node:assert/strict'

import type { DeadLetter, DeadLetters } from '../../core/driver.js'
import { bytes, type Check, type CheckContext, numbered, sorted, textOf } from '../check.js'

export const deadLetters: readonly Check[] = [
  {
    name: 'a rejected message is kept with its body, reason, error and attempts; listing removes nothing',
    needs: ['deadLetter'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const before = Date.now()
      const inbox = await check.inbox(driver, route, {
        deadLetter: true,
        settle: (message) => message.reject({ reason: 'invalid-payload', error: new TypeError('no id') }),
      })
      await driver.send(route, bytes('rejected'))
      await inbox.exactly(1)
      const letters = driver.deadLetters(route)
      for (let time = 0; time < 2; time++) {
        const [letter, ...others] = await kept(check, letters, 1)
        assert.equal(others.length, 0)
        assert.equal(textOf(letter?.body ?? new Uint8Array(0)), 'rejected')
        assert.equal(letter?.reason, 'invalid-payload')
        assert.match(letter.error ?? '', /no id/)
        const firstSeen = letter.firstSeen ?? before
        assert.ok(firstSeen >= before - 1_000 && firstSeen <= Date.now(), `first seen at ${firstSeen}`)
      }
    },
  },
  {
    name: 'a dead letter says how many attempts went before',
    needs: ['deadLetter', 'requeue', 'delay'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const inbox = await check.inbox(driver, route, {
        deadLetter: true,
        settle: (message, index) => {
          if (index < 2) message.requeue({ delay: 1 })
          else message.reject({ reason: 'retries-exhausted' })
        },
      })
      await driver.send(route, bytes('hopeless'))
      await inbox.upTo(3)
      const [letter] = await kept(check, driver.deadLetters(route), 1)
      assert.equal(letter?.attempts, inbox.messages[2]?.attempts)
    },
  },
  {
    name: 'without deadLetter nothing is kept, and listing says so',
    needs: ['deadLetter'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const inbox = await check.inbox(driver, route, { settle: (message) => message.reject() })
      await driver.send(route, bytes('dropped'))
      await inbox.exactly(1)
      const letters = driver.deadLetters(route)
      assert.deepEqual(await check.inTime(letters.list(), 'list() to resolve'), [])
      assert.equal(await check.inTime(letters.replay(), 'replay() to resolve'), 0)
      assert.equal(await check.inTime(letters.purge(), 'purge() to resolve'), 0)
    },
  },
  {
    name: 'the list is of the oldest, up to a limit',
    needs: ['deadLetter'],
    async run(check) {
      const { letters } = await rejectAll(check, numbered('message', 5))
      const all = await kept(check, letters, 5)
      assert.deepEqual(
        all.map((letter) => textOf(letter.body)),
        numbered('message', 5),
      )
      assert.equal(new Set(all.map((letter) => letter.id)).size, 5, 'ids differ')
      const oldest = await letters.list({ limit: 2 })
      assert.deepEqual(
        oldest.map((letter) => [letter.id, textOf(letter.body)]),
        all.slice(0, 2).map((letter) => [letter.id, textOf(letter.body)]),
      )
    },
  },
  {
    name: 'replay sends all of them back, as if they were new',
    needs: ['deadLetter', 'requeue', 'delay'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const inbox = await check.inbox(driver, route, {
        deadLetter: true,
        settle: (message, index) => {
          if (index === 0) message.requeue({ delay: 1 })
          else if (index === 1) message.reject()
          else message.acknowledge()
        },
      })
      await driver.send(route, bytes('second chance'))
      const letters = driver.deadLetters(route)
      await kept(check, letters, 1)
      assert.equal(await check.inTime(letters.replay(), 'replay() to resolve'), 1)
      await inbox.exactly(3)
      assert.equal(inbox.messages[2]?.attempts, 0, 'attempts after a replay')
      assert.deepEqual(inbox.texts, ['second chance', 'second chance', 'second chance'])
      assert.deepEqual(await letters.list(), [])
    },
  },
  {
    name: 'replay and purge of some leave the others',
    needs: ['deadLetter'],
    async run(check) {
      const { letters, accepted } = await rejectAll(check, numbered('message', 4))
      const ids = (await kept(check, letters, 4)).map((letter) => letter.id)
      const [first = '', second = '', third = ''] = ids
      assert.equal(await check.inTime(letters.purge({ ids: [second] }), 'purge() to resolve'), 1)
      assert.equal(
        await check.inTime(letters.replay({ ids: [third, first, second] }), 'replay() to resolve'),
        2,
      )
      await check.until(() => accepted.length >= 2, 'what was replayed')
      assert.deepEqual(sorted(accepted), ['message 0', 'message 2'])
      const left = await kept(check, letters, 1)
      assert.deepEqual(
        left.map((letter) => textOf(letter.body)),
        ['message 3'],
      )
      assert.equal(await check.inTime(letters.purge(), 'purge() to resolve'), 1)
      assert.deepEqual(await letters.list(), [])
    },
  },
  {
    name: 'the dead letters of a pool are its own, and come back to it alone',
    needs: ['deadLetter', 'pools'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const pooled = { ...route, pool: check.pool() }
      const unpooled = await check.inbox(driver, route, { deadLetter: true })
      const inbox = await check.inbox(driver, pooled, {
        deadLetter: true,
        settle: (message, index) => {
          if (index === 0) message.reject()
          else message.acknowledge()
        },
      })
      await driver.send(route, bytes('of the pool'))
      const letters = driver.deadLetters(pooled)
      await kept(check, letters, 1)
      assert.deepEqual(await driver.deadLetters(route).list(), [], 'dead letters without a pool')
      await letters.replay()
      await inbox.exactly(2)
      await unpooled.exactly(1)
    },
  },
  {
    name: 'dead letters outlive the driver that rejected them',
    needs: ['deadLetter'],
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route()
      const inbox = await check.inbox(one, route, { deadLetter: true, settle: (message) => message.reject() })
      await other.send(route, bytes('kept'))
      await inbox.upTo(1)
      await one.cleanup()
      const [letter] = await kept(check, other.deadLetters(route), 1)
      assert.equal(textOf(letter?.body ?? new Uint8Array(0)), 'kept')
    },
  },
]

/** The dead letters, when there are `count`: a broker may take a moment to move a rejected message. */
async function kept(
  check: CheckContext,
  letters: DeadLetters,
  count: number,
): Promise<readonly DeadLetter[]> {
  let found: readonly DeadLetter[] = []
  await check.until(
    async () => {
      found = await check.inTime(letters.list(), 'list() to resolve')
      return found.length >= count
    },
    () => `${count} dead letters; found ${found.length}`,
  )
  assert.equal(found.length, count, 'dead letters')
  return found
}

/** Rejects each of `texts` once, one after the other; what comes a second time is accepted. */
async function rejectAll(
  check: CheckContext,
  texts: readonly string[],
): Promise<{ readonly letters: DeadLetters; readonly accepted: readonly string[] }> {
  const driver = await check.driver()
  const route = check.route()
  const accepted: string[] = []
  const inbox = await check.inbox(driver, route, {
    credit: 1,
    deadLetter: true,
    settle: (message, index) => {
      if (index < texts.length) message.reject()
      else {
        accepted.push(textOf(message.body))
        message.acknowledge()
      }
    },
  })
  for (const text of texts) await driver.send(route, bytes(text))
  await inbox.upTo(texts.length)
  return { letters: driver.deadLetters(route), accepted }
}
