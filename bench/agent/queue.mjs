/** The queue that both agents consume: on a private RabbitMQ, under the names that they have by themselves. */

import { once } from 'node:events'

import amqplib from 'amqplib'

import { properties } from '../perf/notification.mjs'
import { wireBody } from './golden.mjs'

export const EXCHANGE = 'nova'
const QUEUE = 'notifications.info'
/** The queues that agents declare. They go after each run, for not all declare them alike. */
const PRIORITIES = ['audit', 'critical', 'debug', 'error', 'info', 'sample', 'warn']

export class FullQueue {
  #connection
  #channel

  /** @param {string} url */
  static async declare(url) {
    const queue = new FullQueue()
    queue.#connection = await amqplib.connect(url)
    queue.#channel = await queue.#connection.createConfirmChannel()
    await queue.#channel.assertExchange(EXCHANGE, 'topic', { durable: false })
    await queue.#channel.assertQueue(QUEUE, { durable: false })
    await queue.#channel.bindQueue(QUEUE, EXCHANGE, QUEUE)
    return queue
  }

  /** Resolves when it has all notifications as many times. */
  async fill(notifications, passes) {
    for (let pass = 0; pass < passes; pass += 1) {
      for (const notification of notifications)
        if (!this.#channel.publish(EXCHANGE, QUEUE, wireBody(notification), properties))
          await once(this.#channel, 'drain')
    }
    await this.#channel.waitForConfirms()
  }

  /** How many are not with a consumer. */
  async waiting() {
    return (await this.#channel.checkQueue(QUEUE)).messageCount
  }

  async delete() {
    for (const priority of PRIORITIES) await this.#channel.deleteQueue(`notifications.${priority}`)
    await this.#channel.deleteExchange(EXCHANGE)
    await this.#connection.close()
  }
}
