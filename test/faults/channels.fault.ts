/** A broker that closes channels, and that refuses what is published on them. */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect } from '@jest/globals'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import { MessagingException } from '../../src/index.js'
import { until } from '../support/until.js'
import { atScale } from './support/campaign.js'
import { type FaultCase, faultCase } from './support/case.js'
import { Frames, wrongAck } from './support/frames.js'
import type { Load } from './support/load.js'
import { quick, withOptions } from './support/operator.js'

let node: RabbitNode

beforeAll(async () => {
  node = await RabbitNode.start({ config: 'max_message_size = 65536\nconsumer_timeout = 3000' })
  // How often a channel looks whether a message is overdue; by default each minute.
  await node.ctl('eval', 'application:set_env(rabbit, channel_tick_interval, 1000).')
}, 120_000)

afterAll(() => node.remove(), 60_000)

const work = (number: number): Promise<void> | undefined => (number % 10 === 0 ? sleep(10) : undefined)

function hasCode(code: string): (error: Error) => boolean {
  return (error) => error instanceof MessagingException && error.code === code
}

// A publisher opens its confirm channel first and then the one it declares on; a listener begins with declaring.
const [publisherDeclares, listenerDeclares] = [2, 1] as const

/** A load whose notifier and listener have a connection each, with the frames of one of them at hand. */
async function loadWithFrames(
  one: FaultCase,
  side: 'publish' | 'listen',
): Promise<{ readonly load: Load; readonly frames: Frames }> {
  const proxy = await one.proxy(node.url)
  const frames = new Frames(proxy)
  const [near, plain] = [withOptions(proxy.url('', node.url), quick), withOptions(node.url, quick)]
  const urls = side === 'publish' ? { publish: near, listen: plain } : { publish: plain, listen: near }
  return { load: await one.load({ ...urls, work }), frames }
}

/** A channel is no link: nothing else goes down with it. */
function expectNoLinkLost(load: Load): void {
  expect(load.states.filter(({ state }) => state === 'down')).toEqual([])
}

faultCase('the broker closes the channel that publishes', async (one) => {
  const { load, frames } = await loadWithFrames(one, 'publish')
  for (let round = 0; round < atScale(3, 20); round += 1) {
    await load.handles(100)
    await frames.asClient(wrongAck(frames.bodyChannel))
    one.faultEnded()
    await one.recovered()
  }
  expectNoLinkLost(load)
})

faultCase('the broker closes the channel that consumes', async (one) => {
  const { load, frames } = await loadWithFrames(one, 'listen')
  for (let round = 1; round <= atScale(3, 20); round += 1) {
    await load.handles(100)
    await frames.asClient(wrongAck(frames.bodyChannel))
    one.faultEnded()
    await until(() => load.troubles.filter(hasCode('CHANNEL_CLOSED')).length === round)
    await one.recovered()
    await until(() => load.listener?.stats().driver.isLive === true)
  }
  expectNoLinkLost(load)
})

faultCase('the broker closes the channel on which a publisher declares', async (one) => {
  const { load, frames } = await loadWithFrames(one, 'publish')
  await load.handles(100)
  await frames.asClient(wrongAck(publisherDeclares))
  // The next one that has something to declare.
  const next = await one.load({ publish: '', beside: load, work })
  one.faultEnded()
  await one.recovered()
  await next.handles(100)
  expectNoLinkLost(load)
})

faultCase('the broker closes the channel on which a listener declares', async (one) => {
  const { load, frames } = await loadWithFrames(one, 'listen')
  await load.handles(100)
  await frames.asClient(wrongAck(listenerDeclares))
  // A consumer that is made again declares before it consumes.
  await frames.asClient(wrongAck(frames.bodyChannel))
  await until(() => load.troubles.some(hasCode('CHANNEL_CLOSED')))
  one.faultEnded()
  await one.recovered()
  await until(() => load.listener?.stats().driver.isLive === true)
  expectNoLinkLost(load)
})

faultCase('consumer_timeout: a handler that never ends', async (one) => {
  let release = (): void => {}
  const never = new Promise<void>((resolve) => {
    release = resolve
  })
  let hung = 0
  const load = await one.load({
    publish: withOptions(node.url, quick),
    rate: 100,
    topics: 1,
    work: (number, { attempts }) => {
      if (number !== 50 || attempts > 1) return work(number)
      hung += 1
      return never
    },
  })
  one.atEnd(async () => release())
  const other = await one.load({ publish: withOptions(node.url, quick), rate: 100, work })
  await until(() => hung === 1)
  await until(() => load.troubles.some(hasCode('CONSUMER_TIMEOUT')), 20_000)
  one.faultEnded()
  await one.recovered()
  expect(load.troubles.map(String).join('\n')).toMatch(/consumer_timeout, 3000 ms/)
  expectNoLinkLost(other)
  release()
  await until(() => (load.listener?.stats().driver.stale ?? 0) > 0)
})

faultCase("a body above the broker's max_message_size", async (one) => {
  const load = await one.load({ publish: withOptions(node.url, quick), work })
  await load.handles(100)
  const big = await one.load({ publish: '', beside: load, count: atScale(5, 50), bytes: 100_000, work })
  await until(() => big.ledger.pending === 0 && big.ledger.count().offered === atScale(5, 50), 30_000)
  one.faultEnded()
  await one.recovered()
  expect(big.rejections).toEqual(new Map([['BODY_TOO_LARGE', atScale(5, 50)]]))
  expect(big.lastRejection?.message).toMatch(/max size 65536/)
  expect(load.rejections.size).toBe(0)
})
