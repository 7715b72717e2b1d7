import { settings } from '../adapter.mjs'
import {
  amqplib,
  connectionManager,
  golevelup,
  nest,
  oslo,
  rabbitmqClient,
  rascal,
  tocsin,
  variant,
} from './contenders.mjs'

const { prefetch, multiple } = settings
const raw = amqplib('consume')

const byHand = variant(raw, {
  name: 'amqplib-multiple',
  label: `raw amqplib, one ack for ${multiple.every}`,
  acks: 'multiple',
})

const ours = tocsin('consume')
const oursAlike = variant(ours, {
  name: 'tocsin-1000',
  label: `tocsin, prefetch ${multiple.prefetch.toLocaleString('en')}`,
  prefetch: multiple.prefetch,
})

/** @type {import('../scenario.mjs').Scenario} */
export const consume = {
  name: 'consume',
  title: 'Consume',
  about:
    `A queue that was filled before, about 1,060 bytes a body. Decode both envelopes, ask two patterns, call a handler that does nothing, acknowledge. ` +
    `Prefetch ${prefetch}; with acknowledgements for ${multiple.every} at a time ${multiple.prefetch}; oslo.messaging as it comes (no prefetch, 64 threads).`,
  shows: 'rate',
  base: 'amqplib',
  messages: 120_000,
  warmUp: 1 / 6,
  quick: 3_000,
  isFilled: true,
  leaves: 'nothing',
  contenders: [
    // Those of a ratio beside each other: the machine's speed drifts.
    ours,
    { ...raw, label: 'raw amqplib, an ack each' },
    oursAlike,
    byHand,
    variant(raw, { name: 'amqplib-no-ack', label: 'raw amqplib, no acks', acks: 'none' }),
    connectionManager('consume'),
    rabbitmqClient('consume'),
    rascal('consume'),
    golevelup('consume'),
    nest('consume'),
    oslo('consume'),
    variant(oslo('consume'), {
      name: 'oslo-batch',
      label: 'Python oslo.messaging, batches of 100',
      batch: 100,
    }),
  ],
}

/** @type {import('../scenario.mjs').Scenario} */
export const consumeDurable = {
  ...consume,
  name: 'consume-durable',
  title: 'Consume from a durable queue',
  about: 'The same with a durable queue and persistent messages.',
  isDurable: true,
  contenders: [ours, { ...raw, label: 'raw amqplib, an ack each' }, oursAlike, byHand, oslo('consume')],
}
