import { float, readTime, secondsBetween } from '../values/index.js'
import type { TraitPluginFactory } from './plugin.js'

/**
 * Seconds, a float that is never negative, between two times that were found; null when there aren't exactly two, or one can't be read. No parameters.
 * source: ceilometer/event/trait_plugins.py
 */
export const timedelta: TraitPluginFactory = (_, complain) => ({
  supportsSeveral: false,
  values: ([first, second, ...others]) => {
    const start = others.length === 0 ? readTime(first?.value) : null
    const end = readTime(second?.value)
    if (start !== null && end !== null) return [float(secondsBetween(start, end))]
    complain?.('NOT_TWO_TIMESTAMPS')
    return [null]
  },
})
