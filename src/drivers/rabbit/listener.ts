/** A listener on RabbitMQ: one consumer per queue, restored after a lost link, a closed channel or a deleted queue. */
import type { ChannelModel } from 'amqplib'

import type { DriverListener, ListenerStats, ListenOptions, Subscription } from '../../core/driver.js'
import { ConnectionFailure, describeError, MessagingException, MessagingTimeout } from '../../core/errors.js'
import type { IncomingMessage } from '../../core/message.js'
import { type Counts, QueueConsumer } from './consumer.js'
import { replyCode, withDeadline } from './deadline.js'
import { type Adopted, Declarer } from './declarer.js'
import type { Link } from './link.js'
import type { RabbitOptions } from './options.js'
import type { Publisher } from './publisher.js'
import type { Topology } from './topology.js'

export interface ListenerParts {
  readonly link: Link
  readonly publisher: Publisher
  readonly topology: Topology
  readonly adopted: Adopted
  readonly options: RabbitOptions
  readonly onTrouble: (error: Error) => void
}

export class RabbitListener implements DriverListener {
  readonly #parts: ListenerParts
  readonly #listen: ListenOptions
  readonly #consumers: readonly QueueConsumer[]
  readonly #counts: Counts = {
    delivered: 0,
    acknowledged: 0,
    requeued: 0,
    rejected: 0,
    stale: 0,
    unsettled: 0,
  }
  readonly #fanoutQueues: readonly string[]
  #declarer: Declarer | undefined
  #leave: () => void = () => {}
  #isStopped = false
  #isRestoring = false
  #stopped: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(
    parts: ListenerParts,
    subscriptions: readonly Subscription[],
    listen: ListenOptions,
    onIncoming: (message: IncomingMessage) => void,
  ) {
    this.#parts = parts
    this.#listen = listen
    const plans = parts.topology.plan(subscriptions)
    this.#fanoutQueues = subscriptions.some(({ mode }) => mode === 'fanout')
      ? plans
          .filter(({ bindings }) => bindings.some(({ exchange }) => exchange.type === 'fanout'))
          .map(({ queue }) => queue.name)
      : []
    this.#consumers = plans.map(
      (plan) =>
        new QueueConsumer(plan, {
          options: parts.options,
          publisher: parts.publisher,
          credit: listen.credit,
          deadQueue: listen.deadLetter ? (name) => parts.topology.deadQueue(name) : undefined,
          counts: this.#counts,
          onIncoming,
          onTrouble: parts.onTrouble,
          onLost: () => void this.#restore(),
        }),
    )
  }

  /** Resolves when every consumer is live. Rejects with ConnectionFailure or what the broker refuses. */
  async start(): Promise<void> {
    const { timeout = 30_000, signal } = this.#listen
    const end = Date.now() + timeout
    for (;;) {
      const left = end - Date.now()
      if (timeout > 0 && left <= 0)
        throw (
          this.#parts.link.lastError ?? new MessagingTimeout('TIMEOUT', `not listening within ${timeout} ms`)
        )
      const model = await this.#parts.link.ready({ timeout: timeout === 0 ? undefined : left, signal })
      try {
        await this.#openAll(model, this.#declarerOn(model))
        if (this.#parts.link.model === model) break
      } catch (error) {
        // A link that is lost meanwhile is waited for; what the broker refuses is told.
        if (this.#parts.link.model === model) {
          await this.close()
          throw asFailure(error)
        }
      }
    }
    this.#leave = this.#parts.link.use({
      up: () => void this.#restore(),
      down: () => {
        for (const consumer of this.#consumers) consumer.lost()
      },
    })
  }

  stats(): ListenerStats {
    return { ...this.#counts }
  }

  stop(): Promise<void> {
    this.#isStopped = true
    this.#stopped ??= Promise.all(this.#consumers.map((consumer) => consumer.stop())).then(() => {})
    return this.#stopped
  }

  close(deadline = 5_000): Promise<void> {
    this.#closed ??= this.#close(deadline)
    return this.#closed
  }

  async #close(deadline: number): Promise<void> {
    await this.stop()
    await Promise.all(this.#consumers.map((consumer) => consumer.close(deadline)))
    this.#leave()
    const declarer = this.#declarer
    if (declarer === undefined || this.#parts.link.model === undefined) return
    for (const queue of this.#fanoutQueues) {
      // One that is not deleted now expires by itself.
      await withDeadline(
        declarer.run((channel) => channel.deleteQueue(queue)),
        deadline,
        'deleting a fanout queue',
      ).catch(() => {})
    }
    await declarer.close()
  }

  async #openAll(model: ChannelModel, declarer: Declarer): Promise<void> {
    for (const consumer of this.#consumers)
      if (!consumer.isLive && !this.#isStopped) await consumer.open(model, declarer)
  }

  #declarerOn(model: ChannelModel): Declarer {
    if (this.#declarer?.model !== model)
      this.#declarer = new Declarer(model, this.#parts.adopted, this.#parts.options.callTimeout)
    return this.#declarer
  }

  /** Tries until all consumers are live on the present link, or it is lost (its return calls again). Never rejects. */
  async #restore(): Promise<void> {
    const { link, onTrouble } = this.#parts
    if (this.#isRestoring) return
    this.#isRestoring = true
    for (let pause = 50; !this.#isStopped; pause = Math.min(5_000, pause * 2)) {
      const { model } = link
      if (model === undefined) break
      if (this.#consumers.every((consumer) => consumer.isLive)) break
      try {
        await this.#openAll(model, this.#declarerOn(model))
        this.#listen.onRestored?.()
      } catch (error) {
        if (link.model !== model) continue
        onTrouble(
          new MessagingException(
            'NOT_RESTORED',
            `a consumer can't be restored yet: ${describeError(error)}`,
            { cause: error },
          ),
        )
        await new Promise((resolve) => setTimeout(resolve, pause).unref())
      }
    }
    this.#isRestoring = false
  }
}

function asFailure(error: unknown): MessagingException {
  if (error instanceof MessagingException) return error
  const code = replyCode(error)
  const name = code === 403 ? 'ACCESS_REFUSED' : code === 405 ? 'QUEUE_LOCKED' : 'DECLARE_FAILED'
  return new ConnectionFailure(name, `the broker refused what the listener needs: ${describeError(error)}`, {
    cause: error,
  })
}
