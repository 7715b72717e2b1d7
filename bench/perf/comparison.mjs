/** Whether a goal's figure has become worse. */

import { worsening } from './goals.mjs'
import { uncertainty } from './statistics.mjs'

/** Differences below this are not established on the machines that we know, whatever the spread of a few runs says. */
const LEAST_NOISE = 0.15

/**
 * Worse by more than the noise of both. Runs that others disturbed say nothing of that, and are left out.
 * @param {import('./goals.mjs').Goal} goal
 * @param {readonly import('./series.mjs').Run[]} recorded
 * @param {readonly import('./series.mjs').Run[]} measured
 */
export function compare(goal, recorded, measured) {
  const before = goal.measure(recorded.filter(isQuiet))
  const now = goal.measure(measured.filter(isQuiet))
  if (before === undefined || now === undefined)
    return { goal, before, now, verdict: 'not measured, or too noisy to say' }
  const worse = worsening(goal, before.median, now.median)
  const noise = Math.max(LEAST_NOISE, uncertainty(before), uncertainty(now))
  return { goal, before, now, worse, noise, verdict: worse > noise ? 'WORSE' : 'ok' }
}

const isQuiet = ({ isNoisy }) => !isNoisy
