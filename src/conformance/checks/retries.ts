import assert from 'node:assert/strict'

import { bytes, type Check, type CheckContext } from '../check.js'

export const retries: readonly Check[] = [
  {
    name: 'requeue with a delay brings the message back later, and others pass it meanwhile',
    needs: ['requeue', 'delay'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const times: number[] = []
      const inbox = await check.inbox(driver, route, {
        settle: (message, index) => {
          times.push(performance.now())
          if (index === 0) message.requeue({ delay: 1_000 })
          else message.acknowledge()
        },
      })
      await driver.send(route, bytes('later'))
      await inbox.upTo(1)
      await driver.send(route, bytes('meanwhile'))
      await inbox.exactly(3)
      assert.deepEqual(inbox.texts, ['later', 'meanwhile', 'later'])
      // A timer may be a few milliseconds early by another clock; a broker may round up, never down.
      const waited = (times[2] ?? 0) - (times[0] ?? 0)
      assert.ok(waited >= 990, `a delay of 1,000 ms was over after ${waited.toFixed(0)} ms`)
      const passed = (times[1] ?? 0) - (times[0] ?? 0)
      assert.ok(passed < 900, `the next message was held up for ${passed.toFixed(0)} ms`)
      assert.equal(inbox.messages[2]?.attempts, 1)
    },
  },
  {
    name: 'attempts are counted from one delayed retry to the next',
    needs: ['requeue', 'delay'],
    run: (check) => countsAttempts(check, { delay: 1, retries: 3 }),
  },
  {
    // Else a policy without a delay never comes to its limit: a hot loop.
    name: 'attempts are counted from one retry with a delay of 0 to the next',
    needs: ['requeue', 'delay'],
    run: (check) => countsAttempts(check, { delay: 0, retries: 4 }),
  },
  {
    name: 'a delayed retry comes back to its own subscription only',
    needs: ['requeue', 'delay', 'pools'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const unpooled = await check.inbox(driver, route)
      const retrying = await check.inbox(
        driver,
        { ...route, pool: check.pool() },
        {
          settle: (message, index) => {
            if (index === 0) message.requeue({ delay: 1, finished: ['endpoint'] })
            else message.acknowledge()
          },
        },
      )
      const bystander = await check.inbox(driver, { ...route, pool: check.pool() })
      await driver.send(route, bytes('again'))
      await retrying.exactly(2)
      await bystander.exactly(1)
      await unpooled.exactly(1)
    },
  },
  {
    name: 'a message on its way back is not lost when its listener closes',
    needs: ['requeue', 'delay'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const inbox = await check.inbox(driver, route, { settle: (message) => message.requeue({ delay: 300 }) })
      await driver.send(route, bytes('on its way'))
      await inbox.upTo(1)
      await inbox.listener.close()
      const next = await check.inbox(driver, route)
      await next.exactly(1)
      assert.ok((next.messages[0]?.attempts ?? 0) >= 1, 'the attempt before counts')
    },
  },
  {
    name: 'a retry carries the names of the finished endpoints, those of earlier retries too',
    needs: ['requeue', 'delay'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const steps = [{ finished: ['first'] }, { delay: 1 }, { finished: ['first', 'second ż'] }]
      const inbox = await check.inbox(driver, route, {
        settle: (message, index) => {
          const step = steps[index]
          if (step === undefined) message.acknowledge()
          else message.requeue(step)
        },
      })
      await driver.send(route, bytes('marked'))
      await inbox.exactly(4)
      const finished = inbox.messages.map((message) => [...message.marks.finished].sort())
      assert.deepEqual(finished, [[], ['first'], ['first'], ['first', 'second ż']])
    },
  },
  {
    name: 'a delayed retry carries the last error, cut to 4 KiB, and when the message was first seen',
    needs: ['requeue', 'delay'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const errors = [new TypeError('no such tenant'), new Error('ż'.repeat(10_000))]
      const before = Date.now()
      const inbox = await check.inbox(driver, route, {
        settle: (message, index) => {
          const error = errors[index]
          if (error === undefined) message.acknowledge()
          else message.requeue({ delay: 1, error })
        },
      })
      await driver.send(route, bytes('failing'))
      await inbox.exactly(3)
      const [, second, third] = inbox.messages
      assert.match(second?.marks.lastError ?? '', /no such tenant/)
      const size = Buffer.byteLength(third?.marks.lastError ?? '')
      assert.ok(size > 1_000 && size <= 4_096, `the last error has ${size} bytes`)
      const firstSeen = second?.marks.firstSeen ?? 0
      assert.ok(firstSeen >= before - 1_000 && firstSeen <= Date.now(), `first seen at ${firstSeen}`)
      assert.equal(third?.marks.firstSeen, firstSeen, 'first seen does not change')
    },
  },
]

async function countsAttempts(
  check: CheckContext,
  { delay, retries: count }: { readonly delay: number; readonly retries: number },
): Promise<void> {
  const driver = await check.driver()
  const route = check.route()
  const inbox = await check.inbox(driver, route, {
    settle: (message, index) => {
      if (index < count) message.requeue({ delay })
      else message.acknowledge()
    },
  })
  await driver.send(route, bytes('counted'))
  await inbox.exactly(count + 1)
  assert.deepEqual(
    inbox.messages.map((message) => message.attempts),
    Array.from({ length: count + 1 }, (_, attempt) => attempt),
  )
}
