import type { Sample } from '../sample.js'
import { subtract } from './amount.js'
import { Conversion } from './conversion.js'
import type { Parameters } from './parameters.js'
import { Predecessors } from './predecessors.js'
import type { Transformer, TransformerContext } from './transformer.js'

/**
 * The growth per second since the sample before of the same meter and resource, times `target.scale` (default 1). A cumulative volume that has become
 * smaller was started anew: then the whole of it is the growth. No time between them: 0.
 * source: ceilometer/transformer/conversions.py RateOfChangeTransformer of 2016; a scale that is a plain number multiplies the volume there too
 */
export function rateOfChange(parameters: Parameters, context: TransformerContext): Transformer {
  const conversion = new Conversion(parameters)
  const predecessors = new Predecessors(parameters, context)
  parameters.finish()
  return {
    get held() {
      return predecessors.size
    },
    handle(sample: Sample) {
      const step = predecessors.step(sample)
      if (step === undefined) return undefined
      const { before, after, seconds } = step
      const anew = sample.type === 'cumulative' && after < before
      const growth = Number(anew ? after : subtract(after, before))
      return conversion.convert(sample, conversion.scaledGrowth(sample, seconds === 0 ? 0 : growth / seconds))
    },
    flush: () => [],
  }
}
