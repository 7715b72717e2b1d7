import { sendAll } from '../failures.js'
import type { NotifierDriver, NotifierDriverDependencies } from '../notifier-driver.js'
import { driversFor } from '../routing.js'

/**
 * Hands each notification to the drivers whose rules accept it, each at most once. They are made with the notifier's own transport and
 * topics, when the notifier is made. An entry named `routing` is left out.
 * source: oslo_messaging/notify/_impl_routing.py
 */
export function routingDriver({ routing, logger, driverOf }: NotifierDriverDependencies): NotifierDriver {
  if (routing === undefined) {
    logger.warn("a notifier has the driver 'routing' but no `routing` option: this driver sends nothing")
  }
  const rules = routing ?? []
  const drivers = new Map(rules.map(({ driver }) => [driver, driverOf(driver)]))
  return {
    notify(ctxt, message, priority, options) {
      const accepting = driversFor(rules, message.event_type, priority)
      return sendAll(
        accepting.map((name) => () => drivers.get(name)?.notify(ctxt, message, priority, options)),
      )
    },
  }
}
