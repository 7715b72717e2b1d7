/**
 * Declares, one at a time, on a channel of its own, so that a refusal closes nothing else. What exists with other arguments (406) is adopted as
 * it is, with a warning, and remembered: no crash loop, no fight over arguments.
 */
import type { Channel, ChannelModel } from 'amqplib'

import { ConnectionFailure, describeError, MessagingException, MessagingTimeout } from '../../core/errors.js'
import { closeChannel, openChannel } from './channels.js'
import { replyCode, withDeadline } from './deadline.js'
import type { ExchangePlan, QueuePlan, SubscriptionPlan } from './topology.js'

/** What exists otherwise than we would make it; outlives a link, so that later epochs ask passively first. */
export class Adopted {
  readonly #names = new Set<string>()
  readonly #onTrouble: (error: Error) => void

  constructor(onTrouble: (error: Error) => void) {
    this.#onTrouble = onTrouble
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  add(name: string, cause: unknown): void {
    this.#names.add(name)
    this.#onTrouble(
      new MessagingException(
        'ADOPTED',
        `${name} exists, can't be declared as wanted, and is used as it is: ${describeError(cause)}; ` +
          'set the matching options in the URL, or delete it where it may go',
        { cause },
      ),
    )
  }

  forget(name: string): void {
    this.#names.delete(name)
  }
}

export class Declarer {
  readonly model: ChannelModel
  readonly #adopted: Adopted
  readonly #callTimeout: number
  #channel: Promise<Channel> | undefined
  #opened: Channel | undefined
  #line: Promise<unknown> = Promise.resolve()

  constructor(model: ChannelModel, adopted: Adopted, callTimeout: number) {
    this.model = model
    this.#adopted = adopted
    this.#callTimeout = callTimeout
  }

  /** Queue, exchanges and bindings of a subscription. */
  subscription(plan: SubscriptionPlan): Promise<void> {
    return this.#inLine(async () => {
      for (const { exchange } of plan.bindings) await this.#exchange(exchange)
      await this.#queue(plan.queue)
      for (const { exchange, routingKey } of plan.bindings) {
        await this.#call((channel) => channel.bindQueue(plan.queue.name, exchange.name, routingKey))
      }
    })
  }

  exchange(plan: ExchangePlan): Promise<void> {
    return this.#inLine(() => this.#exchange(plan))
  }

  queue(plan: QueuePlan): Promise<void> {
    return this.#inLine(() => this.#queue(plan))
  }

  /** How many messages a queue holds; undefined = there is no such queue. */
  messages(queue: string): Promise<number | undefined> {
    return this.#inLine(() =>
      this.#call((channel) => channel.checkQueue(queue)).then(
        ({ messageCount }) => messageCount,
        (error: unknown) => {
          if (replyCode(error) === 404) return undefined
          throw error
        },
      ),
    )
  }

  /** Runs calls of another kind on this channel, in line with the declarations. */
  run<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    return this.#inLine(() => this.#call(work))
  }

  /** Closes the channel, if one was opened, in `timeout` ms at most. Never rejects. */
  async close(timeout: number): Promise<void> {
    const opening = this.#channel
    this.#channel = undefined
    if (opening === undefined) return
    const closing = opening.then((channel) => closeChannel(channel, timeout))
    // One that never opened needs no closing.
    await withDeadline(closing, timeout, 'closing a channel').catch(() => {})
  }

  async #exchange(plan: ExchangePlan): Promise<void> {
    const { name, type, durable, autoDelete } = plan
    await this.#declare(
      `exchange '${name}'`,
      (channel) => channel.assertExchange(name, type, { durable, autoDelete }),
      (channel) => channel.checkExchange(name),
    )
  }

  async #queue({ name, durable, autoDelete, arguments: args }: QueuePlan): Promise<void> {
    await this.#declare(
      `queue '${name}'`,
      (channel) => channel.assertQueue(name, { durable, autoDelete, arguments: args }),
      (channel) => channel.checkQueue(name),
    )
  }

  async #declare(
    name: string,
    assert: (channel: Channel) => Promise<unknown>,
    check: (channel: Channel) => Promise<unknown>,
  ): Promise<void> {
    if (this.#adopted.has(name)) {
      try {
        await this.#call(check)
        return
      } catch (error) {
        if (replyCode(error) !== 404) throw error
        this.#adopted.forget(name)
      }
    }
    try {
      await this.#call(assert)
    } catch (error) {
      // 403: a user without the right to configure may well have the one to use it.
      if (![403, 406].includes(replyCode(error) ?? 0)) throw error
      if (isOtherKind(error)) throw otherKind(name, error)
      await this.#call(check).catch((missing: unknown) => {
        // It does not exist: its arguments were refused as such.
        throw replyCode(missing) === 404 ? error : missing
      })
      this.#adopted.add(name, error)
    }
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#line.then(work, work)
    this.#line = turn.catch(() => {})
    return turn
  }

  async #call<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await (this.#channel ??= this.#open())
    try {
      return await withDeadline(work(channel), this.#callTimeout, 'a declaration')
    } catch (error) {
      // Calls of a channel wait for one another: behind one that gets no answer the next would wait as well.
      if (error instanceof MessagingTimeout) void this.close(this.#callTimeout)
      throw error
    }
  }

  async #open(): Promise<Channel> {
    try {
      const channel = await openChannel(this.model.createChannel(), this.#callTimeout)
      channel.on('close', () => {
        if (this.#opened === channel) this.#channel = undefined
      })
      this.#opened = channel
      return channel
    } catch (error) {
      this.#channel = undefined
      throw new ConnectionFailure('LINK_LOST', `no channel could be opened: ${describeError(error)}`, {
        cause: error,
      })
    }
  }
}

/** A stream where a queue was meant, or an exchange of another type, can't be lived with. */
function isOtherKind(error: unknown): boolean {
  const text = describeError(error)
  return (
    /inequivalent arg 'type'/.test(text) ||
    /received .*'stream'|'stream' of type|current is .*'stream'/.test(text)
  )
}

function otherKind(name: string, cause: unknown): MessagingException {
  return new MessagingException(
    'TOPOLOGY_CONFLICT',
    `${name} exists and is of another kind, which can't be used: ${describeError(cause)}; choose another exchange or topic, or delete it`,
    { cause },
  )
}
