import { settings } from '../adapter.mjs'
import { amqplib, connectionManager, oslo, prebuilt, rabbitmqClient, rascal, tocsin } from './contenders.mjs'

/** @type {import('../scenario.mjs').Scenario} */
export const publish = {
  name: 'publish',
  title: 'Publish with confirms',
  about:
    `Build the notification (ids, time, JSON in JSON), publish, wait for the confirm; ${settings.window} on their way at once, of ` +
    'oslo.messaging one, for it has no other way. Nothing durable.',
  shows: 'rate',
  base: 'amqplib',
  messages: 120_000,
  warmUp: 1 / 6,
  quick: 3_000,
  leaves: 'all',
  contenders: [
    tocsin('publish'),
    amqplib('publish'),
    connectionManager('publish'),
    rabbitmqClient('publish'),
    rascal('publish'),
    oslo('publish'),
    prebuilt('publish'),
  ],
}

/** @type {import('../scenario.mjs').Scenario} */
export const publishDurable = {
  ...publish,
  name: 'publish-durable',
  title: 'Publish persistent messages with confirms',
  about: 'The same with a durable queue and persistent messages: a confirm means that it is on the disk.',
  isDurable: true,
  contenders: publish.contenders.map((one) => (one.name === 'oslo' ? { ...one, share: 0.1 } : one)),
}
