/** Removes what the demo made on a broker. tocsin itself never deletes a queue or an exchange, so this speaks AMQP. */
import { connect } from 'amqplib'
import { PRIORITIES, TransportURL } from 'tocsin'

export interface Traces {
  readonly exchange: string
  readonly topic: string
  readonly pools: readonly string[]
}

/** For `await using`, so that they go however the demo ends. */
export function tracesOf(url: string, traces: Traces): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => remove(TransportURL.parse(url), traces) }
}

async function remove(url: TransportURL, { exchange, topic, pools }: Traces): Promise<void> {
  if (url.scheme === 'memory') return
  const [host] = url.hosts
  const connection = await connect({
    protocol: url.scheme.endsWith('s') ? 'amqps' : 'amqp',
    hostname: host?.hostname ?? 'localhost',
    username: host?.username ?? 'guest',
    password: host?.password ?? 'guest',
    vhost: url.virtualHost || '/',
    ...(host?.port == null ? {} : { port: host.port }),
  })
  try {
    const channel = await connection.createChannel()
    const queues = [...PRIORITIES.map((priority) => `${topic}.${priority}`), ...pools]
    for (const queue of queues.flatMap((name) => [name, `${name}.dead`])) await channel.deleteQueue(queue)
    await channel.deleteExchange(exchange)
  } finally {
    await connection.close()
  }
}
