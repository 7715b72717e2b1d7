/** Bodies of 64 MiB, where broker and library were told to take them, and where one of them was not. */
import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, expect } from '@jest/globals'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import {
  getNotificationListener,
  getTransport,
  Notifier,
  silentLogger,
  Target,
  type Transport,
} from '../../src/index.js'
import { until } from '../support/until.js'
import { atScale } from './support/campaign.js'
import { type FaultCase, faultCase } from './support/case.js'
import { numberOf } from './support/load.js'

const MiB = 1_048_576

/** Takes bodies of 128 MiB. */
let node: RabbitNode

beforeAll(async () => {
  node = await RabbitNode.start({
    config: `max_message_size = ${128 * MiB}\nvm_memory_high_watermark.absolute = 4GB`,
  })
}, 120_000)

afterAll(() => node.remove())

function opened(one: FaultCase, url: string, maxBodySize?: number): Transport {
  const transport = getTransport(url, {
    logger: silentLogger,
    ...(maxBodySize === undefined ? {} : { maxBodySize }),
  })
  one.atEnd(() => transport.cleanup())
  return transport
}

faultCase('bodies of 64 MiB: delivered, retried, and kept as dead letters', async (one) => {
  const transport = opened(one, node.url, 80 * MiB)
  const [topic, exchange] = [`faults-${randomUUID()}`, `faults-${randomUUID()}`]
  const ledger = one.ledger()
  const padding = 'x'.repeat(64 * MiB)
  const listener = getNotificationListener(
    transport,
    [new Target({ topic, exchange })],
    [
      {
        info(_ctxt, _publisherId, eventType, payload, { attempts }) {
          const { number, padding: heard } = payload as { readonly number: number; readonly padding: string }
          if (heard.length !== padding.length) throw new Error(`${heard.length} bytes came`)
          if (eventType === 'hopeless' || (eventType === 'retried' && attempts === 0))
            throw new Error('not now')
          ledger.handle(number)
        },
      },
    ],
    { concurrency: 1, retry: { limit: 1, delay: 100 } },
  )
  one.atEnd(async () => {
    await listener.stop()
    await listener.wait()
  })
  await listener.start()
  const notifier = new Notifier(transport, { publisherId: 'faults', topics: [topic], exchange })
  for (let round = 0; round < atScale(1, 3); round++) {
    for (const eventType of atScale(['fine', 'hopeless'], ['fine', 'retried', 'hopeless'])) {
      const number = ledger.offer()
      await notifier.info({}, eventType, { number, padding })
      ledger.confirm(number)
    }
  }
  const hopeless = atScale(1, 3)
  await until(() => listener.stats().rejected === hopeless && listener.stats().driver.unsettled === 0, 60_000)
  const dead = listener.deadLetters()
  for (const { body, reason, error, attempts } of await dead.list()) {
    expect([reason, error, attempts]).toEqual(['retries-exhausted', 'Error: not now', 1])
    ledger.bury(numberOf(body))
  }
  expect(await dead.purge()).toBe(hopeless)
})

faultCase('a body above our own limit is refused before it is sent, in either direction', async (one) => {
  const [small, large] = [opened(one, node.url), opened(one, node.url, 80 * MiB)]
  const [topic, exchange] = [`faults-${randomUUID()}`, `faults-${randomUUID()}`]
  const ledger = one.ledger()
  const payload = (): { number: number; padding: string } => ({
    number: ledger.offer(),
    padding: 'x'.repeat(17 * MiB),
  })
  const of = (transport: Transport): Notifier =>
    new Notifier(transport, { publisherId: 'faults', topics: [topic], exchange })
  const refused = payload()
  await expect(of(small).info({}, 'large', refused)).rejects.toMatchObject({
    name: 'UnserializableMessage',
    code: 'BODY_TOO_LARGE',
  })
  ledger.reject(refused.number, 'not-sent')
  expect(small.health().state).toBe('idle')

  const listener = getNotificationListener(
    small,
    [new Target({ topic, exchange })],
    [{ info: (_ctxt, _publisherId, _eventType, { number }) => ledger.handle(number) }],
    { allowRequeue: true },
  )
  one.atEnd(async () => {
    await listener.stop()
    await listener.wait()
  })
  listener.on('error', () => {})
  await listener.start()
  const sent = payload()
  await of(large).info({}, 'large', sent)
  ledger.confirm(sent.number)
  await until(() => listener.stats().rejected === 1 && listener.stats().driver.unsettled === 0)
  const [letter] = await listener.deadLetters().list()
  expect(letter).toMatchObject({ reason: 'undecodable', error: expect.stringContaining('maxBodySize') })
  ledger.bury(sent.number)
  const after = ledger.offer()
  await of(small).info({}, 'small', { number: after })
  ledger.confirm(after)
  await until(() => ledger.missing === 0)
})

faultCase(
  "a body above the broker's limit: its publish alone is refused, those around it are confirmed",
  async (one) => {
    const strict = await RabbitNode.start({ config: `max_message_size = ${MiB}` })
    one.atEnd(() => strict.remove())
    const transport = opened(one, strict.url)
    const [topic, exchange] = [`faults-${randomUUID()}`, `faults-${randomUUID()}`]
    const ledger = one.ledger()
    const listener = getNotificationListener(
      transport,
      [new Target({ topic, exchange })],
      [{ info: (_ctxt, _publisherId, _eventType, { number }) => ledger.handle(number) }],
      { allowRequeue: true },
    )
    one.atEnd(async () => {
      await listener.stop()
      await listener.wait()
    })
    await listener.start()
    const notifier = new Notifier(transport, { publisherId: 'faults', topics: [topic], exchange })
    const failures: unknown[] = []
    await Promise.all(
      Array.from({ length: atScale(300, 3_000) }, async (_, index) => {
        const number = ledger.offer()
        const padding = 'x'.repeat(index % 100 === 50 ? 2 * MiB : 100)
        try {
          await notifier.info({}, 'mixed', { number, padding })
          ledger.confirm(number)
        } catch (error) {
          failures.push(error)
          ledger.reject(number, 'not-sent')
        }
      }),
    )
    expect(failures).toHaveLength(atScale(3, 30))
    for (const failure of failures) {
      expect(failure).toMatchObject({
        name: 'MessageDeliveryFailure',
        code: 'BODY_TOO_LARGE',
        outcome: 'not-sent',
        message: expect.stringMatching(/larger than/),
      })
    }
    await until(() => ledger.missing === 0)
    expect(transport.health().state).toBe('up')
  },
)
