import type { Driver, DriverListener, Features, Subscription } from '../../../src/core/driver.js'
import type { IncomingMessage } from '../../../src/core/message.js'

/** A defect, how to give it to a driver, and the check that must notice. `wrap` is called once per run: drivers of one run share its state. */
export interface Mutant {
  readonly defect: string
  readonly noticedBy: string
  readonly wrap: () => (driver: Driver) => Driver
}

/** The driver, but for some of its methods. */
export function changed(driver: Driver, changes: Partial<Driver>): Driver {
  return {
    features: (subscription?: Subscription) => driver.features(subscription),
    events: driver.events,
    send: (route, body, options) => driver.send(route, body, options),
    listen: (subscriptions, options, onIncoming) => driver.listen(subscriptions, options, onIncoming),
    flush: (options) => driver.flush(options),
    health: () => driver.health(),
    deadLetters: (subscription) => driver.deadLetters(subscription),
    cleanup: () => driver.cleanup(),
    ...changes,
  }
}

export function altered(message: IncomingMessage, changes: Partial<IncomingMessage>): IncomingMessage {
  return {
    body: message.body,
    redelivered: message.redelivered,
    attempts: message.attempts,
    marks: message.marks,
    acknowledge: () => message.acknowledge(),
    requeue: (options) => message.requeue(options),
    reject: (options) => message.reject(options),
    ...changes,
  }
}

type Listen = Driver['listen']
export type OnIncoming = (message: IncomingMessage) => void
type AlterMessage = (
  message: IncomingMessage,
  subscriptions: readonly Subscription[],
  driver: Driver,
) => Partial<IncomingMessage>

export function listening(mutate: (listen: Listen) => Listen): Mutant['wrap'] {
  return () => (driver) => changed(driver, { listen: mutate(driver.listen.bind(driver)) })
}

export function incoming(alter: AlterMessage): Mutant['wrap'] {
  return () => (driver) =>
    changed(driver, {
      listen: (subscriptions, options, onIncoming) =>
        driver.listen(subscriptions, options, (message) =>
          onIncoming(altered(message, alter(message, subscriptions, driver))),
        ),
    })
}

/** Every route passes `map`, on the way out and in. */
export function routed(map: (subscription: Subscription) => Subscription): Mutant['wrap'] {
  return () => (driver) =>
    changed(driver, {
      send: (route, body, options) => driver.send(map(route), body, options),
      listen: (subscriptions, options, onIncoming) =>
        driver.listen(subscriptions.map(map), options, onIncoming),
    })
}

export function sending(mutate: (send: Driver['send']) => Driver['send']): Mutant['wrap'] {
  return () => (driver) => changed(driver, { send: mutate(driver.send.bind(driver)) })
}

export function listenerOf(listener: DriverListener, changes: Partial<DriverListener>): DriverListener {
  return {
    stop: () => listener.stop(),
    close: (deadline) => listener.close(deadline),
    stats: () => listener.stats(),
    ...changes,
  }
}

export function deadLettering(
  alter: (letters: ReturnType<Driver['deadLetters']>) => Partial<ReturnType<Driver['deadLetters']>>,
): Mutant['wrap'] {
  return () => (driver) =>
    changed(driver, {
      deadLetters: (subscription) => {
        const letters = driver.deadLetters(subscription)
        return { ...letters, ...alter(letters) }
      },
    })
}

export const text = (body: Uint8Array): string => Buffer.from(body).toString()

/** A listener that hears nothing. */
export const idleListener: DriverListener = {
  stop: async () => {},
  close: async () => {},
  stats: () => ({ delivered: 0, acknowledged: 0, requeued: 0, rejected: 0, stale: 0, unsettled: 0 }),
}

/** A driver that says it lacks `feature`, and does it all the same. */
export function denies(feature: keyof Features): (driver: Driver) => Driver {
  return (driver) => changed(driver, { features: () => ({ ...driver.features(), [feature]: false }) })
}
