import type { DriverListener, ListenerStats, Subscription } from '../../core/driver.js'
import type { MemoryBroker } from './broker.js'
import { Consumer, type ConsumerOptions, type Counters } from './consumer.js'
import type { MemoryQueue } from './queue.js'

interface Attachment {
  readonly subscription: Subscription
  readonly queue: MemoryQueue
  readonly consumer: Consumer
}

/** A consumer at each queue of its subscriptions; those that name the same queue share one. */
export class MemoryListener implements DriverListener {
  readonly #broker: MemoryBroker
  readonly #counters: Counters
  readonly #onClosed: (listener: MemoryListener) => void
  readonly #attachments: readonly Attachment[]
  #state: 'listening' | 'stopped' | 'closed' = 'listening'

  constructor(
    broker: MemoryBroker,
    subscriptions: readonly Subscription[],
    options: Omit<ConsumerOptions, 'exchange'>,
    onClosed: (listener: MemoryListener) => void,
  ) {
    this.#broker = broker
    this.#counters = options.counters
    this.#onClosed = onClosed
    const attachments = new Map<MemoryQueue, Attachment>()
    for (const subscription of distinct(subscriptions)) {
      const queue = broker.open(subscription)
      if (attachments.has(queue)) continue
      const exchange = subscription.mode === 'direct' ? undefined : subscription.exchange
      attachments.set(queue, {
        subscription,
        queue,
        consumer: new Consumer(queue, { ...options, exchange }),
      })
    }
    this.#attachments = [...attachments.values()]
    for (const { queue, consumer } of this.#attachments) queue.attach(consumer)
  }

  async stop(): Promise<void> {
    this.#stop()
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#stop()
    this.#state = 'closed'
    for (const { subscription, queue, consumer } of this.#attachments) {
      consumer.giveBackAll()
      this.#broker.leave(subscription, queue)
    }
    this.#onClosed(this)
  }

  stats(): ListenerStats {
    const unsettled = this.#attachments.reduce((sum, { consumer }) => sum + consumer.unsettled, 0)
    return { ...this.#counters, unsettled }
  }

  #stop(): void {
    if (this.#state !== 'listening') return
    this.#state = 'stopped'
    for (const { queue, consumer } of this.#attachments) queue.detach(consumer)
  }
}

/** Each subscription once: a fanout named twice would else get two queues, and each message twice. */
function distinct(subscriptions: readonly Subscription[]): Iterable<Subscription> {
  const known = new Map<string, Subscription>()
  for (const subscription of subscriptions) {
    const { mode, exchange, topic, pool = '' } = subscription
    known.set(JSON.stringify([mode, exchange, topic, pool]), subscription)
  }
  return known.values()
}
