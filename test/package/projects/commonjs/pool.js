const { pathToFileURL } = require('node:url')

const { getNotificationListener, getTransport, Notifier, Target, workerEndpoint } = require('tocsin')

async function main() {
  const transport = getTransport('memory://pool')
  const endpoint = workerEndpoint(pathToFileURL(require.resolve('./endpoint.js')), { methods: ['info'] })
  const listener = getNotificationListener(transport, [new Target({ topic: 'notifications' })], [endpoint], {
    executor: 'worker-pool',
  })
  listener.on('error', (error) => console.log(error.message))
  await listener.start()
  await new Notifier(transport, { publisherId: 'a', topics: ['notifications'] }).info({}, 'b', {
    instance_id: 'I-1',
  })
  await listener.stop()
  await listener.wait()
  console.log(`handled ${listener.stats().handled}`)
  await transport.cleanup()
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
