/**
 * What every library is wrapped in, and the settings that all of them get: where a library has no such setting, its default stays.
 *
 * @typedef {object} Adapter
 * @property {(id: string, padding: string) => Promise<unknown>} publish resolves when the broker has confirmed that a queue took it
 * @property {(onMessage: (id: string) => Promise<void>) => Promise<void>} consume acknowledges when `onMessage` has resolved
 * @property {() => Promise<void>} close in the order the library's documentation gives
 *
 * @typedef {(place: { host: string, port: number, names: Names, settings: typeof settings }) => Promise<Adapter>} Open
 *   Makes exchange, queue and binding, and says again what to make after a lost link, as far as the library can.
 *
 * @typedef {{ exchange: string, topic: string, queue: string, routingKey: string }} Names
 */

/** Times in milliseconds, but the heartbeat: seconds. */
export const settings = {
  heartbeat: 3,
  firstRetry: 1_000,
  lastRetry: 5_000,
  connectTimeout: 10_000,
  publishTimeout: 30_000,
  /** Of one message, where the library counts them. */
  attempts: 10,
  prefetch: 100,
  /** To publish on, where each message takes one. */
  channels: 20,
}

export const libraries = ['tocsin', 'amqp-connection-manager', 'rabbitmq-client', 'rascal', 'control']

/** The packages behind them. */
export const compared = [...libraries, 'amqplib']

/** @returns {Names} */
export function namesFor(library) {
  const topic = `bench-${library}`
  return { exchange: `${topic}-exchange`, topic, queue: `${topic}.info`, routingKey: `${topic}.info` }
}
