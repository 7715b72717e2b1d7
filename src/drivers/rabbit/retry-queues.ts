/**
 * Delayed retries without a plug-in: a fixed ladder of queues whose messages expire back to the queue they came from. Each rung is a fanout exchange
 * (so that the routing key can name the work queue) and one queue that dead-letters to the default exchange under that key.
 */
import { describeError } from '../../core/errors.js'
import { replyCode } from './deadline.js'
import type { Declarer } from './declarer.js'

/** Milliseconds of the rungs. */
const rungs = [
  100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000,
] as const

/** The first rung that is no shorter than the delay; the last one for longer delays. */
export function rungFor(delay: number): number {
  return rungs.find((rung) => rung >= delay) ?? rungs[rungs.length - 1] ?? delay
}

export function rungName(rung: number): string {
  return `tocsin.retry.${rung}`
}

/**
 * Quorum queues that hand over at least once where the broker has them (RabbitMQ 3.10), else classic durable ones, which may lose what expires
 * while the broker goes down.
 */
export async function declareRung(declarer: Declarer, rung: number): Promise<void> {
  const name = rungName(rung)
  const common = { 'x-message-ttl': rung, 'x-dead-letter-exchange': '' }
  const safe = {
    'x-queue-type': 'quorum',
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  }
  await declarer.exchange({ name, type: 'fanout', durable: true, autoDelete: false })
  try {
    await declarer.queue({ name, durable: true, autoDelete: false, arguments: { ...common, ...safe } })
  } catch (error) {
    if (
      replyCode(error) === undefined ||
      !/quorum|invalid arg|PRECONDITION|NOT_IMPLEMENTED/i.test(describeError(error))
    )
      throw error
    await declarer.queue({ name, durable: true, autoDelete: false, arguments: common })
  }
  await declarer.run((channel) => channel.bindQueue(name, name, ''))
}
