import rascal from 'rascal'

/** @type {import('../adapter.mjs').Open} */
export async function open({ host, port, names, settings }) {
  const broker = await rascal.BrokerAsPromised.create(
    rascal.withDefaultConfig({
      vhosts: {
        '/': {
          connection: {
            url: `amqp://guest:guest@${host}:${port}/`,
            options: { heartbeat: settings.heartbeat, connection_timeout: settings.connectTimeout },
            socketOptions: { timeout: settings.connectTimeout },
            retry: { min: settings.firstRetry, max: settings.lastRetry, factor: 2, strategy: 'exponential' },
          },
          // Each message takes a channel until it is confirmed; five, the default, are few for this load.
          publicationChannelPools: { confirmPool: { max: settings.channels } },
          exchanges: { [names.exchange]: { type: 'topic' } },
          queues: { [names.queue]: {} },
          bindings: [`${names.exchange}[${names.routingKey}] -> ${names.queue}`],
          publications: {
            events: {
              exchange: names.exchange,
              routingKey: names.routingKey,
              timeout: settings.publishTimeout,
            },
          },
          subscriptions: {
            events: {
              queue: names.queue,
              prefetch: settings.prefetch,
              retry: {
                min: settings.firstRetry,
                max: settings.lastRetry,
                factor: 2,
                strategy: 'exponential',
              },
            },
          },
        },
      },
    }),
  )
  broker.on('error', (error) => console.error('broker', error.message))

  return {
    async publish(id, padding) {
      const publication = await broker.publish('events', { id, padding }, { options: { messageId: id } })
      await new Promise((resolve, reject) => {
        // A returned message is a success as well, and its return is told first.
        publication
          .on('return', (message) => {
            if (message.properties.messageId === id) reject(new Error('returned: no queue took it'))
          })
          .on('success', resolve)
          .on('error', reject)
      })
    },
    async consume(onMessage) {
      const subscription = await broker.subscribe('events')
      subscription
        .on('message', async (_message, content, ackOrNack) => {
          await onMessage(content.id)
          ackOrNack()
        })
        .on('error', (error) => console.error('subscription', error.message))
        .on('cancel', (error) => console.error('cancel', error.message))
        .on('invalid_content', (error, _message, ackOrNack) => ackOrNack(error))
    },
    async close() {
      await broker.unsubscribeAll()
      await broker.shutdown()
    },
  }
}

export const idOf = (body) => JSON.parse(body).id
