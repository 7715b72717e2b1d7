/** An operator who deletes, forbids and takes back, and a broker that is short of memory. */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect } from '@jest/globals'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import { until } from '../support/until.js'
import { atScale } from './support/campaign.js'
import { faultCase } from './support/case.js'
import { operate, quick, withOptions } from './support/operator.js'

let node: RabbitNode

beforeAll(async () => {
  node = await RabbitNode.start()
}, 120_000)

afterAll(() => node.remove(), 60_000)

const work = (number: number): Promise<void> | undefined => (number % 10 === 0 ? sleep(10) : undefined)

faultCase('a queue deleted under its listener and its publisher', async (one) => {
  const load = await one.load({ publish: withOptions(node.url, quick), work })
  const [topic = ''] = load.topics
  for (let round = 1; round <= atScale(5, 50); round += 1) {
    await load.handles(100)
    // What an operator deletes is gone, and what is on its way into it: the broker confirms it and drops it. What comes after is not.
    await load.rest()
    await operate(node.url, (channel) => channel.deleteQueue(`${topic}.info`))
    load.goOn()
    one.faultEnded()
    await one.recovered()
    await until(() => load.listener?.stats().driver.isLive === true)
  }
})

faultCase('an exchange deleted under its publisher', async (one) => {
  const load = await one.load({ publish: withOptions(node.url, quick), work })
  const other = await one.load({ publish: '', beside: load, work })
  for (let round = 0; round < atScale(3, 30); round += 1) {
    await load.handles(200)
    await operate(node.url, (channel) => channel.deleteExchange(load.exchange))
    one.faultEnded()
    await one.recovered()
  }
  expect(load.rejections.size + other.rejections.size).toBe(0)
})

faultCase('a virtual host deleted and made again', async (one) => {
  await node.ctl('add_vhost', 'gone')
  await node.ctl('set_permissions', '-p', 'gone', 'guest', '.*', '.*', '.*')
  const load = await one.load({
    publish: withOptions(`${node.url}gone`, quick),
    work,
    notify: { timeout: 120_000 },
  })
  await load.handles(200)
  // What an operator deletes is gone: there must be nothing in it.
  await load.rest()
  await node.ctl('delete_vhost', 'gone')
  load.goOn()
  await until(() => load.publishing.health().state === 'down', 10_000)
  await until(
    () => /does not open the virtual host 'gone'/.test(load.publishing.health().lastError ?? ''),
    10_000,
  )
  await sleep(1_000)
  await node.ctl('add_vhost', 'gone')
  await node.ctl('set_permissions', '-p', 'gone', 'guest', '.*', '.*', '.*')
  one.faultEnded()
  await one.recovered()
})

faultCase("a user's permissions withdrawn", async (one) => {
  await node.ctl('add_user', 'limited', 'secret-of-limited')
  const allow = (): Promise<string> => node.ctl('set_permissions', '-p', '/', 'limited', '.*', '.*', '.*')
  await allow()
  const url = withOptions(`amqp://limited:secret-of-limited@127.0.0.1:${node.port}/`, quick)
  const load = await one.load({ publish: url, work })
  await load.handles(200)
  await node.ctl('set_permissions', '-p', '/', 'limited', '', '', '')
  // An open channel goes by what it was allowed before.
  await node.ctl('close_all_user_connections', 'limited', 'its permissions were withdrawn')
  await until(() => load.rejections.has('DECLARE_FAILED'), 20_000)
  expect(load.lastRejection?.message).toMatch(/access to \w+ '.*' in vhost '\/' refused for user 'limited'/)
  // Those that were on their way as the connections were closed are of unknown outcome; none that came later.
  expect(await load.offerOne()).toMatchObject({ code: 'DECLARE_FAILED', outcome: 'not-sent' })
  expect(load.publishing.health().consumers?.live).toBe(0)
  const complaint = /can't be restored yet: .*refused for user 'limited'/
  await until(() => load.troubles.some(({ message }) => complaint.test(message)))
  await allow()
  one.faultEnded()
  await one.recovered()
  expect([...load.rejections.keys()]).toEqual(['DECLARE_FAILED'])
})

faultCase('a password changed while the links are up', async (one) => {
  await node.ctl('add_user', 'changing', 'first-secret')
  await node.ctl('set_permissions', '-p', '/', 'changing', '.*', '.*', '.*')
  const url = withOptions(`amqp://changing:first-secret@127.0.0.1:${node.port}/`, quick)
  const load = await one.load({ publish: url, work, notify: { timeout: 120_000 } })
  await load.handles(200)
  await node.ctl('change_password', 'changing', 'second-secret')
  await node.ctl('close_all_user_connections', 'changing', 'its password was changed')
  await until(
    () => /refused the login of user 'changing'/.test(load.publishing.health().lastError ?? ''),
    20_000,
  )
  expect(load.publishing.health().consumers?.live).toBe(0)
  const knocks = load.states.filter(({ state }) => state === 'connecting').length
  await sleep(2_000)
  // Refused, it knocks slowly: each of the two links once in the pause of `quick`.
  expect(load.states.filter(({ state }) => state === 'connecting').length - knocks).toBeLessThanOrEqual(4)
  await node.ctl('change_password', 'changing', 'first-secret')
  one.faultEnded()
  await one.recovered()
  expect(load.lines.join('\n')).not.toMatch(/first-secret|second-secret/)
})

faultCase('a memory alarm blocks publishers', async (one) => {
  const options = { ...quick, bufferMessages: 500 }
  let slowness = 1_000
  const load = await one.load({
    publish: withOptions(node.url, options),
    rate: 400,
    window: 1_000,
    bytes: 1_000,
    notify: { timeout: 0 },
    work: () => sleep(slowness),
  })
  // There is something left to consume while nothing can be published.
  await until(() => load.ledger.confirmed - load.ledger.handled > 1_000)
  await node.ctl('set_vm_memory_high_watermark', '0.00001')
  await until(() => load.publishing.health().state === 'blocked')
  slowness = 100
  const memory = process.memoryUsage.rss()
  const { handled } = load.ledger
  // Callers wait; a time out and a signal set them free.
  const late = await load.offerOne({ timeout: 300 })
  expect(late).toMatchObject({ code: 'TIMEOUT' })
  const given = await load.offerOne({ timeout: 0, signal: AbortSignal.timeout(300) })
  expect(given).toMatchObject({ code: 'ABORTED' })
  await sleep(atScale(0, 60_000))
  await until(() => load.publishing.health().pendingSends === 1_000)
  expect(load.publishing.health().state).toBe('blocked')
  expect(load.publishing.health().links).toMatchObject({ consume: 'up' })
  expect(load.ledger.handled).toBeGreaterThan(handled)
  expect(process.memoryUsage.rss() - memory).toBeLessThan(64 * 1_048_576)
  await node.ctl('set_vm_memory_high_watermark', 'absolute', '1GB')
  slowness = 1
  one.faultEnded()
  await one.recovered()
})
