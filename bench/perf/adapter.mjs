/**
 * What every library is wrapped in. All do the same work: build a notification and publish it with a confirm; decode one, ask two
 * patterns, call a handler, acknowledge.
 *
 * @typedef {object} Adapter
 * @property {() => Promise<Publish>} publisher
 * @property {(handle: (payload: object) => void) => Promise<void>} consume resolves when messages may come, or earlier
 * @property {() => Promise<void>} close after it all that was handled is acknowledged
 *
 * @typedef {(payload: object, done: (error?: Error) => void) => void} Publish `done`: the broker has confirmed it
 *
 * @typedef {object} Place
 * @property {string} url amqp://
 * @property {Names} names
 * @property {boolean} isDurable exchange and queue durable, messages persistent
 * @property {'each' | 'multiple' | 'none'} [acks] of raw amqplib
 * @property {number} [prefetch] default: `settings.prefetch`
 * @property {number} [batch] messages that a handler gets at once, of tocsin
 *
 * @typedef {(place: Place) => Promise<Adapter>} Open connects, at the latest when a publisher or consumer is made
 *
 * @typedef {{ exchange: string, topic: string, queue: string }} Names the queue is bound by its own name
 */

export const settings = {
  prefetch: 250,
  /** Acknowledged with one `multiple`, by hand, at a prefetch of their own. */
  multiple: { every: 100, prefetch: 1_000 },
  /** Most messages on their way to a confirm. */
  window: 500,
  /** Of rascal, which takes a channel for each message until it is confirmed. */
  channels: 100,
}

/** @returns {Names} */
export function namesFor(topic) {
  return { exchange: `${topic}-exchange`, topic, queue: `${topic}.info` }
}
