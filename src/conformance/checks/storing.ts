import assert from 'node:assert/strict'

import { MessageDeliveryFailure, MessageUndeliverable } from '../../core/errors.js'
import { bytes, type Check } from '../check.js'

export const storing: readonly Check[] = [
  {
    name: 'a shared message is kept until somebody listens, also when its sender has gone',
    async run(check) {
      const sender = await check.driver()
      const route = check.route()
      await sender.send(route, bytes('early'))
      await sender.cleanup()
      const inbox = await check.inbox(await check.driver(), route)
      const message = await inbox.message(0)
      await inbox.exactly(1)
      assert.equal(message.redelivered, false, 'a first delivery is not redelivered')
      assert.equal(message.attempts, 0, 'attempts at the first delivery')
      assert.deepEqual(message.marks.finished, [], 'finished endpoints at the first delivery')
    },
  },
  {
    name: 'a fanout to nobody resolves and is not kept',
    needs: ['fanout'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route('fanout')
      await check.inTime(driver.send(route, bytes('to nobody')), 'a fanout to nobody to resolve')
      const inbox = await check.inbox(driver, route)
      await inbox.exactly(0)
    },
  },
  {
    name: 'a mandatory message without a queue rejects with MessageUndeliverable; without mandatory it resolves',
    needs: ['direct'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route('direct')
      const sending = driver.send(route, bytes('to nobody'), { mandatory: true })
      const error = await check.rejects(sending, MessageUndeliverable, 'a mandatory send to nobody')
      assert.equal((error as MessageUndeliverable).routingKey, route.topic)
      await check.inTime(driver.send(route, bytes('to nobody')), 'a send to nobody to resolve')
    },
  },
  {
    name: 'a mandatory message that has a queue resolves, and arrives once',
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const inbox = await check.inbox(driver, route)
      await driver.send(route, bytes('expected'), { mandatory: true })
      await inbox.exactly(1)
    },
  },
  {
    name: 'a send whose signal is aborted already rejects and does not arrive',
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const inbox = await check.inbox(driver, route)
      const sending = driver.send(route, bytes('unwanted'), { signal: AbortSignal.abort() })
      await check.rejects(sending, MessageDeliveryFailure, 'an aborted send')
      await driver.send(route, bytes('wanted'))
      await inbox.exactly(1)
      assert.deepEqual(inbox.texts, ['wanted'])
    },
  },
  {
    name: 'flush resolves when the sends before it have settled',
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      let settled = 0
      for (let index = 0; index < 50; index++) {
        void driver.send(route, bytes('flushed')).then(
          () => settled++,
          () => settled++,
        )
      }
      await check.inTime(driver.flush(), 'flush() to resolve')
      assert.equal(settled, 50, 'sends settled when flush resolved')
      assert.equal(driver.health().pendingSends, 0)
    },
  },
]
