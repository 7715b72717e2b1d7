import assert from 'node:assert/strict'

import { UnserializableMessage } from '../../core/errors.js'
import { bytes, type Check, numbered, sorted } from '../check.js'

export const carrying: readonly Check[] = [
  {
    name: 'bytes arrive as they were sent: none, every value, text, one mebibyte',
    async run(check) {
      const [sender, receiver] = [await check.driver(), await check.driver()]
      const route = check.route()
      const every = Uint8Array.from({ length: 256 }, (_, value) => value)
      const large = Uint8Array.from({ length: 1024 * 1024 }, (_, index) => (index * 7 + (index >> 8)) & 255)
      const bodies = [new Uint8Array(0), every, bytes('żółć 馬 \u{1F514} \u0000'), large]
      const inbox = await check.inbox(receiver, route)
      for (const body of bodies) await sender.send(route, body)
      const received = [...(await inbox.upTo(bodies.length))].sort(byLength)
      for (const [index, body] of [...bodies].sort((a, b) => a.byteLength - b.byteLength).entries()) {
        const found = received[index]?.body
        assert.ok(found instanceof Uint8Array, 'a body is a Uint8Array')
        assert.ok(Buffer.from(body).equals(found), `a body of ${body.byteLength} bytes arrived changed`)
      }
    },
  },
  {
    name: 'a body that is a view of a larger buffer arrives without its surroundings',
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const inbox = await check.inbox(driver, route)
      await driver.send(route, bytes('[inside]').subarray(1, 7))
      await inbox.upTo(1)
      assert.deepEqual(inbox.texts, ['inside'])
    },
  },
  {
    name: 'the sender may reuse its bytes as soon as send has returned',
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      // Before anybody listens, so that the broker has to keep it; and while somebody does.
      const reuse = async (text: string): Promise<void> => {
        const body = Buffer.from(text)
        const sending = driver.send(route, body)
        body.fill(0)
        await sending
      }
      await reuse('kept')
      const inbox = await check.inbox(driver, route)
      await inbox.upTo(1)
      await reuse('passed on')
      await inbox.upTo(2)
      assert.deepEqual(inbox.texts, ['kept', 'passed on'])
    },
  },
  {
    name: 'receivers do not share a body: what one writes into it, another does not read',
    needs: ['pools'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const one = await check.inbox(driver, { ...route, pool: check.pool() }, { settle: 'keep' })
      const other = await check.inbox(driver, { ...route, pool: check.pool() }, { settle: 'keep' })
      await driver.send(route, bytes('untouched'))
      const [mine, theirs] = [await one.message(0), await other.message(0)]
      mine.body.fill(0)
      assert.equal(Buffer.from(theirs.body).toString(), 'untouched')
    },
  },
  {
    name: 'what a receiver writes into a body is gone when the message comes again',
    needs: ['requeue'],
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const inbox = await check.inbox(driver, route, {
        settle: (message, index) => {
          message.body.fill(0)
          if (index === 0) message.requeue()
          else message.acknowledge()
        },
      })
      await driver.send(route, bytes('whole'))
      await inbox.upTo(2)
      assert.deepEqual(inbox.texts, ['whole', 'whole'])
    },
  },
  {
    name: 'first attempts arrive in the order in which they were sent',
    needs: ['ordered'],
    async run(check) {
      const [sender, receiver] = [await check.driver(), await check.driver()]
      const route = check.route()
      const texts = numbered('message', 500)
      // Half of them wait for the listener, the others meet it; none waits for the one before.
      await Promise.all(texts.slice(0, 250).map((text) => sender.send(route, bytes(text))))
      const inbox = await check.inbox(receiver, route)
      await Promise.all(texts.slice(250).map((text) => sender.send(route, bytes(text))))
      await inbox.upTo(texts.length)
      assert.deepEqual(inbox.texts, texts)
    },
  },
  {
    name: 'nothing is lost or doubled: 5,000 messages, 20 senders at once, three listeners',
    async run(check) {
      const [one, other] = [await check.driver(), await check.driver()]
      const route = check.route()
      const inboxes = await Promise.all([
        check.inbox(one, route),
        check.inbox(one, route, { credit: 100 }),
        check.inbox(other, route, { credit: 1 }),
      ])
      const senders = Array.from({ length: 20 }, (_, index) => numbered(`sender ${index} message`, 250))
      await Promise.all(
        senders.map(async (texts, index) => {
          for (const text of texts) await (index % 2 === 0 ? one : other).send(route, bytes(text))
        }),
      )
      const received = (): string[] => inboxes.flatMap((inbox) => inbox.texts)
      await check.until(
        () => received().length >= 5_000,
        () => `5,000 messages; ${received().length} came`,
      )
      await check.quiet()
      assert.deepEqual(sorted(received()), sorted(senders.flat()))
    },
  },
  {
    name: 'a body above maxBodySize is refused by send, and one of exactly that size is not',
    async run(check) {
      const { maxBodySize } = check.settings
      if (maxBodySize === undefined) return
      const driver = await check.driver()
      const route = check.route()
      const inbox = await check.inbox(driver, route)
      const refused = driver.send(route, new Uint8Array(maxBodySize + 1))
      await check.rejects(refused, UnserializableMessage, 'send of a body above maxBodySize')
      await driver.send(route, new Uint8Array(maxBodySize))
      const message = await inbox.message(0)
      assert.equal(message.body.byteLength, maxBodySize)
    },
  },
]

function byLength(one: { readonly body: Uint8Array }, other: { readonly body: Uint8Array }): number {
  return one.body.byteLength - other.body.byteLength
}
