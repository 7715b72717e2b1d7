/** Contenders that several scenarios have, as functions of their job. */

import { eventType, payload, publisherId, wanted } from '../notification.mjs'

export const tocsin = (job) => of('tocsin', 'tocsin', job)
export const amqplib = (job) => of('amqplib', 'raw amqplib', job)
export const connectionManager = (job) => of('amqp-connection-manager', 'amqp-connection-manager', job)
export const rabbitmqClient = (job) => of('rabbitmq-client', 'rabbitmq-client', job)
export const rascal = (job) => of('rascal', 'rascal', job)
export const golevelup = (job) => of('golevelup', '@golevelup/nestjs-rabbitmq', job)
export const nest = (job) => of('nest-microservices', '@nestjs/microservices', job)

/** No library: what the broker allows. */
export const prebuilt = (job) => of('prebuilt', 'no client: frames made beforehand', job)

/** Ten to thirty times slower than the others: a part of the messages takes it as long. */
export function oslo(job, { name = 'oslo', label = 'Python oslo.messaging', ...more } = {}) {
  const order = { job, wanted, eventType, publisherId, payload, ...more }
  return { name, label, language: 'python', share: 0.2, order }
}

/** The same library used in another way. */
export function variant(contender, { name, label, ...place }) {
  return { ...contender, name, label, order: { ...contender.order, place } }
}

function of(library, label, job) {
  return { name: library, label, order: { job, library } }
}
