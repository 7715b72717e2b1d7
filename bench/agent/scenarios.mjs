/** What is measured of the agent, and who takes part. Where runs are kept, a scenario has one name and each of its runs a contender. */

const groupWords = { all: 'all 309 notifications', measured: 'the 43 that give samples' }
const kindWords = { samples: 'samples', event: 'event', both: 'both' }

/**
 * @typedef {object} Conversion
 * @property {string} name
 * @property {'samples' | 'event' | 'both'} kind
 * @property {'all' | 'measured'} group of ./golden.mjs
 * @property {string} of the group, in words
 * @property {string} makes in words
 */

/** @type {readonly Conversion[]} */
export const conversions = Object.keys(groupWords).flatMap((group) =>
  Object.keys(kindWords).map((kind) => ({
    name: `${kind}-${group}`,
    kind,
    group,
    of: groupWords[group],
    makes: kindWords[kind],
  })),
)

/** Meter definitions: those of Ceilometer, and with others beside them. */
export const DEFINITIONS = { few: 38, many: 2_000 }

export const growth = conversions
  .filter(({ kind }) => kind === 'samples')
  .map((work) => ({ ...work, name: `growth-${work.group}` }))

/** To warm up, and to measure. The longest batch of all contenders divides the notifications of 25 passes: no last batch waits for more. */
export const PASSES = 25

/** @type {import('../perf/scenario.mjs').Scenario} in the parts that a table shows */
export const endToEnd = {
  name: 'end-to-end',
  title: 'From the queue to the file',
  shows: 'rate',
  base: 'ceilometer',
  contenders: [
    { name: 'tocsin', label: 'tocsin agent run', agent: 'tocsin', passes: 4 * PASSES },
    {
      name: 'ceilometer',
      label: 'Ceilometer, as it is shipped',
      agent: 'ceilometer',
      batch: 1,
      passes: PASSES,
    },
    {
      name: 'ceilometer-100',
      label: 'Ceilometer, batch_size 100',
      agent: 'ceilometer',
      batch: 100,
      passes: PASSES,
    },
  ],
}
