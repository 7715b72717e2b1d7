/** Notifier drivers by name. The table name -> factory is the only mutable state of this module. */
import { ConfigurationError, DriverLoadFailure, MessagingException } from '../core/errors.js'
import { unknownName } from '../core/options.js'
import { logDriver } from './drivers/log.js'
import { messagingDriver } from './drivers/messaging.js'
import { noopDriver } from './drivers/noop.js'
import { routingDriver } from './drivers/routing.js'
import { testDriver } from './drivers/test.js'
import type { NotifierDriver, NotifierDriverDependencies, NotifierDriverFactory } from './notifier-driver.js'

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
