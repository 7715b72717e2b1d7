import assert from 'node:assert/strict'

import type { Driver, LinkState } from '../../core/driver.js'
import { bytes, type Check, type CheckContext, numbered } from '../check.js'

export const trouble: readonly Check[] = [
  {
    name: 'a listener resumes by itself after its link was cut, and says that it was restored',
    breaksLink: true,
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route()
      let restored = 0
      const inbox = await check.inbox(one, route, { onRestored: () => restored++ })
      await other.send(route, bytes('before'))
      await inbox.upTo(1)
      await cut(check, one)
      await other.send(route, bytes('after'))
      await check.until(() => inbox.texts.includes('after'), 'a message sent after the link was cut')
      await check.until(() => restored > 0, 'onRestored')
      assert.equal(one.health().state, 'up')
    },
  },
  {
    name: 'a listener of several subscriptions resumes all of them',
    breaksLink: true,
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const routes = [check.route(), check.route(), check.route()]
      const inbox = await check.inbox(one, routes)
      await cut(check, one)
      for (const [index, route] of routes.entries()) await other.send(route, bytes(`route ${index}`))
      await check.until(
        () => new Set(inbox.texts).size === routes.length,
        () => `a message of each subscription; came: ${inbox.texts.join(', ')}`,
      )
    },
  },
  {
    name: 'a fanout listener resumes after its link was cut',
    breaksLink: true,
    needs: ['fanout'],
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route('fanout')
      let restored = 0
      const inbox = await check.inbox(one, route, { onRestored: () => restored++ })
      await cut(check, one)
      await check.until(() => restored > 0, 'onRestored')
      await other.send(route, bytes('after'))
      await check.until(() => inbox.texts.includes('after'), 'a fanout sent after the listener was restored')
    },
  },
  {
    name: 'a send while the link is cut arrives by itself',
    breaksLink: true,
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route()
      const inbox = await check.inbox(other, route)
      await one.send(route, bytes('before'))
      await cut(check, one)
      await check.inTime(one.send(route, bytes('during')), 'a send during the outage to resolve')
      await check.until(() => inbox.texts.includes('during'), 'a message sent while the link was cut')
    },
  },
  {
    name: 'what resolved has arrived, however often the link is cut while 500 messages are sent',
    breaksLink: true,
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route()
      const inbox = await check.inbox(other, route, { credit: 50 })
      const texts = numbered('message', 500)
      const outcomes: Promise<PromiseSettledResult<void>[]>[] = []
      for (let from = 0; from < texts.length; from += 100) {
        const sends = texts.slice(from, from + 100).map((text) => one.send(route, bytes(text)))
        outcomes.push(Promise.allSettled(sends))
        await Promise.race(sends)
        await check.settings.breakLink?.(one)
      }
      const settled = await check.inTime(Promise.all(outcomes), 'every send to settle')
      const resolved = texts.filter((_, index) => settled.flat()[index]?.status === 'fulfilled')
      await check.until(
        () => resolved.every((text) => inbox.texts.includes(text)),
        () => `${resolved.length} messages; ${new Set(inbox.texts).size} came`,
      )
    },
  },
  {
    name: 'a settle of the old link returns false and is harmless; the message comes again',
    breaksLink: true,
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route()
      const inbox = await check.inbox(one, route, { settle: 'keep' })
      await other.send(route, bytes('twice'))
      const old = await inbox.message(0)
      await cut(check, one)
      const current = await inbox.message(1)
      assert.equal(old.acknowledge(), false, 'a settle of the old link')
      assert.equal(current.redelivered, true, 'what the old link had is redelivered')
      assert.equal(current.acknowledge(), true, 'a settle of the new link')
      await inbox.exactly(2)
      assert.equal(inbox.listener.stats().stale, 1, 'stale settles')
    },
  },
  {
    name: 'the loss of a link and its return are told as events',
    breaksLink: true,
    async run(check) {
      const driver = await check.driver()
      const states: LinkState[] = []
      const inbox = await check.inbox(driver, check.route())
      driver.events.on('link', ({ state }) => states.push(state))
      await cut(check, driver)
      await check.until(
        () => states.includes('down') && states.lastIndexOf('up') > states.indexOf('down'),
        () => `the states 'down' and then 'up'; came: ${states.join(', ')}`,
      )
      await inbox.listener.close()
    },
  },
  {
    name: 'cleanup right after the link was cut resolves',
    breaksLink: true,
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      await check.inbox(driver, route)
      await cut(check, driver)
      const sending = Promise.allSettled([driver.send(route, bytes('pending'))])
      await check.inTime(driver.cleanup(), 'cleanup() to resolve')
      await check.inTime(sending, 'a pending send to settle')
    },
  },
]

async function cut(check: CheckContext, driver: Driver): Promise<void> {
  await check.settings.breakLink?.(driver)
}
