/** Compiled, never run: what the types of endpoints promise. A line under `@ts-expect-error` must not compile. */
import {
  type EventMap,
  getNotificationListener,
  getTransport,
  type NotificationArgs,
  type NotificationEndpoint,
  NotificationFilter,
  NotificationResult,
  Target,
} from '../../src/index.js'

type Nova = {
  'compute.instance.create.end': { instance_id: string; state: 'active' | 'error' }
  'compute.instance.update': { instance_id: string; vcpus: number }
}

const full = {
  filterRule: new NotificationFilter<Nova>({ payload: { state: '^active$' } }),
  async info(ctxt, publisherId, eventType, payload, metadata) {
    const texts: (string | null | undefined)[] = [
      publisherId,
      eventType,
      metadata.messageId,
      Object.keys(ctxt)[0],
    ]
    if (eventType === 'compute.instance.create.end') texts.push(payload.instance_id, payload.state)
    // @ts-expect-error the payload of this event type has no vcpus
    if (eventType === 'compute.instance.create.end') texts.push(payload.vcpus)
    // @ts-expect-error there is no such event type
    // oxlint-disable-next-line typescript/no-unsafe-enum-comparison -- the compiler's own error is what is tested
    if (eventType === 'compute.instance.craete.end') texts.push('')
    // @ts-expect-error not narrowed, the payload may be of an event type that is not in the map
    texts.push(payload.instance_id)
    await Promise.resolve(texts)
    return NotificationResult.HANDLED
  },
} satisfies NotificationEndpoint<Nova>

const short = {
  warn(_ctxt, _publisherId, eventType, payload) {
    switch (eventType) {
      case 'compute.instance.create.end':
        return payload.state === 'error' ? NotificationResult.REQUEUE : NotificationResult.HANDLED
      case 'compute.instance.update':
        return payload.vcpus > 1 ? NotificationResult.HANDLED : undefined
      default: {
        const other: string = eventType
        return other === '' ? undefined : NotificationResult.HANDLED
      }
    }
  },
  error(_ctxt, publisherId) {
    return publisherId === '' ? NotificationResult.HANDLED : undefined
  },
} satisfies NotificationEndpoint<Nova>

class Billing implements NotificationEndpoint<Nova> {
  info(...[, , eventType, payload]: NotificationArgs<Nova>): NotificationResult {
    return eventType === 'compute.instance.update' && payload.vcpus > 1
      ? NotificationResult.REQUEUE
      : NotificationResult.HANDLED
  }
}

const open: NotificationEndpoint = {
  info(_ctxt, _publisherId, eventType, payload: { readonly x: number }) {
    return eventType === 'x' && payload.x > 1 ? NotificationResult.REQUEUE : undefined
  },
}

const wrongResult: NotificationEndpoint = {
  // @ts-expect-error a result is one of NotificationResult, requeue() or reject()
  info() {
    return 'requeu'
  },
}

const listener = getNotificationListener<Nova>(
  getTransport(),
  [new Target({ topic: 'notifications' })],
  [
    full,
    short,
    new Billing(),
    {
      filterRule: ({ eventType, payload }) => eventType === 'compute.instance.update' && payload.vcpus > 1,
      info(_ctxt, _publisherId, eventType, payload) {
        if (eventType === 'compute.instance.update') payload.vcpus.toFixed()
      },
    },
  ],
  {
    key: ({ eventType, payload }) =>
      eventType === 'compute.instance.update' ? payload.instance_id : eventType,
  },
)

// @ts-expect-error no payload of the map has this key
const wrongPayloadKey = new NotificationFilter<Nova>({ payload: { stat: '^active$' } })
// @ts-expect-error filters have no such field
const wrongField = new NotificationFilter<EventMap>({ event_type: '^compute' })
// @ts-expect-error metadata has no such key
const wrongMetadata = new NotificationFilter({ metadata: { id: '^1' } })

void [full, short, open, wrongResult, listener, wrongPayloadKey, wrongField, wrongMetadata]
