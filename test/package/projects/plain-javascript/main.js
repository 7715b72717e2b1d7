import { getNotificationListener, getTransport, Notifier, Target } from 'tocsin'

const transport = getTransport('memory://quick-start')
const listener = getNotificationListener(
  transport,
  [new Target({ topic: 'notifications' })],
  [
    {
      info: (_ctxt, publisherId, _eventType, payload) =>
        console.log(`${publisherId} made ${payload.instance_id}`),
    },
  ],
)
await listener.start()
const notifier = new Notifier(transport, { publisherId: 'compute.host1', topics: ['notifications'] })
await notifier.info({}, 'compute.instance.create.end', { instance_id: 'I-1' })
await listener.stop()
await listener.wait()
await transport.cleanup()
