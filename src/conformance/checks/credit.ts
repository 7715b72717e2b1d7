import assert from 'node:assert/strict'

import type { IncomingMessage } from '../../core/message.js'
import { bytes, type Check, numbered, sorted } from '../check.js'

export const credit: readonly Check[] = [
  {
    name: 'never more than credit unsettled, and one more for each that is settled',
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      for (const text of numbered('message', 8)) await driver.send(route, bytes(text))
      const inbox = await check.inbox(driver, route, { credit: 3, settle: 'keep' })
      await inbox.exactly(3)
      assert.equal(inbox.listener.stats().unsettled, 3)
      inbox.messages[1]?.acknowledge()
      await inbox.exactly(4)
      inbox.messages[0]?.acknowledge()
      inbox.messages[3]?.acknowledge()
      await inbox.exactly(6)
      inbox.messages[2]?.acknowledge()
      inbox.messages[4]?.acknowledge()
      inbox.messages[5]?.acknowledge()
      await inbox.exactly(8)
      assert.deepEqual(sorted(inbox.texts), numbered('message', 8))
    },
  },
  {
    name: 'acknowledge gives one credit back, once',
    run: (check) => givesOneBack(check, (message) => message.acknowledge()),
  },
  {
    name: 'reject gives one credit back, once',
    run: (check) => givesOneBack(check, (message) => message.reject()),
  },
  {
    name: 'requeue gives one credit back, once',
    needs: ['requeue'],
    run: (check) => givesOneBack(check, (message) => message.requeue()),
  },
  {
    name: 'requeue with a delay gives one credit back, once',
    needs: ['requeue', 'delay'],
    run: (check) => givesOneBack(check, (message) => message.requeue({ delay: 60_000 })),
  },
  {
    name: 'a listener that settles nothing does not starve another of the same driver',
    async run(check) {
      const driver = await check.driver()
      const [slow, quick] = [check.route(), check.route()]
      const stuck = await check.inbox(driver, slow, { credit: 1, settle: 'keep' })
      const busy = await check.inbox(driver, quick, { credit: 1 })
      for (const text of numbered('slow', 20)) await driver.send(slow, bytes(text))
      await stuck.upTo(1)
      for (const text of numbered('quick', 20)) await driver.send(quick, bytes(text))
      await busy.exactly(20)
      assert.equal(stuck.count, 1)
    },
  },
  {
    name: 'credit is counted per queue: one that is used up does not hold up the others of its listener',
    async run(check) {
      const driver = await check.driver()
      const [one, other] = [check.route(), check.route()]
      const inbox = await check.inbox(driver, [one, other], { credit: 2, settle: 'keep' })
      for (const text of numbered('one', 4)) await driver.send(one, bytes(text))
      await inbox.exactly(2)
      for (const text of numbered('other', 4)) await driver.send(other, bytes(text))
      await inbox.exactly(4)
      assert.deepEqual(sorted(inbox.texts.slice(2)), numbered('other', 2))
    },
  },
]

async function givesOneBack(
  check: Parameters<Check['run']>[0],
  verb: (message: IncomingMessage) => boolean,
): Promise<void> {
  const driver = await check.driver()
  const route = check.route()
  for (const text of numbered('message', 5)) await driver.send(route, bytes(text))
  const inbox = await check.inbox(driver, route, { credit: 2, settle: 'keep' })
  await inbox.exactly(2)
  const message = await inbox.message(0)
  assert.equal(verb(message), true, 'the first settle is accepted')
  verb(message)
  await inbox.exactly(3)
}
