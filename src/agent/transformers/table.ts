import { accumulator } from './accumulator.js'
import { aggregator } from './aggregator.js'
import { arithmetic } from './arithmetic.js'
import { delta } from './delta.js'
import { rateOfChange } from './rate-of-change.js'
import type { TransformerFactory } from './transformer.js'
import { unitConversion } from './unit-conversion.js'

/** Those that come with the agent, by the names that pipeline files use. */
export const TRANSFORMERS: Readonly<Record<string, TransformerFactory>> = {
  accumulator,
  aggregator,
  arithmetic,
  delta,
  rate_of_change: rateOfChange,
  unit_conversion: unitConversion,
}
