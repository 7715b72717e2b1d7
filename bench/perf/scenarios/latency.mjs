import { amqplib, connectionManager, rabbitmqClient, rascal, tocsin } from './contenders.mjs'

const RATE = 1_000

const at = (contender) => ({ ...contender, order: { ...contender.order, rate: RATE } })

/** @type {import('../scenario.mjs').Scenario} */
export const latency = {
  name: 'latency',
  title: `Latency at ${RATE.toLocaleString('en')} messages per second`,
  about:
    'From the call that publishes, with a confirm, to the handler; publisher and consumer in one process, an ack each, noDelay wherever ' +
    'there is such a setting. Timers of 1 ms drive it, so one or two messages go out at a time.',
  shows: 'latency',
  base: 'amqplib',
  messages: 20_000,
  warmUp: 1 / 2,
  quick: 1_000,
  leaves: 'nothing',
  contenders: [
    at(tocsin('latency')),
    at(amqplib('latency')),
    at(connectionManager('latency')),
    at(rabbitmqClient('latency')),
    at(rascal('latency')),
  ],
}
