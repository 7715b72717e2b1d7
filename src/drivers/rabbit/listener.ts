/** A listener on RabbitMQ: one consumer per queue, restored after a lost link, a closed channel or a deleted queue. */
import type { ChannelModel } from 'amqplib'

import type { DriverListener, ListenerStats, ListenOptions, Subscription } from '../../core/driver.js'
import {
  ConnectionFailure,
  describeError,
  MessagingException,
  MessagingTimeout,
  NotOpen,
} from '../../core/errors.js'
import type { IncomingMessage } from '../../core/message.js'
import { QueueConsumer } from './consumer.js'
import { replyCode, withDeadline } from './deadline.js'
import { type Adopted, Declarer } from './declarer.js'
import type { Link } from './link.js'
import type { RabbitOptions } from './options.js'
import type { Publisher } from './publisher.js'
import type { Counts } from './session.js'
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
  #isStarted = false
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
          .filter(
            ({ bindings, isStream }) =>
              !isStream && bindings.some(({ exchange }) => exchange.type === 'fanout'),
          )
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
          onRestored: () => this.#restored(),
        }),
    )
  }

  /** Resolves when every consumer is live. Rejects with ConnectionFailure, MessagingTimeout, NotOpen, or what the broker refuses. */
  async start(): Promise<void> {
    const { timeout = 30_000, signal } = this.#listen
    const { link } = this.#parts
    const end = timeout === 0 ? Number.POSITIVE_INFINITY : Date.now() + timeout
    this.#leave = link.use({
      up: () => void this.#restore(),
      down: () => {
        for (const consumer of this.#consumers) consumer.lost()
      },
    })
    try {
      while (!this.#isStopped) {
        const left = end - Date.now()
        if (left <= 0)
          throw link.lastError ?? new MessagingTimeout('TIMEOUT', `not listening within ${timeout} ms`)
        const model = await link.ready({ timeout: timeout === 0 ? undefined : left, signal })
        if (await this.#opensOn(model, end)) break
      }
      if (this.#isStopped) throw new NotOpen('STOPPED', 'the listener was stopped before it listened')
    } catch (error) {
      await this.close(1_000)
      throw error
    }
    this.#isStarted = true
    void this.#restore()
  }

  /** Whether all consumers are live now. False: the link was lost meanwhile, which is waited for. Rejects with what the broker refuses. */
  async #opensOn(model: ChannelModel, end: number): Promise<boolean> {
    const declarer = this.#declarerOn(model)
    const opening = (async () => {
      for (const consumer of this.#consumers)
        if (!consumer.isLive && !this.#isStopped) await consumer.open(model, declarer)
    })()
    try {
      if (end === Number.POSITIVE_INFINITY) await opening
      else await withDeadline(opening, Math.max(1, end - Date.now()), 'declaring and consuming')
      return this.#parts.link.model === model
    } catch (error) {
      if (this.#parts.link.model !== model) return false
      throw asFailure(error)
    }
  }

  stats(): ListenerStats {
    const { wanted, live } = this.consumers()
    return { ...this.#counts, isLive: wanted > 0 && wanted === live }
  }

  /** None is wanted any more after a stop. */
  consumers(): { readonly wanted: number; readonly live: number } {
    if (this.#isStopped) return { wanted: 0, live: 0 }
    const live = this.#consumers.filter(({ isConsuming }) => isConsuming).length
    return { wanted: this.#consumers.length, live }
  }

  stop(): Promise<void> {
    this.#isStopped = true
    // One that is being opened this moment sees it, and closes.
    this.#stopped ??= Promise.all(this.#consumers.map((consumer) => consumer.stop())).then(() => {})
    return this.#stopped
  }

  close(deadline = 5_000): Promise<void> {
    this.#closed ??= this.#close(deadline)
    return this.#closed
  }

  async #close(deadline: number): Promise<void> {
    const end = Date.now() + deadline
    const left = (): number => Math.max(1, end - Date.now())
    // One that can't be cancelled in time ends with its channel.
    await withDeadline(this.stop(), left(), 'cancelling consumers').catch(() => {})
    await Promise.all(this.#consumers.map((consumer) => consumer.close(end)))
    this.#leave()
    const declarer = this.#declarer
    if (declarer === undefined || this.#parts.link.model !== declarer.model) return
    for (const queue of this.#fanoutQueues) {
      // One that is not deleted now expires by itself.
      await withDeadline(
        declarer.run((channel) => channel.deleteQueue(queue)),
        left(),
        'deleting a fanout queue',
      ).catch(() => {})
    }
    await declarer.close(left())
  }

  #declarerOn(model: ChannelModel): Declarer {
    if (this.#declarer?.model !== model)
      this.#declarer = new Declarer(model, this.#parts.adopted, this.#parts.options.callTimeout)
    return this.#declarer
  }

  /** Tries until all consumers are live on the present link, or it is lost (its return calls again). Never rejects. */
  async #restore(): Promise<void> {
    const { link } = this.#parts
    if (this.#isRestoring || !this.#isStarted) return
    this.#isRestoring = true
    for (let pause = 50; !this.#isStopped; pause = Math.min(5_000, pause * 2)) {
      const { model } = link
      if (model === undefined) break
      const gone = this.#consumers.filter((consumer) => !consumer.isLive)
      if (gone.length === 0) break
      const results = await this.#reopen(gone, model)
      if (link.model !== model) continue
      if (results.every(({ status }) => status === 'fulfilled')) this.#restored()
      else await new Promise((resolve) => setTimeout(resolve, pause).unref())
    }
    this.#isRestoring = false
  }

  /** Each by itself: one that can't be restored does not hold up the others. */
  #reopen(
    consumers: readonly QueueConsumer[],
    model: ChannelModel,
  ): Promise<readonly PromiseSettledResult<void>[]> {
    const declarer = this.#declarerOn(model)
    return Promise.allSettled(
      consumers.map(async (consumer) => {
        try {
          await consumer.open(model, declarer)
        } catch (error) {
          if (this.#parts.link.model === model) {
            const text = `the consumer of queue '${consumer.plan.queue.name}' can't be restored yet: ${describeError(error)}`
            this.#parts.onTrouble(new MessagingException('NOT_RESTORED', text, { cause: error }))
          }
          throw error
        }
      }),
    )
  }

  /** Never throws: what a user's callback throws is no reason to restore again. */
  #restored(): void {
    if (this.#isStopped) return
    try {
      this.#listen.onRestored?.()
    } catch (error) {
      const text = `onRestored threw: ${describeError(error)}`
      this.#parts.onTrouble(new MessagingException('RECEIVER_THREW', text, { cause: error }))
    }
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
