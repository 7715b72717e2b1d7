import assert from 'node:assert/strict'

import type { IncomingMessage } from '../../core/message.js'
import { bytes, type Check } from '../check.js'

type Verb = 'acknowledge' | 'requeue' | 'reject'

export const settling: readonly Check[] = [
  {
    name: 'an acknowledged message does not come again',
    run: (check) => staysAway(check, 'acknowledge'),
  },
  {
    name: 'a rejected message does not come again',
    run: (check) => staysAway(check, 'reject'),
  },
  {
    name: 'a requeued message comes again, marked as redelivered and with its attempt counted',
    needs: ['requeue'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const inbox = await check.inbox(driver, route, { settle: requeueOnce })
      await driver.send(route, bytes('again'))
      await inbox.exactly(2)
      const [first, second] = inbox.messages
      assert.deepEqual(inbox.texts, ['again', 'again'])
      assert.deepEqual([first?.redelivered, second?.redelivered], [false, true])
      assert.deepEqual([first?.attempts, second?.attempts], [0, 1])
    },
  },
  {
    name: 'requeue brings a message back to its own subscription only',
    needs: ['requeue', 'pools'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const unpooled = await check.inbox(driver, route)
      const requeuing = await check.inbox(driver, { ...route, pool: check.pool() }, { settle: requeueOnce })
      const bystander = await check.inbox(driver, { ...route, pool: check.pool() })
      await driver.send(route, bytes('again'))
      await requeuing.exactly(2)
      await bystander.exactly(1)
      await unpooled.exactly(1)
    },
  },
  {
    name: 'a requeued message may go to another listener of the subscription',
    needs: ['requeue'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const first = await check.inbox(driver, route, { credit: 1, settle: 'keep' })
      await driver.send(route, bytes('moving'))
      const message = await first.message(0)
      await first.listener.stop()
      const second = await check.inbox(driver, route)
      assert.equal(message.requeue(), true, 'a requeue after stop is accepted')
      await second.exactly(1)
      assert.equal(second.messages[0]?.redelivered, true)
      assert.equal(first.count, 1, 'a stopped listener got a message')
    },
  },
  {
    name: 'only the first settle counts: later ones return false and change nothing',
    async run(check) {
      const driver = await check.driver()
      const verbs: readonly Verb[] = ['acknowledge', 'reject', 'requeue']
      for (const first of verbs) {
        if (first === 'requeue' && !check.settings.features.requeue) continue
        const route = check.route()
        const answers: boolean[] = []
        const inbox = await check.inbox(driver, route, {
          settle: (message, index) => {
            if (index > 0) message.acknowledge()
            else answers.push(message[first](), ...verbs.map((later) => message[later]()))
          },
        })
        await driver.send(route, bytes(first))
        await inbox.exactly(first === 'requeue' ? 2 : 1)
        assert.deepEqual(answers, [true, false, false, false], `${first}, then each verb`)
      }
    },
  },
  {
    name: 'what is in hand when the listener stops can still be settled',
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const inbox = await check.inbox(driver, route, { settle: 'keep' })
      await driver.send(route, bytes('in hand'))
      const message = await inbox.message(0)
      await inbox.listener.stop()
      assert.equal(message.acknowledge(), true, 'a settle after stop is accepted')
      await inbox.listener.close()
      const next = await check.inbox(driver, route)
      await next.exactly(0)
    },
  },
  {
    name: 'a settle after close returns false, does not throw, and does not take the message from who has it now',
    async run(check) {
      const driver = await check.driver()
      const verbs: readonly Verb[] = ['acknowledge', 'requeue', 'reject']
      for (const verb of verbs) {
        const route = check.route()
        const inbox = await check.inbox(driver, route, { settle: 'keep' })
        await driver.send(route, bytes(verb))
        const late = await inbox.message(0)
        await inbox.listener.close()
        const next = await check.inbox(driver, route, { settle: 'keep' })
        const current = await next.message(0)
        assert.equal(late[verb](), false, `${verb} after close`)
        assert.equal(current.redelivered, true, 'a message given back is redelivered')
        await next.exactly(1)
        assert.equal(current.acknowledge(), true, 'the one who has the message now settles it')
        await next.listener.close()
        const last = await check.inbox(driver, route)
        await last.exactly(0)
      }
    },
  },
  {
    name: 'the listener counts what it delivered and how it was settled',
    needs: ['requeue'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      // Each message once, but for the fourth, which comes twice: five deliveries, one of them kept.
      const verbs: Readonly<Record<string, (message: IncomingMessage) => void>> = {
        acknowledge: (message) => message.acknowledge(),
        reject: (message) => message.reject(),
        requeue: (message) => (message.redelivered ? message.acknowledge() : message.requeue()),
        keep: () => {},
      }
      const settle = (message: IncomingMessage): void =>
        verbs[Buffer.from(message.body).toString()]?.(message)
      const inbox = await check.inbox(driver, route, { settle })
      for (const verb of Object.keys(verbs)) await driver.send(route, bytes(verb))
      await inbox.exactly(5)
      const { isLive = true, ...numbers } = inbox.listener.stats()
      assert.deepEqual(numbers, {
        delivered: 5,
        acknowledged: 2,
        requeued: 1,
        rejected: 1,
        stale: 0,
        unsettled: 1,
      })
      assert.equal(isLive, true)
    },
  },
]

function requeueOnce(message: IncomingMessage, index: number): void {
  if (index === 0) message.requeue()
  else message.acknowledge()
}

async function staysAway(check: Parameters<Check['run']>[0], verb: Verb): Promise<void> {
  const [one, other] = [await check.driver(), await check.driver()]
  const route = check.route()
  const inbox = await check.inbox(one, route, { settle: (message) => message[verb]() })
  await other.send(route, bytes('done with'))
  await inbox.exactly(1)
  await one.cleanup()
  const next = await check.inbox(other, route)
  await next.exactly(0)
}
