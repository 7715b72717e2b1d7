const { getNotificationListener, getTransport, Notifier, Target } = require('tocsin')
const { resetMemoryBrokers } = require('tocsin/testing')
const { conformance } = require('tocsin/conformance')
const { createEmitter } = require('tocsin/driver')
const { NotificationAgent } = require('tocsin/agent')

async function main() {
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
  for (const fn of [resetMemoryBrokers, conformance, createEmitter, NotificationAgent])
    if (typeof fn !== 'function') throw new Error('a door is shut')
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
