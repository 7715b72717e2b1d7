/** Compiled, never run: what the types of listeners and notifiers promise. A line under `@ts-expect-error` must not compile. */
import {
  type BatchNotificationEndpoint,
  type Context,
  currentNotification,
  type ErrorSubject,
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  type MessagingException,
  type Notification,
  type NotificationArgs,
  type NotificationEndpoint,
  NotificationFilter,
  NotificationResult,
  Notifier,
  reject,
  requeue,
  Target,
} from '../../src/index.js'

type Nova = {
  'compute.instance.create.end': { instance_id: string; state: 'active' | 'error' }
  'compute.instance.update': { instance_id: string; vcpus: number }
}

const transport = getTransport()
const targets = [new Target({ topic: 'notifications' })]

/** As the README shows it: no annotation, the positional payload narrowed by the event type. */
const listener = getNotificationListener<Nova>(transport, targets, [
  {
    filterRule: new NotificationFilter({ publisherId: '^compute\\.', eventType: '^compute\\.instance' }),
    async info(ctxt, publisherId, eventType, payload, metadata) {
      const context: Context = ctxt
      const publisher: string = publisherId
      const id: string | null = metadata.messageId
      if (eventType === 'compute.instance.create.end') {
        const state: 'active' | 'error' = payload.state
        // @ts-expect-error of another event type
        await Promise.resolve([payload.vcpus, state, context, publisher, id])
      }
      return NotificationResult.HANDLED
    },
    error(_ctxt, _publisherId, eventType, payload) {
      if (eventType === 'compute.instance.update' && payload.vcpus > 8) return requeue({ delay: 5 })
      return eventType === 'compute.instance.create.end' && payload.state === 'error'
        ? reject('broken')
        : undefined
    },
  },
])

class Billing implements NotificationEndpoint<Nova> {
  readonly name = 'billing'
  readonly filterRule = ['compute.instance.*']
  total = 0

  info(...[, , eventType, payload]: NotificationArgs<Nova>): void {
    if (eventType === 'compute.instance.update') this.total += payload.vcpus
    // @ts-expect-error not narrowed
    this.total += payload.vcpus
  }
}

const batch = {
  filterRule: ({ eventType, payload }) =>
    // @ts-expect-error of another event type
    eventType === 'compute.instance.update' ? payload.vcpus > 1 : payload.state === 'active',
  info(notifications) {
    const results = new Map<Notification<Nova>, NotificationResult>()
    for (const notification of notifications) {
      if (notification.eventType === 'compute.instance.update' && notification.payload.vcpus > 8)
        results.set(notification, NotificationResult.REQUEUE)
      // @ts-expect-error not narrowed
      results.set(notification, notification.payload.vcpus)
    }
    return results
  },
  error: () => NotificationResult.REQUEUE,
  async warn() {
    await Promise.resolve()
  },
} satisfies BatchNotificationEndpoint<Nova>

const wrongBatch: BatchNotificationEndpoint<Nova> = {
  // @ts-expect-error a result is one of NotificationResult, requeue() or reject()
  info: () => 'later',
}

const wrongPriority: BatchNotificationEndpoint<Nova> = {
  info() {},
  // @ts-expect-error the priority is called warn
  warning() {},
}

const batchListener = getBatchNotificationListener<Nova>(transport, targets, [batch], {
  batchSize: 10,
  batchTimeout: null,
  // @ts-expect-error a single listener's word has another spelling
  batchsize: 10,
})

// @ts-expect-error a single listener has no batches
getNotificationListener(transport, targets, [{ info() {} }], { batchSize: 10 })
// @ts-expect-error targets are Target objects
getNotificationListener(transport, [{ topic: 'a', exchange: 'b' }], [{ info() {} }])
// @ts-expect-error endpoints are an array
getNotificationListener(transport, targets, { info() {} })
getNotificationListener<Nova>(transport, targets, [], {
  // @ts-expect-error no event type of the map
  validate: { 'compute.instance.delete': {} as never },
})
// @ts-expect-error a filter says yes or no at once
getNotificationListener(transport, targets, [{ filterRule: async () => true, info() {} }])

getNotificationListener<Nova>(transport, targets, [new Billing()], {
  executor: 'keyed',
  key: ({ eventType, payload }) => {
    // @ts-expect-error not narrowed
    if (eventType === 'compute.instance.create.end') return payload.vcpus
    return eventType === 'compute.instance.update' ? payload.instance_id : undefined
  },
})

listener
  .on('started', () => {})
  .once('stopped', () => {})
  .on('error', (error, about) => {
    const [typed, subject]: [MessagingException, ErrorSubject] = [error, about]
    void [typed.code, subject.messageId]
  })
  .off('restored', () => {})
// @ts-expect-error there is no such event
listener.on('errors', () => {})
// @ts-expect-error a start has nothing to say
listener.on('started', (text: string) => text)
// @ts-expect-error events are the listener's to tell
listener.emit('started')

async function loop(): Promise<void> {
  for await (const { notification, ack, requeue: again, reject: refuse } of listener) {
    if (notification.eventType === 'compute.instance.update' && notification.payload.vcpus > 1) ack()
    else if (notification.priority === 'audit') again({ delay: 5 })
    else refuse('not for us')
    // @ts-expect-error why is said
    refuse()
  }
}

const hand = currentNotification<Nova>()
if (hand?.eventType === 'compute.instance.update') hand.payload.vcpus.toFixed()
// @ts-expect-error there may be none
void hand.payload

const notifier = new Notifier<Nova>(transport, { publisherId: 'compute.host1', topics: ['notifications'] })
async function send(): Promise<void> {
  await notifier.info({ user: 'ada' }, 'compute.instance.update', { instance_id: '1', vcpus: 2 })
  await notifier
    .prepare({ publisherId: 'x' })
    .warning(null, 'compute.instance.create.end', { instance_id: '1', state: 'active' })
  // @ts-expect-error no such event type
  await notifier.info({}, 'compute.instance.updat', { instance_id: '1', vcpus: 2 })
  // @ts-expect-error the payload of another event type
  await notifier.info({}, 'compute.instance.update', { instance_id: '1', state: 'active' })
  // @ts-expect-error a payload that lacks a key
  await notifier.error({}, 'compute.instance.update', { instance_id: '1' })
  // @ts-expect-error a prepared notifier keeps the map
  await notifier.prepare().audit({}, 'nothing', {})
  // @ts-expect-error a context is an object
  await notifier.info('ada', 'compute.instance.update', { instance_id: '1', vcpus: 2 })
  await new Notifier(transport).sample({}, 'anything', 7)
}

void [wrongBatch, wrongPriority, batchListener, loop, send]
