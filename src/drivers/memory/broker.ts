import type { Route, Subscription } from '../../core/driver.js'
import { DeadLetterStore } from './dead-letters.js'
import { MemoryQueue } from './queue.js'
import { DeliveryTurns } from './turns.js'

/** The queues of one exchange and topic. */
interface Topic {
  /** The queue of the listeners without a pool; from the first send or listen. */
  unpooled?: MemoryQueue
  readonly pools: Map<string, MemoryQueue>
  /** Where a shared message goes: `unpooled` and the pools. Kept as a list because `send` reads it each time. */
  shared: readonly MemoryQueue[]
  /** One per fanout listener. */
  fanout: readonly MemoryQueue[]
}

const NO_QUEUES: readonly MemoryQueue[] = []

/**
 * A broker in this process: exchanges, topics and their queues. It outlives the drivers that use it, so that a backlog is kept as a real
 * broker keeps it.
 */
export class MemoryBroker {
  readonly #turns = new DeliveryTurns()
  readonly #exchanges = new Map<string, Map<string, Topic>>()
  readonly #direct = new Map<string, MemoryQueue>()
  readonly #dead = new Map<string, DeadLetterStore>()

  /** The queues that a message for `route` goes to. A shared one makes the un-pooled queue, unless `declare` says `nothing`. */
  queuesOf(route: Route, declare: 'unpooled' | 'nothing'): readonly MemoryQueue[] {
    if (route.mode === 'direct') {
      const queue = this.#direct.get(route.topic)
      return queue === undefined ? NO_QUEUES : [queue]
    }
    const topic = this.#topic(route)
    if (route.mode === 'fanout') return topic.fanout
    if (topic.unpooled === undefined && declare === 'unpooled') this.#makeUnpooled(route, topic)
    return topic.shared
  }

  /** The queue that listeners of `subscription` share; a fanout listener's own. Made where there is none. */
  open(subscription: Subscription): MemoryQueue {
    const pool = subscription.pool ?? ''
    if (subscription.mode === 'direct') {
      const existing = this.#direct.get(subscription.topic)
      if (existing !== undefined) return existing
      const queue = this.#makeQueue(subscription)
      this.#direct.set(subscription.topic, queue)
      return queue
    }
    const topic = this.#topic(subscription)
    if (subscription.mode === 'fanout') {
      const queue = this.#makeQueue(subscription)
      topic.fanout = [...topic.fanout, queue]
      return queue
    }
    if (pool === '') return topic.unpooled ?? this.#makeUnpooled(subscription, topic)
    const existing = topic.pools.get(pool)
    if (existing !== undefined) return existing
    const queue = this.#makeQueue(subscription)
    topic.pools.set(pool, queue)
    topic.shared = [...topic.shared, queue]
    return queue
  }

  /** After the last listener of a fanout or direct queue has gone, so does the queue; shared ones stay. */
  leave(subscription: Subscription, queue: MemoryQueue): void {
    if (subscription.mode === 'shared' || queue.consumerCount > 0 || queue.gone) return
    if (subscription.mode === 'direct') {
      this.#direct.delete(subscription.topic)
    } else {
      const topic = this.#topic(subscription)
      topic.fanout = topic.fanout.filter((other) => other !== queue)
    }
    queue.remove()
  }

  /** What a send waits for once its message is in its queues. */
  pace(): Promise<void> {
    return this.#turns.pace()
  }

  deadLettersOf(subscription: Subscription): DeadLetterStore {
    const { mode, exchange, topic, pool = '' } = subscription
    const key = JSON.stringify([mode, mode === 'direct' ? '' : exchange, topic, pool])
    let store = this.#dead.get(key)
    if (store === undefined) {
      store = new DeadLetterStore()
      this.#dead.set(key, store)
    }
    return store
  }

  /** Ends the timers of delayed messages and lets waiting senders go. */
  remove(): void {
    const topics = [...this.#exchanges.values()].flatMap((exchange) => [...exchange.values()])
    this.#exchanges.clear()
    const direct = [...this.#direct.values()]
    this.#direct.clear()
    for (const queue of [...topics.flatMap(({ shared, fanout }) => [...shared, ...fanout]), ...direct]) {
      queue.remove()
    }
  }

  #topic({ exchange, topic: name }: Route): Topic {
    let topics = this.#exchanges.get(exchange)
    if (topics === undefined) {
      topics = new Map()
      this.#exchanges.set(exchange, topics)
    }
    let topic = topics.get(name)
    if (topic === undefined) {
      topic = { pools: new Map(), shared: NO_QUEUES, fanout: NO_QUEUES }
      topics.set(name, topic)
    }
    return topic
  }

  #makeUnpooled(route: Route, topic: Topic): MemoryQueue {
    const queue = this.#makeQueue({ exchange: route.exchange, topic: route.topic, mode: 'shared' })
    topic.unpooled = queue
    topic.shared = [queue, ...topic.shared]
    return queue
  }

  #makeQueue(subscription: Subscription): MemoryQueue {
    return new MemoryQueue(this.#turns, this.deadLettersOf(subscription))
  }
}

/** The brokers of this process by name: what `memory://name` is about, and the one piece of state that outlives a driver. */
const brokers = new Map<string, MemoryBroker>()

export function brokerOf(name: string): MemoryBroker {
  let broker = brokers.get(name)
  if (broker === undefined) {
    broker = new MemoryBroker()
    brokers.set(name, broker)
  }
  return broker
}

/**
 * Forgets the broker of `memory://name` (all of them, without a name) with its queues and backlogs; for tests. Drivers that use it
 * still hold the empty one: clean them up first.
 */
export function resetMemoryBrokers(name?: string): void {
  for (const [known, broker] of brokers) {
    if (name !== undefined && known !== name) continue
    broker.remove()
    brokers.delete(known)
  }
}
