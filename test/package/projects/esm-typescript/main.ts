import {
  getNotificationListener,
  getTransport,
  type NotificationEndpoint,
  NotificationFilter,
  NotificationResult,
  Notifier,
  Target,
} from 'tocsin'

type NovaEvents = {
  'compute.instance.create.end': { instance_id: string }
  'compute.instance.update': { state: string }
}

await using transport = getTransport('memory://quick-start')
let resolve: (text: string) => void = () => {}
const heard = new Promise<string>((done) => {
  resolve = done
})
const endpoint: NotificationEndpoint<NovaEvents> = {
  filterRule: new NotificationFilter({ publisherId: '^compute\\.' }),
  info(_ctxt, publisherId, eventType, payload, _metadata) {
    if (eventType === 'compute.instance.create.end')
      resolve(`${publisherId} made ${payload.instance_id.toUpperCase()}`)
    return NotificationResult.HANDLED
  },
}
await using listener = getNotificationListener(
  transport,
  [new Target({ topic: 'notifications' })],
  [endpoint],
)
listener.on('error', (error) => console.error(error.message))
await listener.start()

const notifier = new Notifier<NovaEvents>(transport, {
  publisherId: 'compute.host1',
  topics: ['notifications'],
})
await notifier.info({}, 'compute.instance.create.end', { instance_id: 'i-1' })
console.log(await heard)
