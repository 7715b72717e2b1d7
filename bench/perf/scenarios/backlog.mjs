import { smallPayload } from '../notification.mjs'
import { amqplib, tocsin } from './contenders.mjs'

const PREFETCH = 300

const with300 = (contender) => ({
  ...contender,
  order: { ...contender.order, place: { prefetch: PREFETCH } },
})

/** @type {import('../scenario.mjs').Scenario} */
export const backlog = {
  name: 'backlog',
  title: 'Memory under a backlog of 1,000,000 messages',
  about: `Resident memory of a process that listens and hears nothing, and the most it has while it works through the queue; prefetch ${PREFETCH}.`,
  shows: 'memory',
  base: 'amqplib',
  messages: 1_000_000,
  quick: 10_000,
  rounds: 1,
  isFilled: true,
  leaves: 'nothing',
  payload: smallPayload,
  contenders: [with300(tocsin('backlog')), with300(amqplib('backlog'))],
}
