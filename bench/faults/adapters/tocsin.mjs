import { getNotificationListener, getTransport, Notifier, Target } from '../../../dist/index.js'

/** @type {import('../adapter.mjs').Open} */
export async function open({ host, port, names, settings }) {
  const transport = getTransport(
    `rabbit://guest:guest@${host}:${port}/?heartbeat_timeout_threshold=${settings.heartbeat}` +
      `&rabbit_retry_interval=${settings.firstRetry / 1000}&rabbit_interval_max=${settings.lastRetry / 1000}` +
      `&connectTimeout=${settings.connectTimeout}&prefetch=${settings.prefetch}`,
    { controlExchange: names.exchange },
  )
  const notifier = new Notifier(transport, {
    publisherId: 'bench',
    topics: [names.topic],
    timeout: settings.publishTimeout,
  })
  let listener
  return {
    publish: (id, padding) => notifier.info({}, 'bench.fault', { id, padding }, { mandatory: true }),
    async consume(onMessage) {
      const endpoint = { info: (_ctxt, _publisherId, _eventType, payload) => onMessage(payload.id) }
      listener = getNotificationListener(transport, [new Target({ topic: names.topic })], [endpoint], {
        allowRequeue: true,
        concurrency: settings.prefetch,
      })
      await listener.start()
    },
    async close() {
      await listener.stop()
      await listener.wait()
      await transport.cleanup()
    },
  }
}

/** The id in a message's body. */
export const idOf = (body) => JSON.parse(JSON.parse(body)['oslo.message']).payload.id
