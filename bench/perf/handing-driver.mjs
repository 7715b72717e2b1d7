/** A driver that has its messages in an array and hands them up one after the other: what is left to measure is what tocsin does with them. */

import { registerDriver } from '../../dist/index.js'

const SCHEME = 'handing'

/** A URL for `getTransport`. `bodies` are handed up once, when a listener starts, in turns of 100. */
export function urlOf(bodies) {
  registerDriver(SCHEME, { create: () => driverOf(bodies) })
  return `${SCHEME}://`
}

function driverOf(bodies) {
  return {
    features: () => ({
      requeue: true,
      pools: false,
      fanout: false,
      direct: false,
      ordered: true,
      delay: false,
      deadLetter: false,
    }),
    events: { on: () => undefined, off: () => undefined },
    async listen(_subscriptions, _options, onIncoming) {
      setImmediate(handUp, onIncoming, bodies, 0)
      const close = async () => undefined
      return { stop: close, close, stats: () => ({}) }
    },
    health: () => ({ state: 'up', pendingSends: 0 }),
    flush: async () => undefined,
    cleanup: async () => undefined,
  }
}

function handUp(onIncoming, bodies, first) {
  const end = Math.min(first + 100, bodies.length)
  for (let index = first; index < end; index += 1) onIncoming(new Message(bodies[index]))
  if (end < bodies.length) setImmediate(handUp, onIncoming, bodies, end)
}

const NO_MARKS = { finished: [] }

class Message {
  redelivered = false
  attempts = 0
  marks = NO_MARKS

  constructor(body) {
    this.body = body
  }

  acknowledge() {
    return true
  }

  requeue() {
    return true
  }

  reject() {
    return true
  }
}
