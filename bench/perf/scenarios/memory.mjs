const BYTES = 300

/** @type {import('../scenario.mjs').Scenario} */
export const memory = {
  name: 'memory',
  title: 'memory:// from notifier to endpoint',
  about: `One thread, a payload of ${BYTES} bytes, JSON written and read; ids and JSON alone beside it, as the least that it can cost.`,
  shows: 'rate',
  base: 'json',
  messages: 200_000,
  quick: 10_000,
  contenders: [
    { name: 'tocsin', label: 'tocsin', order: { job: 'notifier', bytes: BYTES } },
    {
      name: 'json',
      label: 'two ids and the JSON both ways, alone',
      order: { job: 'json', work: 'write and read', bytes: BYTES },
    },
  ],
}
