/** The RabbitMQ driver: the verbs of the contract, handed on to the files beside it. */
import type {
  DeadLetters,
  Driver,
  DriverDependencies,
  DriverEntry,
  DriverEvents,
  DriverListener,
  Features,
  Health,
  LinkState,
  ListenOptions,
  Route,
  SendOptions,
  Subscription,
} from '../../core/driver.js'
import { checkListen, refuseBodySize } from '../../core/driver-checks.js'
import { DriverLoadFailure, MessagingException, transportClosed } from '../../core/errors.js'
import { createEmitter, type Emitter, type EventSource, emitSafely } from '../../core/events.js'
import type { IncomingMessage } from '../../core/message.js'
import type { TransportURL } from '../../core/url.js'
import { RabbitDeadLetters } from './dead-letters.js'
import { Adopted } from './declarer.js'
import { Link } from './link.js'
import { RabbitListener } from './listener.js'
import { parseRabbitOptions, type RabbitOptions } from './options.js'
import { Outlets } from './outlets.js'
import { Publisher } from './publisher.js'
import { Topology } from './topology.js'

const features: Features = {
  requeue: true,
  pools: true,
  fanout: true,
  direct: true,
  ordered: true,
  delay: true,
  deadLetter: true,
}

/** What was read from a stream can't be put back. */
const streamFeatures: Features = { ...features, requeue: false, delay: false }

/** Made by `rabbitDriverEntry`; exported to know one again. */
export class RabbitDriver implements Driver {
  readonly #dependencies: DriverDependencies
  readonly #options: RabbitOptions
  readonly #topology: Topology
  readonly #emitter: Emitter<DriverEvents> = createEmitter()
  readonly #adopted: Adopted
  readonly #publishLink: Link
  readonly #consumeLink: Link
  readonly #publisher: Publisher
  readonly #outlets: Outlets
  readonly #listeners = new Set<RabbitListener>()
  #hasWarned = false
  #cleanedUp: Promise<void> | undefined

  constructor(options: RabbitOptions, dependencies: DriverDependencies) {
    this.#options = options
    this.#dependencies = dependencies
    this.#topology = new Topology(options)
    this.#adopted = new Adopted((error) => this.#trouble(error))
    this.#publishLink = new Link('publish', options, (change) => this.#changed(change))
    this.#consumeLink = new Link('consume', options, (change) => this.#changed(change))
    this.#publisher = new Publisher(this.#publishLink, options, this.#adopted)
    this.#outlets = new Outlets(this.#topology, options)
  }

  get events(): EventSource<DriverEvents> {
    return this.#emitter
  }

  features(subscription?: Subscription): Features {
    const isStream = subscription !== undefined && this.#topology.isStream(subscription)
    return isStream ? streamFeatures : features
  }

