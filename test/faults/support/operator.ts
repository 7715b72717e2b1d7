/** What an operator does to a broker by AMQP, and URLs with options. */
import { type Channel, connect } from 'amqplib'

/** Runs calls on a channel of their own. */
export async function operate<T>(url: string, work: (channel: Channel) => Promise<T>): Promise<T> {
  const connection = await connect(url)
  connection.on('error', () => {})
  try {
    const channel = await connection.createChannel()
    channel.on('error', () => {})
    return await work(channel)
  } finally {
    await connection.close().catch(() => {})
  }
}

export function withOptions(url: string, options: Readonly<Record<string, string | number>>): string {
  const query = Object.entries(options).map(([name, value]) => `${name}=${value}`)
  return `${url}${url.includes('?') ? '&' : '?'}${query.join('&')}`
}

/** Tries again each second at the latest (default 5), so that a case shows how work goes on and not how long a backoff can be. */
export const quick = { rabbit_interval_max: 1 } as const
