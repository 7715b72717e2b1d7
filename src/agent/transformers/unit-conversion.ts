import type { Sample } from '../sample.js'
import { Conversion } from './conversion.js'
import type { Parameters } from './parameters.js'
import type { Transformer } from './transformer.js'

/**
 * Samples of `source.unit` (absent: all) under a new name, unit, type and volume; others pass as they are.
 * source: ceilometer/transformer/conversions.py ScalingTransformer of 2016
 */
export function unitConversion(parameters: Parameters): Transformer {
  const conversion = new Conversion(parameters)
  parameters.finish()
  return {
    held: 0,
    handle(sample: Sample) {
      if (conversion.unit !== undefined && conversion.unit !== sample.unit) return sample
      return conversion.convert(sample, conversion.scaled(sample))
    },
    flush: () => [],
  }
}
