import assert from 'node:assert/strict'

import { bytes, type Check, numbered, sorted } from '../check.js'

export const routing: readonly Check[] = [
  {
    name: 'listeners of one subscription share the load, and each message goes to one of them',
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route()
      const inboxes = [
        await check.inbox(one, route, { credit: 1, settle: 'keep' }),
        await check.inbox(other, route, { credit: 1, settle: 'keep' }),
      ]
      await one.send(route, bytes('first'))
      await one.send(route, bytes('second'))
      for (const inbox of inboxes) await inbox.exactly(1)
      assert.deepEqual(sorted(inboxes.flatMap((inbox) => inbox.texts)), ['first', 'second'])
    },
  },
  {
    name: 'one listener hears all of its subscriptions',
    async run(check) {
      const driver = await check.driver()
      const routes = [check.route(), check.route(), check.route()]
      const inbox = await check.inbox(driver, routes)
      for (const [index, route] of routes.entries()) await driver.send(route, bytes(`route ${index}`))
      await inbox.exactly(3)
      assert.deepEqual(sorted(inbox.texts), ['route 0', 'route 1', 'route 2'])
    },
  },
  {
    name: 'a subscription that is named twice in one listen hears each message once',
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const inbox = await check.inbox(driver, [route, { ...route }])
      await driver.send(route, bytes('once'))
      await inbox.exactly(1)
    },
  },
  {
    name: 'topics do not leak into one another',
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const neighbour = check.route('shared', { exchange: route.exchange })
      const longer = check.route('shared', { exchange: route.exchange, topic: `${route.topic}.more` })
      const inbox = await check.inbox(driver, route)
      await driver.send(neighbour, bytes('neighbour'))
      await driver.send(longer, bytes('longer'))
      await driver.send(route, bytes('own'))
      await inbox.exactly(1)
      assert.deepEqual(inbox.texts, ['own'])
    },
  },
  {
    name: 'a pool hears its own exchange only',
    needs: ['pools'],
    // With a pool, because a broker may keep one un-pooled queue per topic for all exchanges, as oslo.messaging's does.
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const elsewhere = check.route('shared', { topic: route.topic })
      const inbox = await check.inbox(driver, { ...route, pool: check.pool() })
      await driver.send(elsewhere, bytes('elsewhere'))
      await driver.send(route, bytes('own'))
      await inbox.exactly(1)
      assert.deepEqual(inbox.texts, ['own'])
    },
  },
  {
    name: 'each pool gets one copy, shared by its listeners, beside that of the listeners without a pool',
    needs: ['pools'],
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route()
      const [first, second] = [check.pool(), check.pool()]
      const unpooled = await check.inbox(one, route)
      const pooled = await check.inbox(one, { ...route, pool: first })
      const sharing = [
        await check.inbox(one, { ...route, pool: second }, { credit: 2 }),
        await check.inbox(other, { ...route, pool: second }, { credit: 2 }),
      ]
      const texts = numbered('message', 20)
      for (const text of texts) await other.send(route, bytes(text))
      await unpooled.exactly(20)
      await pooled.exactly(20)
      assert.deepEqual(sorted(unpooled.texts), sorted(texts))
      assert.deepEqual(sorted(pooled.texts), sorted(texts))
      const shared = (): string[] => sorted(sharing.flatMap((inbox) => inbox.texts))
      await check.until(() => shared().length >= 20, 'the copy of the second pool')
      assert.deepEqual(shared(), sorted(texts))
    },
  },
  {
    name: 'a pool gets its copies from the moment it first listens, and keeps them while nobody of it listens',
    needs: ['pools'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const pooled = { ...route, pool: check.pool() }
      await driver.send(route, bytes('before'))
      const early = await check.inbox(driver, pooled)
      await driver.send(route, bytes('during'))
      await early.upTo(1)
      await early.listener.close()
      await driver.send(route, bytes('between'))
      const late = await check.inbox(driver, pooled)
      await late.exactly(1)
      assert.deepEqual([early.texts, late.texts], [['during'], ['between']])
    },
  },
  {
    name: 'a fanout reaches each listener, those of one driver too, and those that come later do not get it',
    needs: ['fanout'],
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route('fanout')
      const inboxes = [
        await check.inbox(one, route),
        await check.inbox(one, route),
        await check.inbox(other, route),
      ]
      await other.send(route, bytes('to all'))
      for (const inbox of inboxes) await inbox.upTo(1)
      const late = await check.inbox(one, route)
      for (const inbox of inboxes) await inbox.exactly(1)
      assert.equal(late.count, 0, 'a listener got a fanout that was sent before it listened')
    },
  },
  {
    name: 'a fanout listener that leaves takes nothing from the others',
    needs: ['fanout'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route('fanout')
      const leaving = await check.inbox(driver, route)
      const staying = await check.inbox(driver, route)
      await leaving.listener.close()
      await driver.send(route, bytes('after'))
      await staying.exactly(1)
      assert.equal(leaving.count, 0, 'a closed listener got a message')
    },
  },
  {
    name: 'direct reaches the queue named by the topic, whatever the exchange, and no other',
    needs: ['direct'],
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route('direct')
      const inbox = await check.inbox(one, route)
      const neighbour = await check.inbox(one, check.route('direct', { exchange: route.exchange }))
      await other.send(check.route('direct', { topic: route.topic }), bytes('straight'))
      await inbox.exactly(1)
      assert.equal(neighbour.count, 0, 'a direct message reached the queue of another topic')
    },
  },
]
