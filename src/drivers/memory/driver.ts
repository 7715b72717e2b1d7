import type {
  DeadLetters,
  Driver,
  DriverDependencies,
  DriverEntry,
  DriverEvents,
  DriverListener,
  Features,
  Health,
  ListenOptions,
  Route,
  SendOptions,
  Subscription,
} from '../../core/driver.js'
import { checkListen, refuseBodySize } from '../../core/driver-checks.js'
import { ConnectionFailure, MessagingException, transportClosed } from '../../core/errors.js'
import { createEmitter, type EventSource, emitSafely } from '../../core/events.js'
import type { IncomingMessage } from '../../core/message.js'
import { type OptionRules, parseQueryOptions } from '../../core/options.js'
import type { TransportURL } from '../../core/url.js'
import { brokerOf, type MemoryBroker } from './broker.js'
import { MemoryListener } from './listener.js'
import type { Limits } from './queue.js'
import { Sends } from './sends.js'

export { resetMemoryBrokers } from './broker.js'

const FEATURES: Features = Object.freeze({
  requeue: true,
  pools: true,
  fanout: true,
  direct: true,
  ordered: true,
  delay: true,
  deadLetter: true,
})

const urlRules: OptionRules = {
  maxLength: { type: 'integer', min: 1 },
  maxBytes: { type: 'integer', min: 1 },
  declareQueues: { type: 'boolean' },
}

/** How long `cleanup` lets sends wait for room in a full queue. */
const CLEANUP_TIMEOUT = 5_000

/**
 * A broker inside this process, with the semantics of a real one: a queue keeps its messages until they are acknowledged, and outlives
 * the driver that filled it. `memory://a` and `memory://b` share nothing. A delayed message does not keep the process alive.
 *
 * URL options: `maxLength` (messages a queue holds before senders wait; default 1,000,000), `maxBytes` (the same in bytes of bodies;
 * default 256 MiB), `declareQueues` (whether a send makes the un-pooled queue; default true).
 */
export class MemoryDriver implements Driver {
  readonly events: EventSource<DriverEvents>
  readonly #emitter = createEmitter<DriverEvents>()
  readonly #dependencies: DriverDependencies
  readonly #broker: MemoryBroker
  readonly #limits: Limits
  readonly #sends: Sends
  readonly #listeners = new Set<MemoryListener>()
  #cleanup: Promise<void> | undefined

  constructor(url: TransportURL, dependencies: DriverDependencies) {
    const options = parseQueryOptions('memory transport URL', url.query, urlRules)
    this.events = this.#emitter
    this.#dependencies = dependencies
    this.#broker = brokerOf(brokerName(url))
    this.#limits = {
      maxLength: (options['maxLength'] as number | undefined) ?? 1_000_000,
      maxBytes: (options['maxBytes'] as number | undefined) ?? 256 * 1024 * 1024,
    }
    const declare = options['declareQueues'] === false ? 'nothing' : 'unpooled'
    this.#sends = new Sends({ broker: this.#broker, limits: this.#limits, declare })
  }

  features(): Features {
    return FEATURES
  }

  send(route: Route, body: Uint8Array, options: SendOptions = {}): Promise<void> {
    if (this.#cleanup !== undefined) return Promise.reject(transportClosed())
    const refusal = refuseBodySize(body, this.#dependencies.maxBodySize)
    if (refusal !== undefined) return Promise.reject(refusal)
    return this.#sends.send(route, body, options)
  }

  async listen(
    subscriptions: readonly Subscription[],
    options: ListenOptions,
    onIncoming: (message: IncomingMessage) => void,
  ): Promise<DriverListener> {
    this.#checkOpen()
    checkListen(subscriptions, options)
    if (options.signal?.aborted === true) {
      throw new ConnectionFailure('ABORTED', 'the signal of this listen was aborted', {
        cause: options.signal.reason,
      })
    }
    const listener = new MemoryListener(
      this.#broker,
      subscriptions,
      {
        credit: options.credit,
        deadLetter: options.deadLetter,
        limits: this.#limits,
        counters: { delivered: 0, acknowledged: 0, requeued: 0, rejected: 0, stale: 0 },
        onIncoming,
        onTrouble: this.#reportTrouble,
      },
      (gone) => this.#listeners.delete(gone),
    )
    this.#listeners.add(listener)
    return listener
  }

  flush({ timeout = 30_000 }: { readonly timeout?: number } = {}): Promise<void> {
    return this.#sends.idle(timeout)
  }

  health(): Health {
    return {
      state: this.#cleanup === undefined ? 'up' : 'closed',
      pendingSends: this.#sends.pending,
    }
  }

  deadLetters(subscription: Subscription): DeadLetters {
    return this.#broker.deadLettersOf(subscription).view(this.#limits, () => this.#checkOpen())
  }

  cleanup(): Promise<void> {
    this.#cleanup ??= this.#close()
    return this.#cleanup
  }

  async #close(): Promise<void> {
    const listeners = [...this.#listeners]
    await Promise.all(listeners.map((listener) => listener.stop()))
    // Other drivers of this broker may still make room; what waits longer than that is rejected, so nothing is lost in silence.
    await this.#sends.idle(CLEANUP_TIMEOUT).catch(() => this.#sends.failAll())
    await Promise.all(listeners.map((listener) => listener.close()))
    emitSafely(this.#emitter, this.#dependencies.logger, 'link', { link: 'memory', state: 'closed' })
  }

  #checkOpen(): void {
    if (this.#cleanup !== undefined) throw transportClosed()
  }

  readonly #reportTrouble = (text: string, cause?: unknown): void => {
    const { logger } = this.#dependencies
    const error = new MessagingException('MEMORY_TROUBLE', text, cause === undefined ? {} : { cause })
    if (!emitSafely(this.#emitter, logger, 'trouble', error)) logger.error(text, { error })
  }
}

/** Host and virtual host: `memory://a`, `memory://a/` and `memory://a?maxLength=9` are one broker. */
function brokerName(url: TransportURL): string {
  const host = url.hosts[0]?.hostname ?? ''
  return url.virtualHost === null || url.virtualHost === '' ? host : `${host}/${url.virtualHost}`
}

/** `memory://` and `memory://name`. */
export const memoryDriverEntry: DriverEntry = {
  create: (url, dependencies) => new MemoryDriver(url, dependencies),
}
