/** What a notifier's drivers are: the contract, and the table of those that have a name. The table is the only mutable state here. */
import { ConfigurationError, DriverLoadFailure, MessagingException } from '../core/errors.js'
import type { Logger } from '../core/logger.js'
import { unknownName } from '../core/options.js'
import type { Context } from '../core/serializer.js'
import type { Transport } from '../transport.js'
import { logDriver } from './drivers/log.js'
import { messagingDriver } from './drivers/messaging.js'
import { noopDriver } from './drivers/noop.js'
import { routingDriver } from './drivers/routing.js'
import { testDriver } from './drivers/test.js'
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

const factories = new Map<string, NotifierDriverFactory>([
  ['messaging', messagingDriver(1)],
  ['messagingv2', messagingDriver(2)],
  ['log', logDriver],
  ['noop', noopDriver],
  ['test', testDriver],
  ['routing', routingDriver],
])

/**
 * Adds a driver that notifiers can name in their `driver` option and in routing rules. Throws ConfigurationError when the name is taken.
 */
export function registerNotifierDriver(name: string, factory: NotifierDriverFactory): void {
  const problems: string[] = []
  if (typeof name !== 'string' || name === '') problems.push('a name is a text of one sign or more')
  if (factories.has(name)) problems.push(`there is a driver '${name}' already; choose another name`)
  if (typeof factory !== 'function') problems.push('the factory is a function that returns a NotifierDriver')
  if (problems.length > 0) throw new ConfigurationError('registerNotifierDriver', problems)
  factories.set(name, factory)
}

/** The sentence that says what is wrong with a driver's name, or undefined. */
export function driverNameProblem(name: unknown): string | undefined {
  if (typeof name === 'string' && factories.has(name)) return undefined
  return unknownName('notifier driver', String(name), [...factories.keys()])
}

/** Gives the driver of each name, made at the first request. Throws ConfigurationError for an unknown name, DriverLoadFailure. */
export function driverTable(
  dependencies: Omit<NotifierDriverDependencies, 'driverOf'>,
): (name: string) => NotifierDriver {
  const made = new Map<string, NotifierDriver>()
  const driverOf = (name: string): NotifierDriver => {
    let driver = made.get(name)
    if (driver === undefined) {
      driver = makeDriver(name, { ...dependencies, driverOf })
      made.set(name, driver)
    }
    return driver
  }
  return driverOf
}

function makeDriver(name: string, dependencies: NotifierDriverDependencies): NotifierDriver {
  const factory = factories.get(name)
  if (factory === undefined) throw new ConfigurationError('Notifier', [driverNameProblem(name) ?? name])
  let driver: unknown
  try {
    driver = factory(dependencies)
  } catch (error) {
    if (error instanceof MessagingException) throw error
    throw new DriverLoadFailure(name, `the notifier driver '${name}' could not be made`, { cause: error })
  }
  if (isDriver(driver)) return driver
  throw new DriverLoadFailure(
    name,
    `the factory of the notifier driver '${name}' returns an object with notify(); it returned none`,
  )
}

function isDriver(value: unknown): value is NotifierDriver {
  return (
    typeof value === 'object' && value !== null && 'notify' in value && typeof value.notify === 'function'
  )
}
