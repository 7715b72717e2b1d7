/** A soak as curves: memory, handles, rates, what is under way; and the faults as bands across all of them. */

import { plot } from '../support/plot.mjs'
import { handlesOf } from './verdict.mjs'

const MIB = 2 ** 20

/** @returns {string} SVG */
export function picture({ when, minutes, rate, seed, samples, marks, result }) {
  const line = (label, valueOf) => ({
    label,
    points: samples.flatMap((sample, index) => {
      const value = valueOf(sample, samples[index - 1])
      return value === undefined ? [] : [[sample.at, value]]
    }),
  })
  const perSecond = (name) => (sample, before) =>
    before && (sample[name] - before[name]) / (sample.at - before.at)
  return plot({
    title: `Soak: ${minutes} minutes at ${rate} notifications per second, ${marks.length} faults`,
    subtitle:
      `${result.confirmed.toLocaleString('en')} confirmed, ${result.lost} lost, ${result.repeated} handled twice; ` +
      `one process, seed ${seed}, ${when.slice(0, 10)}. Bands: while a fault lasts.`,
    end: samples.at(-1).at,
    bands: marks.map(({ kind, from, to }) => ({ label: kind, from, to })),
    panels: [
      {
        title: 'Memory of the process, MiB',
        lines: [line('resident', ({ rss }) => rss / MIB)],
      },
      {
        title: 'Memory in use, MiB',
        lines: [
          line('heap after collection', ({ heapAfterGc }) => heapAfterGc && heapAfterGc / MIB),
          line('buffers', ({ arrayBuffers }) => arrayBuffers / MIB),
        ],
      },
      {
        title: 'Open sockets and pipes',
        lines: [line('open', ({ resources }) => handlesOf(resources) - (resources.Timeout ?? 0))],
      },
      {
        title: 'Messages per second',
        lines: [line('handled', perSecond('handled')), line('confirmed', perSecond('confirmed'))],
      },
      {
        title: 'Under way',
        lines: [
          line('not yet handled', ({ underWay }) => underWay),
          line('not yet confirmed', ({ pendingSends }) => pendingSends),
          line('timers', ({ resources }) => resources.Timeout ?? 0),
        ],
      },
      {
        title: 'Event loop delay, ms (99th percentile of each second)',
        lines: [line('delay', ({ loopDelayMs }) => loopDelayMs)],
      },
    ],
  })
}
