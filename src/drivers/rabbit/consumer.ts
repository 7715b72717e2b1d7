/** One queue's consumer: it has a session for each channel it gets. */
import type { ChannelModel } from 'amqplib'

import { describeError, MessagingException } from '../../core/errors.js'
import { openChannel } from './channels.js'
import { withDeadline } from './deadline.js'
import type { Declarer } from './declarer.js'
import { type ConsumerParts, Session } from './session.js'
import { StreamPosition } from './stream-position.js'
import type { SubscriptionPlan } from './topology.js'

export class QueueConsumer {
  readonly plan: SubscriptionPlan
  readonly #parts: ConsumerParts
  readonly #position: StreamPosition | undefined
  #session: Session | undefined
  #isStopped = false

  constructor(plan: SubscriptionPlan, parts: ConsumerParts) {
    this.plan = plan
    this.#parts = parts
    this.#position = plan.isStream ? new StreamPosition() : undefined
  }

  get isLive(): boolean {
    return this.#session !== undefined
  }

  /** Whether messages may come at this moment. */
  get isConsuming(): boolean {
    return this.#session?.isConsuming === true
  }

  /** Resolves when messages may come, or at once after a stop. Rejects with what amqplib says. */
  async open(model: ChannelModel, declarer: Declarer): Promise<void> {
    const { options, credit, deadQueue } = this.#parts
    if (deadQueue !== undefined) await declarer.queue(deadQueue(this.plan.dead))
    this.#position?.found(await declarer.messages(this.plan.queue.name), 'reopened')
    await declarer.subscription(this.plan)
    const channel = await openChannel(model.createChannel(), options.callTimeout)
    if (this.#isStopped) return void channel.close().catch(() => {})
    const session = new Session(channel, this.plan, declarer, this.#parts, this.#position)
    this.#session = session
    const over = (): void => this.#over(session)
    channel.on('error', (error: unknown) =>
      this.#parts.onTrouble(channelTrouble(this.plan.queue.name, error)),
    )
    channel.on('close', over)
    try {
      await withDeadline(
        channel.prefetch(Math.min(65_535, Math.max(credit, options.prefetch))),
        options.callTimeout,
        'setting the prefetch',
      )
      await session.consume()
    } catch (error) {
      if (this.#session === session) this.#session = undefined
      session.end()
      // Closed by the server already, or with the link.
      channel.close().catch(() => {})
      throw error
    }
  }

  /** The link is gone, and with it the session. */
  lost(): void {
    this.#session?.end()
    this.#session = undefined
  }

  /** When it resolves, nothing more comes up. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#session?.stop()
  }

  /** Until `end` (milliseconds since the epoch): waits for republishes, writes what is acknowledged, closes the channel. */
  async close(end: number): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await session?.close(end)
  }

  #over(session: Session): void {
    session.end()
    if (this.#session !== session) return
    this.#session = undefined
    this.#parts.onLost()
  }
}

/** Why the broker closed a consumer's channel. */
function channelTrouble(queue: string, error: unknown): MessagingException {
  const text = describeError(error)
  const timeout = /acknowledgement on channel \d+ timed out\. Timeout value used: (\d+) ms/.exec(text)?.[1]
  if (timeout === undefined)
    return new MessagingException('CHANNEL_CLOSED', `the channel of queue '${queue}' was closed: ${text}`, {
      cause: error,
    })
  return new MessagingException(
    'CONSUMER_TIMEOUT',
    `a message of queue '${queue}' was in hand for longer than the broker allows (consumer_timeout, ${timeout} ms), so it closed the channel: ` +
      'what was in hand comes again; end handlers sooner (handlerTimeout), or raise consumer_timeout on the broker',
    { cause: error },
  )
}
