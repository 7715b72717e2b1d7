import type { Driver, Features, Subscription } from '../../src/core/driver.js'
import { UnsupportedFeature } from '../../src/core/errors.js'
import type { IncomingMessage } from '../../src/core/message.js'
import { changed, denies } from './mutants/kit.js'

/** A driver that lacks `feature` and refuses it, as the contract says. */
export function refusing(feature: keyof Features): (driver: Driver) => Driver {
  return (driver) => {
    const refusal = (): Promise<never> =>
      Promise.reject(new UnsupportedFeature(feature, `no ${feature} here`))
    const lacks = (route: Subscription): boolean =>
      route.mode === feature || (feature === 'pools' && route.pool !== undefined)
    return changed(denies(feature)(driver), {
      send: (route, body, options) => (lacks(route) ? refusal() : driver.send(route, body, options)),
      listen: (subscriptions, options, onIncoming) => {
        if (subscriptions.some(lacks) || (feature === 'deadLetter' && options.deadLetter)) return refusal()
        return driver.listen(subscriptions, options, (message) =>
          onIncoming(withoutRequeue(feature, message)),
        )
      },
      deadLetters: (subscription) =>
        feature === 'deadLetter'
          ? { list: refusal, replay: refusal, purge: refusal }
          : driver.deadLetters(subscription),
    })
  }
}

function withoutRequeue(feature: keyof Features, message: IncomingMessage): IncomingMessage {
  if (feature !== 'requeue' && feature !== 'delay') return message
  return {
    body: message.body,
    redelivered: message.redelivered,
    attempts: message.attempts,
    marks: message.marks,
    acknowledge: () => message.acknowledge(),
    requeue: (options) => feature === 'delay' && options?.delay === undefined && message.requeue(options),
    reject: (options) => message.reject(options),
  }
}
