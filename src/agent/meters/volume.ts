import type { Sample } from '../sample.js'
import { plainNumber, pythonFloat, pythonInt } from '../values/index.js'

/**
 * Numeric text becomes the number that Python reads in it: integers exactly, and infinities and NaN, which the pipeline drops. Anything else stays as
 * it came, also what is no volume, such as a list: the pipeline tells. source: ceilometer/pipeline/sample.py
 */
export function volumeFrom(
  value: unknown,
  { numericTexts }: { readonly numericTexts: boolean },
): Sample['volume'] {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || !numericTexts) return plainNumber(value) as Sample['volume']
  return pythonInt(value) ?? pythonFloat(value) ?? value
}
