/** The RabbitMQ that is measured with: a private node, or one that is given. Fills queues, looks what is left in them, takes them away. */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import amqplib from 'amqplib'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import { namesFor } from './adapter.mjs'
import { listenerOf } from './listening.mjs'
import { build, payload, properties } from './notification.mjs'

/** Until acknowledgements on their way have arrived. */
const SETTLED_TIMEOUT = 10_000

export class Broker {
  url
  /** Of its Erlang machine; undefined where it runs elsewhere. */
  pid
  #node
  #connection
  #channel

  /** @param {string} [url] of a running one, amqp://; default: starts a node of its own */
  static async start(url) {
    const broker = new Broker()
    broker.#node = url === undefined ? await RabbitNode.start() : undefined
    // A million messages must not raise the memory alarm.
    await broker.#node?.ctl('set_vm_memory_high_watermark', '0.5')
    broker.url = url ?? broker.#node.url
    const { hostname, port } = new URL(broker.url)
    broker.pid = ['127.0.0.1', 'localhost'].includes(hostname) ? listenerOf(Number(port || 5672)) : undefined
    broker.#connection = await amqplib.connect(broker.url)
    broker.#channel = await broker.#connection.createConfirmChannel()
    return broker
  }

  get version() {
    return this.#connection.connection.serverProperties.version
  }

  /** Exchange, queue and binding, under names of their own. @returns {Promise<import('./adapter.mjs').Names>} */
  async declare(isDurable) {
    const names = namesFor(`bench-${randomBytes(6).toString('hex')}`)
    await this.#channel.assertExchange(names.exchange, 'topic', { durable: isDurable })
    await this.#channel.assertQueue(names.queue, { durable: isDurable })
    await this.#channel.bindQueue(names.queue, names.exchange, names.queue)
    return names
  }

  /** Resolves when the queue has `count` messages more. */
  async fill({ exchange, queue }, { count, isDurable, values = payload }) {
    for (let index = 0; index < count; index += 1) {
      const options = { ...properties, persistent: isDurable }
      if (!this.#channel.publish(exchange, queue, build(values), options)) await once(this.#channel, 'drain')
    }
    await this.#channel.waitForConfirms()
  }

  /** How many are in the queue when nobody consumes it any more and `expected` have had time to get there. */
  async left({ queue }, expected) {
    for (const deadline = Date.now() + SETTLED_TIMEOUT; ; await sleep(100)) {
      const { messageCount } = await this.#channel.checkQueue(queue)
      if (messageCount === expected || Date.now() > deadline) return messageCount
    }
  }

  async delete({ exchange, queue }) {
    await this.#channel.deleteQueue(queue)
    await this.#channel.deleteExchange(exchange)
  }

  async stop() {
    await this.#connection.close()
    await this.#node?.remove()
  }
}
