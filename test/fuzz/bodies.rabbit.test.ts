import { randomUUID } from 'node:crypto'

import { expect, test } from '@jest/globals'
import { type ConfirmChannel, connect } from 'amqplib'

import { getTransport, PRIORITIES, silentLogger, Transport } from '../../src/index.js'
import { brokerUrl } from '../support/tcp-proxy.js'
import { until } from '../support/until.js'
import { caseOf } from './bodies.js'
import { CountingDriver, labelled } from './counting-driver.js'
import type { Ledger } from './ledger.js'
import { propertiesOf } from './properties.js'
import { Random } from './random.js'
import { listenerOf, mostAttempts, type Setting } from './setting.js'
import { rabbitBodies, seed } from './slice.js'

/** Milliseconds after which what is not settled never will be. */
const hang = 20_000 + 5 * rabbitBodies

const settings: readonly Setting[] = [
  {
    kind: 'single',
    executor: 'async-loop',
    options: { retry: { limit: 2, delay: 20, maxDelay: 20 } },
    text: '',
  },
  {
    kind: 'batch',
    executor: 'async-loop',
    options: { retry: { limit: 1, delay: 20 }, batchSize: 20, batchTimeout: 5 },
    text: '',
  },
]

test.each(settings)(
  'a $kind listener settles each mutated body once, whatever its AMQP properties say, and every dead letter can be read',
  async (setting) => {
    const name = `fuzz-${randomUUID()}`
    const url = getTransport(`rabbit://${brokerUrl.replace(/^amqp:\/\//, '')}`).url
    const inner = getTransport(url, { logger: silentLogger })
    const driver = new CountingDriver(inner.driver)
    const transport = new Transport(url, driver, {
      controlExchange: name,
      logger: silentLogger,
      maxBodySize: 256 * 1024,
    })
    const { ledger } = driver
    const admin = await connect(brokerUrl)
    const channel = await admin.createConfirmChannel()
    for (const sender of [admin, channel])
      sender.on('error', (error: unknown) => ledger.broken(String(error)))
    try {
      const listener = listenerOf(transport, setting, seed, () => {}, name)
      listener.on('error', () => {})
      await listener.start()
      for (let index = 0; index < rabbitBodies; index++)
        await publish(channel, name, index, ledger.sent.bind(ledger))
      await channel.waitForConfirms()
      await until(() => ledger.pending.length === 0 || ledger.violations.length > 0, hang).catch(() => {
        for (const index of ledger.pending.slice(0, 3)) ledger.broken(unsettledText(index, ledger), index)
      })
      expect(ledger.violations).toEqual([])
      await listener.stop()
      await listener.wait()
      expect(ledger.violations).toEqual([])
      expect(ledger.acknowledged + ledger.rejected).toBe(rabbitBodies)
      expect(ledger.deliveries).toBeLessThanOrEqual(mostAttempts * rabbitBodies)
      const { driver: stats, inHand, backlog } = listener.stats()
      expect(stats).toMatchObject({
        delivered: ledger.deliveries,
        acknowledged: ledger.acknowledged,
        requeued: ledger.requeued,
        rejected: ledger.rejected,
        unsettled: 0,
        stale: 0,
      })
      expect([inHand, backlog]).toEqual([0, 0])
      for (const priority of PRIORITIES)
        expect((await channel.checkQueue(`${name}.${priority}`)).messageCount).toBe(0)
      const letters = await listener.deadLetters().list({ limit: rabbitBodies })
      expect(letters).toHaveLength(ledger.rejected)
      expect(
        letters.every(({ id, reason, attempts }) => id !== '' && typeof reason === 'string' && attempts >= 0),
      ).toBe(true)
    } finally {
      try {
        await transport.cleanup()
      } finally {
        await admin.close().catch(() => {})
        await removeFromBroker(name)
      }
    }
  },
  hang + 60_000,
)

async function publish(
  channel: ConfirmChannel,
  name: string,
  index: number,
  sent: (index: number) => void,
): Promise<void> {
  const { body, compression, priority } = caseOf(seed, index)
  const properties = propertiesOf(randomOf(index), compression)
  sent(index)
  // The queue, not the exchange: nothing else of the message is to be looked at by the broker.
  if (!channel.sendToQueue(`${name}.${priority}`, labelled(index, body), properties))
    await new Promise((resolve) => channel.once('drain', resolve))
}

function unsettledText(index: number, ledger: Ledger): string {
  const { how, compression } = caseOf(seed, index)
  const properties = JSON.stringify(propertiesOf(randomOf(index), compression)).slice(0, 1_000)
  return `not settled in ${hang} ms, one of ${ledger.pending.length}, after ${ledger.deliveries} deliveries: ${how}, ${properties}`
}

/** Beyond the streams of the cases. */
function randomOf(index: number): Random {
  return new Random(seed, index + 0x4000_0000)
}

/** By a connection of its own: what failed may have closed the other one. */
async function removeFromBroker(name: string): Promise<void> {
  const connection = await connect(brokerUrl)
  const channel = await connection.createChannel()
  for (const priority of PRIORITIES) {
    await channel.deleteQueue(`${name}.${priority}`)
    await channel.deleteQueue(`${name}.${priority}.dead`)
  }
  await channel.deleteExchange(name)
  await connection.close()
}