  // No async function: a promise more costs a tenth of the send.
  send(route: Route, body: Uint8Array, options: SendOptions = {}): Promise<void> {
    // Republishes of listeners that close go on meanwhile.
    if (this.#cleanedUp !== undefined) return Promise.reject(transportClosed())
    const refusal = refuseBodySize(body, this.#dependencies.maxBodySize)
    if (refusal !== undefined) return Promise.reject(refusal)
    return this.#publisher.publish(this.#outlets.publication(route, body, options), options)
  }

  async listen(
    subscriptions: readonly Subscription[],
    options: ListenOptions,
    onIncoming: (message: IncomingMessage) => void,
  ): Promise<DriverListener> {
    if (this.#cleanedUp !== undefined) throw transportClosed()
    checkListen(subscriptions, options)
    if (options.deadLetter) this.#warnOfDeliveryLimit()
    const listener = new RabbitListener(
      {
        link: this.#consumeLink,
        publisher: this.#publisher,
        topology: this.#topology,
        adopted: this.#adopted,
        options: this.#options,
        onTrouble: (error) => this.#trouble(error),
      },
      subscriptions,
      options,
      onIncoming,
    )
    this.#listeners.add(listener)
    try {
      await listener.start()
    } catch (error) {
      this.#listeners.delete(listener)
      throw error
    }
    return {
      stop: () => listener.stop(),
      stats: () => listener.stats(),
      close: async (deadline) => {
        await listener.close(deadline)
        this.#listeners.delete(listener)
      },
    }
  }

  flush({ timeout = 30_000 }: { readonly timeout?: number } = {}): Promise<void> {
    return this.#publisher.flush(timeout)
  }

  /** The worse of the two links. */
  health(): Health {
    const links = [this.#publishLink, this.#consumeLink]
    const consumers = { wanted: 0, live: 0 }
    for (const listener of this.#listeners) {
      const { wanted, live } = listener.consumers()
      consumers.wanted += wanted
      consumers.live += live
    }
    const worst = severity.find((state) => links.some((link) => link.state === state)) ?? 'idle'
    const { broker } = links.find((link) => link.broker !== undefined) ?? {}
    const lastError = links.find((link) => link.lastError !== undefined)?.lastError
    return {
      state: worst,
      links: { publish: this.#publishLink.state, consume: this.#consumeLink.state },
      consumers,
      pendingSends: this.#publisher.pending,
      ...(broker === undefined ? {} : { broker }),
      ...(lastError === undefined ? {} : { lastError: lastError.message }),
    }
  }

  deadLetters(subscription: Subscription): DeadLetters {
    return new RabbitDeadLetters(this.#consumeLink, this.#publisher, {
      dead: this.#topology.deadName(subscription),
      queue: this.#topology.queueName(subscription),
      callTimeout: this.#options.callTimeout,
    })
  }

  cleanup(): Promise<void> {
    this.#cleanedUp ??= this.#cleanup()
    return this.#cleanedUp
  }

  /** cancel, drain, confirms of republishes, acks, other confirms, close; each step bounded. */
  async #cleanup(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.close()))
    // What is not confirmed by then is told so by its own promise.
    await this.#publisher.flush(this.#publishLink.model === undefined ? 1 : 5_000).catch(() => {})
    this.#publisher.close()
    await Promise.all([this.#publishLink.close(), this.#consumeLink.close()])
  }

  #changed(change: {
    readonly link: string
    readonly state: LinkState
    readonly broker?: string
    readonly error?: Error
  }): void {
    const { link, state, broker, error } = change
    if (error !== undefined) this.#dependencies.logger.warn(error.message, { link, state, broker })
    else this.#dependencies.logger.debug(`link ${link} is ${state}`, { broker })
    emitSafely(this.#emitter, this.#dependencies.logger, 'link', change)
  }

  /** Once: of queues that are declared as oslo's services do, the broker itself may drop what this listener wants to keep. */
  #warnOfDeliveryLimit(): void {
    const { quorum, ownDeadLetterArguments } = this.#options
    if (!quorum || ownDeadLetterArguments || this.#hasWarned) return
    this.#hasWarned = true
    this.#trouble(
      new MessagingException(
        'DELIVERY_LIMIT_DROPS',
        'quorum queues as oslo.messaging declares them have no dead-letter exchange: at their delivery limit (20 by default from RabbitMQ 4 on) the broker drops a message; ' +
          "set a policy with dead-letter-exchange '' and dead-letter-routing-key '<queue>.dead' on the broker, or use queueType=quorum where no service of oslo's shares the queue",
      ),
    )
  }

  #trouble(error: Error): void {
    if (!emitSafely(this.#emitter, this.#dependencies.logger, 'trouble', error))
      this.#dependencies.logger.warn(error.message)
  }
}

const severity: readonly LinkState[] = ['closed', 'down', 'blocked', 'connecting', 'up', 'idle']

/** For the schemes rabbit, rabbits, amqp, amqps and kombu. */
export const rabbitDriverEntry: DriverEntry = {
  create(url: TransportURL, dependencies: DriverDependencies): Driver {
    if (url.scheme.includes('+')) {
      throw new DriverLoadFailure(
        url.scheme,
        `'${url.scheme}' is an engine of kombu's, which tocsin has not; use rabbit:// or memory://`,
      )
    }
    return new RabbitDriver(parseRabbitOptions(url), dependencies)
  },
}
