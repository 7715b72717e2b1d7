/** Routes as names and arguments of exchanges, queues and bindings: the only file that knows them. source: oslo_messaging/_drivers/impl_rabbit.py */
import { randomUUID } from 'node:crypto'

import type { Route, Subscription } from '../../core/driver.js'
import type { RabbitOptions } from './options.js'

export interface ExchangePlan {
  readonly name: string
  readonly type: 'topic' | 'fanout'
  readonly durable: boolean
  readonly autoDelete: boolean
}

export interface QueuePlan {
  readonly name: string
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly arguments: Readonly<Record<string, unknown>>
}

export interface BindingPlan {
  readonly exchange: ExchangePlan
  readonly routingKey: string
}

/** A queue with all that it is bound to. */
export interface SubscriptionPlan {
  readonly queue: QueuePlan
  readonly bindings: readonly BindingPlan[]
  /** Queue that keeps what is rejected. */
  readonly dead: string
  /** Read by offset, and never deleted by one of its listeners. */
  readonly isStream: boolean
}

export class Topology {
  readonly #options: RabbitOptions

  constructor(options: RabbitOptions) {
    this.#options = options
  }

  /** Where a message of the route is published, and with which key. `direct` uses the default exchange, which can't be declared. */
  publication(route: Route): { readonly exchange: ExchangePlan | undefined; readonly routingKey: string } {
    if (route.mode === 'direct') return { exchange: undefined, routingKey: route.topic }
    return { exchange: this.#exchange(route), routingKey: route.mode === 'fanout' ? '' : route.topic }
  }

  /** The queue of those without a pool, which publishers declare so that nothing is lost before the first listener. */
  unpooled(route: Route): SubscriptionPlan | undefined {
    if (route.mode !== 'shared' || !this.#options.declareQueues) return undefined
    return this.plan([{ ...route }])[0]
  }

  /** One plan per queue: subscriptions that name the same queue share it, and its consumer. */
  plan(subscriptions: readonly Subscription[]): SubscriptionPlan[] {
    const byQueue = new Map<string, SubscriptionPlan & { readonly bindings: BindingPlan[] }>()
    const fanouts = new Set<string>()
    for (const subscription of subscriptions) {
      if (subscription.mode === 'fanout') {
        // Its queue has a new name each time: named twice in one listen it would bring each message twice.
        if (fanouts.has(subscription.topic)) continue
        fanouts.add(subscription.topic)
      }
      const name = this.queueName(subscription)
      let plan = byQueue.get(name)
      if (plan === undefined) {
        plan = {
          queue: this.#queue(name, subscription),
          bindings: [],
          dead: this.deadName(subscription),
          isStream: this.isStream(subscription),
        }
        byQueue.set(name, plan)
      }
      const { exchange, routingKey } = this.publication(subscription)
      if (exchange !== undefined) plan.bindings.push({ exchange, routingKey })
    }
    return [...byQueue.values()]
  }

  isStream({ mode }: Subscription): boolean {
    return mode === 'fanout' && this.#options.streamFanout
  }

  queueName({ mode, topic, pool }: Subscription): string {
    if (mode === 'fanout')
      return this.#options.streamFanout
        ? `${topic}_fanout`
        : `${topic}_fanout_${randomUUID().replaceAll('-', '')}`
    return mode === 'shared' && pool !== undefined ? pool : topic
  }

  /** Those of all listeners of a fanout lie together: their queues go with them. */
  deadName(subscription: Subscription): string {
    return subscription.mode === 'fanout'
      ? `${subscription.topic}_fanout.dead`
      : `${this.queueName(subscription)}.dead`
  }

  /** What keeps the dead letters of a queue: durable, of the type of the work queues, never expiring. */
  deadQueue(name: string): QueuePlan {
    return {
      name,
      durable: true,
      autoDelete: false,
      arguments: this.#options.quorum ? { 'x-queue-type': 'quorum' } : {},
    }
  }

  #exchange({ mode, exchange, topic }: Route): ExchangePlan {
    const { durable, autoDelete, fanoutDurable } = this.#options
    return mode === 'fanout'
      ? { name: `${topic}_fanout`, type: 'fanout', durable: fanoutDurable, autoDelete: true }
      : { name: exchange, type: 'topic', durable, autoDelete }
  }

  #queue(name: string, { mode }: Subscription): QueuePlan {
    const {
      durable,
      autoDelete,
      queueArguments,
      fanoutArguments,
      fanoutDurable,
      quorum,
      ownDeadLetterArguments,
    } = this.#options
    if (mode === 'fanout')
      return { name, durable: fanoutDurable, autoDelete: false, arguments: fanoutArguments }
    // A delivery limit of the broker's must not drop: quorum queues of ours hand over to the dead-letter queue. Whether or not this user
    // keeps dead letters: notifiers and listeners share the queue, and must declare the same.
    const dead =
      quorum && ownDeadLetterArguments
        ? { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': `${name}.dead` }
        : {}
    return { name, durable, autoDelete, arguments: { ...queueArguments, ...dead } }
  }
}
