/**
 * Bodies that lie in `memory://`, or in an array, to endpoints that do nothing, each with a filter rule for the event types of its own
 * service. Body and decoding are part of it. Where nobody wants the messages, one that is wanted comes at the beginning and at the end.
 */

import { getNotificationListener, getTransport, NotificationFilter, Target } from '../../../dist/index.js'
import { urlOf } from '../handing-driver.mjs'
import { build, smallPayload } from '../notification.mjs'

/** Event types among the messages, where there are so many endpoints. */
const TYPES = 100

/** @type {import('../job.mjs').Prepare} */
export async function prepare({ messages, endpoints: count, rules, isWanted, isQueued = true }, meter) {
  const bodies = []
  const transport = getTransport(isQueued ? 'memory://dispatch?maxBytes=1000000000' : urlOf(bodies))
  const endpoints = Array.from({ length: count }, (_none, service) => ({
    ...(rules && { filterRule: ruleFor(service) }),
    info: () => meter.tick(),
  }))
  const listener = getNotificationListener(transport, [new Target({ topic: 'bench' })], endpoints)
  const route = { exchange: transport.controlExchange, topic: 'bench.info', mode: 'shared' }
  const types = Math.min(count, TYPES)
  for (let index = 0; index < messages; index += 1) {
    const isEdge = index === 0 || index === messages - 1
    const kind = isWanted || isEdge ? 'svc' : 'other'
    const body = build(smallPayload, { type: `${kind}${index % types}.thing.create` })
    if (isQueued) await transport.driver.send(route, body)
    else bodies.push(body)
  }
  return {
    async run() {
      await listener.start()
      await meter.done
    },
    async close() {
      await listener.stop()
      await listener.wait()
      await transport.cleanup()
    },
  }
}

function ruleFor(service) {
  return new NotificationFilter({ eventType: `^svc${service}\\.thing\\..*$` })
}
