import { amqplib, oslo, tocsin, variant } from './contenders.mjs'

const SIZE = 100

/** @type {import('../scenario.mjs').Scenario} */
export const batch = {
  name: 'batch',
  title: 'Batches',
  about: `As “Consume”, with a handler that gets ${SIZE} notifications at once; of raw amqplib the hand-made acks for ${SIZE}.`,
  shows: 'rate',
  base: 'amqplib-multiple',
  messages: 120_000,
  warmUp: 1 / 6,
  quick: 3_000,
  isFilled: true,
  leaves: 'nothing',
  contenders: [
    variant(tocsin('consume'), { name: 'tocsin', label: 'tocsin, batch listener', batch: SIZE }),
    variant(amqplib('consume'), {
      name: 'amqplib-multiple',
      label: `raw amqplib, one ack for ${SIZE}`,
      acks: 'multiple',
    }),
    variant(oslo('consume'), { name: 'oslo', label: 'Python oslo.messaging, batch listener', batch: SIZE }),
  ],
}
