import type { Channel } from 'amqplib'

import { withDeadline } from './deadline.js'

/**
 * Resolves with an open channel that has an `error` listener: without one amqplib closes the whole connection. One that opens after the deadline
 * is closed again. Rejects with what amqplib says, or MessagingTimeout.
 */
export async function openChannel<T extends Channel>(opening: Promise<T>, ms: number): Promise<T> {
  const guarded = opening.then((channel) => {
    channel.on('error', () => {})
    return channel
  })
  try {
    return await withDeadline(guarded, ms, 'opening a channel')
  } catch (error) {
    // A channel that never opened needs no closing.
    guarded.then((channel) => channel.close()).catch(() => {})
    throw error
  }
}

/**
 * Resolves when the channel is closed, by us or otherwise, or could not be within `ms`; never rejects. amqplib's own promise stays pending when the
 * link is lost while the channel closes.
 */
export async function closeChannel(channel: Channel, ms: number): Promise<void> {
  const gone = new Promise<void>((resolve) => channel.once('close', resolve))
  try {
    await withDeadline(Promise.race([channel.close(), gone]), ms, 'closing a channel')
  } catch {
    // It was closed before, or goes with its link.
  }
}
