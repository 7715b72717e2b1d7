import { amqplib, connectionManager, rabbitmqClient, rascal, tocsin } from './contenders.mjs'

const REPEATS = 9

/** The path is as seen from jobs/. */
const loading = (name, module) => ({ name, label: name, order: { job: 'load', module } })

/** @type {import('../scenario.mjs').Scenario} */
export const load = {
  name: 'load',
  title: 'Import',
  about: `Time of \`import()\` in a new process, median of ${REPEATS}.`,
  shows: 'time',
  base: 'amqplib',
  messages: 1,
  quick: 1,
  repeats: REPEATS,
  contenders: [
    loading('tocsin', '../../../dist/index.js'),
    loading('amqplib', 'amqplib'),
    loading('amqp-connection-manager', 'amqp-connection-manager'),
    loading('rabbitmq-client', 'rabbitmq-client'),
    loading('rascal', 'rascal'),
    loading('@golevelup/nestjs-rabbitmq', '@golevelup/nestjs-rabbitmq'),
  ],
}

/** @type {import('../scenario.mjs').Scenario} */
export const firstMessage = {
  name: 'first-message',
  title: 'Start to first message',
  about: `Import, connect, consume and handle a message that waits in the queue, in a new process; median of ${REPEATS}.`,
  shows: 'time',
  base: 'amqplib',
  messages: 1,
  quick: 1,
  repeats: REPEATS,
  isFilled: true,
  leaves: 'nothing',
  contenders: [
    tocsin('start'),
    amqplib('start'),
    connectionManager('start'),
    rabbitmqClient('start'),
    rascal('start'),
  ],
}
