import { oslo } from './contenders.mjs'

const COUNTS = [1, 10, 100, 1_000, 10_000]

const rules = (count, more = {}) => ({
  name: `tocsin-${count}`,
  label: `tocsin, ${count.toLocaleString('en')} rules`,
  order: { job: 'dispatch', endpoints: count, rules: true, isWanted: true, ...more },
})

const json = {
  name: 'json',
  label: 'JSON.parse twice, alone',
  order: { job: 'json', work: 'read' },
}

/** @type {import('../scenario.mjs').Scenario} */
export const dispatch = {
  name: 'dispatch',
  title: 'Dispatch by filter rules',
  about:
    'Bodies of 330 bytes lie in `memory://`; each endpoint has a rule for the event types of its own service, and one in N wants a message. ' +
    'Queue, decoding and acknowledgement are part of it, but where it says “no queue”; of oslo.messaging only its dispatcher is measured, with messages that are decoded already.',
  shows: 'cost',
  base: 'tocsin-10',
  messages: 100_000,
  quick: 5_000,
  contenders: [
    {
      ...rules(1),
      name: 'tocsin-no-queue',
      label: 'tocsin, 1 endpoint without a rule, no queue',
      order: { ...rules(1).order, rules: false, isQueued: false },
    },
    {
      ...rules(1),
      name: 'tocsin-no-rule',
      label: 'tocsin, 1 endpoint without a rule',
      order: { ...rules(1).order, rules: false },
    },
    ...COUNTS.map((count) => rules(count)),
    json,
    ...[1, 1_000].map((count) => ({
      ...oslo('dispatch', {
        name: `oslo-${count}`,
        label: `Python oslo.messaging, ${count.toLocaleString('en')} rules`,
        endpoints: count,
      }),
      share: count === 1 ? 1 : 0.1,
    })),
  ],
}

/** @type {import('../scenario.mjs').Scenario} */
export const unwanted = {
  name: 'unwanted',
  title: 'A message that no rule wants',
  about:
    'As “Dispatch”, with 100 rules, none of which wants the messages, beside messages that one endpoint wants; no queue, which costs both the same.',
  shows: 'cost',
  base: 'tocsin-handled',
  messages: 100_000,
  quick: 5_000,
  contenders: [
    { ...rules(100, { isQueued: false }), name: 'tocsin-handled', label: 'tocsin, handled' },
    {
      ...rules(100, { isQueued: false, isWanted: false, ticks: 2 }),
      name: 'tocsin-unwanted',
      label: 'tocsin, wanted by no rule',
    },
    json,
  ],
}
