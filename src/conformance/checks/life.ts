import assert from 'node:assert/strict'

import { NotOpen } from '../../core/errors.js'
import { bytes, type Check, numbered, sorted } from '../check.js'

export const life: readonly Check[] = [
  {
    name: 'the features are data: what the author declared, without asking the broker',
    async run(check) {
      const driver = await check.driver()
      assert.deepEqual({ ...driver.features() }, { ...check.settings.features })
    },
  },
  {
    name: 'nothing arrives after stop has resolved, and what was sent meanwhile waits for the next listener',
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route()
      const inbox = await check.inbox(one, route)
      const sending = Promise.all(numbered('message', 50).map((text) => other.send(route, bytes(text))))
      await inbox.upTo(1)
      await inbox.listener.stop()
      const atStop = inbox.count
      await sending
      await other.send(route, bytes('after'))
      await check.quiet()
      assert.equal(inbox.count, atStop, 'messages after stop had resolved')
      await inbox.listener.close()
      const next = await check.inbox(other, route)
      await next.upTo(51 - atStop)
      assert.deepEqual(sorted([...inbox.texts, ...next.texts]), sorted([...numbered('message', 50), 'after']))
    },
  },
  {
    name: 'stop and close may be called twice, at once, and in either order',
    async run(check) {
      const driver = await check.driver()
      const one = await check.inbox(driver, check.route())
      const other = await check.inbox(driver, check.route())
      const calls = [one.listener.stop(), one.listener.stop(), one.listener.close(), one.listener.close()]
      calls.push(other.listener.close(), other.listener.stop())
      await check.inTime(Promise.all(calls), 'stop() and close() to resolve')
      await check.inTime(one.listener.close(), 'a second close() to resolve')
    },
  },
  {
    name: 'close gives back what is unsettled',
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const texts = numbered('message', 6)
      for (const text of texts) await driver.send(route, bytes(text))
      const first = await check.inbox(driver, route, { credit: 4, settle: 'keep' })
      await first.upTo(4)
      first.messages[1]?.acknowledge()
      await first.upTo(5)
      await check.inTime(first.listener.close(), 'close() to resolve')
      const next = await check.inbox(driver, route)
      await next.exactly(5)
      assert.deepEqual(sorted(next.texts), sorted(texts.filter((text) => text !== first.texts[1])))
    },
  },
  {
    name: 'cleanup gives back what is unsettled',
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route()
      const first = await check.inbox(one, route, { settle: 'keep' })
      await other.send(route, bytes('unsettled'))
      const message = await first.message(0)
      await check.inTime(one.cleanup(), 'cleanup() to resolve')
      const next = await check.inbox(other, route)
      await next.exactly(1)
      assert.equal(next.messages[0]?.redelivered, true, 'a message given back is redelivered')
      assert.equal(message.acknowledge(), false, 'a settle after cleanup')
    },
  },
  {
    name: 'cleanup may be called twice and at once',
    async run(check) {
      const driver = await check.driver()
      await check.inbox(driver, check.route())
      await check.inTime(Promise.all([driver.cleanup(), driver.cleanup()]), 'two cleanups at once to resolve')
      await check.inTime(driver.cleanup(), 'a third cleanup to resolve')
    },
  },
  {
    name: 'cleanup of a driver that was never used resolves',
    async run(check) {
      const driver = await check.driver()
      await check.inTime(driver.cleanup(), 'cleanup() to resolve')
    },
  },
  {
    name: 'cleanup while a listen is pending: both settle',
    async run(check) {
      const driver = await check.driver()
      const inbox = check.inbox(driver, check.route()).then(
        () => undefined,
        (error: unknown) => error,
      )
      await check.inTime(driver.cleanup(), 'cleanup() to resolve')
      const outcome = await inbox
      assert.ok(!(outcome instanceof assert.AssertionError), String(outcome))
    },
  },
  {
    name: 'sends that are pending at cleanup settle, and those that resolved arrive',
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route()
      const texts = numbered('message', 50)
      const sending = Promise.allSettled(texts.map((text) => one.send(route, bytes(text))))
      await check.inTime(one.cleanup(), 'cleanup() to resolve')
      const outcomes = await check.inTime(sending, 'pending sends to settle')
      const inbox = await check.inbox(other, route)
      const resolved = texts.filter((_, index) => outcomes[index]?.status === 'fulfilled')
      await inbox.upTo(resolved.length)
      await check.quiet()
      const missing = resolved.filter((text) => !inbox.texts.includes(text))
      assert.deepEqual(missing, [], 'sends that resolved and did not arrive')
    },
  },
  {
    name: 'after cleanup send and listen reject with NotOpen, and health says closed',
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      await check.inbox(driver, route)
      assert.equal(driver.health().state, 'up', 'state while it listens')
      await driver.cleanup()
      assert.equal(driver.health().state, 'closed', 'state after cleanup')
      await check.rejects(driver.send(route, bytes('late')), NotOpen, 'send after cleanup')
      const listening = driver.listen([route], { credit: 1, deadLetter: false }, () => {})
      await check.rejects(listening, NotOpen, 'listen after cleanup')
    },
  },
  {
    name: 'ten listeners opened and closed at once lose nothing',
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route()
      const texts = numbered('message', 200)
      const open = (index: number) => check.inbox(index % 2 === 0 ? one : other, route, { credit: 5 })
      const sending = Promise.all(texts.map((text) => one.send(route, bytes(text))))
      const inboxes = await Promise.all(Array.from({ length: 10 }, (_, index) => open(index)))
      await Promise.all(inboxes.map((inbox) => inbox.listener.close()))
      await sending
      inboxes.push(await check.inbox(other, route))
      const received = (): string[] => inboxes.flatMap((inbox) => inbox.texts)
      // An acknowledge that met the close may have come late, so doubles are no fault here; gaps are.
      await check.until(
        () => new Set(received()).size === texts.length,
        () => `200 messages; ${new Set(received()).size} came`,
      )
    },
  },
  {
    name: 'an onIncoming that throws, though it must not, harms neither its listener nor others',
    async run(check) {
      const driver = await check.driver()
      const [broken, sound] = [check.route(), check.route()]
      const throwing = await check.inbox(driver, broken, {
        settle: (message, index) => {
          if (index === 0) throw new Error('thrown by a conformance check, on purpose')
          message.acknowledge()
        },
      })
      const inbox = await check.inbox(driver, sound)
      await driver.send(broken, bytes('first'))
      await throwing.upTo(1)
      await driver.send(broken, bytes('second'))
      await driver.send(sound, bytes('third'))
      await throwing.upTo(2)
      await inbox.exactly(1)
    },
  },
]
