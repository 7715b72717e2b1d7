/** What a notifier's drivers are: the contract alone. */
import type { Logger } from '../core/logger.js'
import type { Context } from '../core/serializer.js'
import type { Transport } from '../transport.js'
import type { Priority } from './endpoint.js'
import type { WireNotification } from './envelope.js'
import type { RoutingRules } from './routing.js'

/** How hard one notification is tried. */
export interface NotifyOptions {
  /** Retries: null or -1 = for ever (default), 0 = one attempt, N = N retries (N + 1 attempts). */
  readonly retry?: number | null
  /** Milliseconds until the promise rejects, whatever the retries. 0 = no bound. Default: the transport driver's, 30,000. */
  readonly timeout?: number
  /** Aborting it rejects the promise; a message already on the wire may still arrive. */
  readonly signal?: AbortSignal
  /** Reject with MessageUndeliverable when no queue takes the message. Default false. */
  readonly mandatory?: boolean
}

/** The options as a driver gets them: `retry` is always there. */
export interface DriverNotifyOptions extends NotifyOptions {
  readonly retry: number | null
}

/** One way for notifications to leave a notifier. */
export interface NotifierDriver {
  /**
   * Hands the notification on; resolves (or returns) when that is done, rejects (or throws) when it can't be. Called in the tick of the
   * caller's `notifier.info(...)`, in the order of the calls. Must not change `message`, its payload or `ctxt`: the other drivers get the
   * same objects.
   */
  notify(
    ctxt: Context,
    message: WireNotification,
    priority: Priority,
    options: DriverNotifyOptions,
  ): Promise<void> | void
}

/** What a driver is made with. */
export interface NotifierDriverDependencies {
  readonly transport: Transport
  /** Base topics of the notifier: a message goes to `<topic>.<priority>` of each. */
  readonly topics: readonly string[]
  readonly exchange: string
  readonly logger: Logger
  /** The rules of the driver `routing`; absent when the notifier has none. */
  readonly routing?: RoutingRules
  /** The driver of another name, with the same dependencies; for drivers that hand on to others. The same one for the same name. */
  readonly driverOf: (name: string) => NotifierDriver
}

/** Makes one driver per notifier, when the notifier is made. May throw: a MessagingException as it is, others as DriverLoadFailure. */
export type NotifierDriverFactory = (dependencies: NotifierDriverDependencies) => NotifierDriver
