/** Names and arguments against what the original declared on a broker (test/fixtures/wire). */
import { readFileSync } from 'node:fs'

import { describe, expect, test } from '@jest/globals'

import type { Subscription } from '../../../src/core/driver.js'
import { TransportURL } from '../../../src/core/url.js'
import { parseRabbitOptions } from '../../../src/drivers/rabbit/options.js'
import { type SubscriptionPlan, Topology } from '../../../src/drivers/rabbit/topology.js'

interface Capture {
  readonly list_exchanges: readonly {
    readonly name: string
    readonly type: string
    readonly durable: boolean
    readonly auto_delete: boolean
  }[]
  readonly list_queues: readonly {
    readonly name: string
    readonly durable: boolean
    readonly auto_delete: boolean
    readonly arguments: readonly (readonly [string, string, unknown])[]
  }[]
  readonly list_bindings: readonly {
    readonly source_name: string
    readonly destination_name: string
    readonly routing_key: string
  }[]
}

function capture(name: string): Capture {
  const url = new URL(`../../fixtures/wire/topology_${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8')) as Capture
}

function topology(query = ''): Topology {
  return new Topology(parseRabbitOptions(TransportURL.parse(`rabbit://h/?${query}`)))
}

function shared(topic: string, pool?: string): Subscription {
  return { exchange: 'openstack', topic, mode: 'shared', ...(pool === undefined ? {} : { pool }) }
}

function only(plans: readonly SubscriptionPlan[]): SubscriptionPlan {
  expect(plans).toHaveLength(1)
  return plans[0] as SubscriptionPlan
}

describe('what the original declared is what we declare', () => {
  test.each([
    ['listener_default', 'preset=oslo', undefined],
    ['listener_pool', 'preset=oslo', 'mypool'],
    ['listener_pool_durable', 'preset=oslo&amqp_durable_queues=true', 'mypool'],
    ['listener_quorum', 'preset=oslo&rabbit_quorum_queue=true', undefined],
  ])('%s', (name, query, pool) => {
    const found = capture(name)
    const bindings = found.list_bindings.filter(({ source_name }) => source_name !== '')
    const plans = topology(query).plan(
      bindings.map(({ source_name, routing_key }) => ({
        ...shared(routing_key, pool),
        exchange: source_name,
      })),
    )
    expect(new Set(plans.map(({ queue }) => queue.name))).toEqual(
      new Set(found.list_queues.map((queue) => queue.name)),
    )
    for (const queue of found.list_queues) {
      const plan = plans.find((each) => each.queue.name === queue.name)
      expect(plan?.queue).toMatchObject({ durable: queue.durable, autoDelete: queue.auto_delete })
      expect(Object.keys(plan?.queue.arguments ?? {})).toEqual(queue.arguments.map(([argument]) => argument))
      expect(new Set(plan?.bindings.map(({ routingKey }) => routingKey))).toEqual(
        new Set(
          bindings
            .filter(({ destination_name }) => destination_name === queue.name)
            .map(({ routing_key }) => routing_key),
        ),
      )
    }
    const exchanges = plans.flatMap((plan) => plan.bindings.map(({ exchange }) => exchange))
    for (const { name: exchange, type, durable, auto_delete } of found.list_exchanges) {
      expect(exchanges).toContainEqual({ name: exchange, type, durable, autoDelete: auto_delete })
    }
  })
})

test('subscriptions that name one queue share its plan, with a binding each', () => {
  const plan = only(
    topology().plan([
      shared('a.info', 'p'),
      shared('a.error', 'p'),
      { ...shared('a.info', 'p'), exchange: 'nova' },
    ]),
  )
  expect(plan.queue.name).toBe('p')
  expect(plan.dead).toBe('p.dead')
  expect(plan.bindings.map(({ exchange, routingKey }) => [exchange.name, routingKey])).toEqual([
    ['openstack', 'a.info'],
    ['openstack', 'a.error'],
    ['nova', 'a.info'],
  ])
})

test('a fanout has an exchange by its topic and a queue of its own for each listener, which expires', () => {
  const route: Subscription = { exchange: 'openstack', topic: 't', mode: 'fanout' }
  const [one, other] = [only(topology().plan([route])), only(topology().plan([route]))]
  expect(one.queue.name).toMatch(/^t_fanout_[0-9a-f]{32}$/)
  expect(other.queue.name).not.toBe(one.queue.name)
  expect(one.queue).toMatchObject({
    durable: false,
    autoDelete: false,
    arguments: { 'x-expires': 1_800_000 },
  })
  expect(one.bindings[0]?.exchange).toEqual({
    name: 't_fanout',
    type: 'fanout',
    durable: false,
    autoDelete: true,
  })
  expect(topology().publication(route)).toMatchObject({ routingKey: '' })
  expect(topology().unpooled(route)).toBeUndefined()
})

test('direct is the default exchange, which is neither declared nor bound', () => {
  const route: Subscription = { exchange: 'openstack', topic: 't', mode: 'direct' }
  expect(topology().publication(route)).toEqual({ exchange: undefined, routingKey: 't' })
  expect(only(topology().plan([route])).bindings).toEqual([])
})

test('publishers declare the queue of those without a pool, unless told not to', () => {
  expect(topology().unpooled(shared('t'))?.queue.name).toBe('t')
  expect(topology('declareQueues=false').unpooled(shared('t'))).toBeUndefined()
})

test('quorum queues of ours hand over to their dead-letter queue; those of oslo stay as oslo declares them', () => {
  const dead = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 't.dead' }
  expect(only(topology('queueType=quorum').plan([shared('t')])).queue.arguments).toMatchObject(dead)
  const oslo = only(topology('preset=oslo&rabbit_quorum_queue=true').plan([shared('t')])).queue.arguments
  expect(oslo).toEqual({ 'x-queue-type': 'quorum' })
  expect(topology('queueType=quorum').deadQueue('t.dead')).toEqual({
    name: 't.dead',
    durable: true,
    autoDelete: false,
    arguments: { 'x-queue-type': 'quorum' },
  })
  expect(topology('preset=oslo').deadQueue('t.dead').durable).toBe(true)
})
