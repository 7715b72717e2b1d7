import { plainNumber, pythonFloat, pythonInt } from '../values/index.js'

/** Why a sample's volume is none. */
export type VolumeFault = 'no-volume' | 'not-a-number' | 'not-finite'

/**
 * A volume as consumers want it: numbers and integers beyond 2^53 as they are, booleans as 1 and 0, numeric text as the number that Python reads in it
 * (integers exact). Anything else is a fault: null, other text, lists and objects (at which the original raises), NaN and the infinities (which JSON
 * cannot carry). Never throws.
 * source: ceilometer/pipeline/sample.py _validate_volume; numeric text stays text there
 */
export function volumeOf(value: unknown): number | bigint | VolumeFault {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : 'not-finite'
    case 'bigint':
      return value
    case 'string':
    case 'boolean':
      return read(value)
    default:
      if (value === null || value === undefined) return 'no-volume'
      return plainNumber(value) === value ? 'not-a-number' : read(value)
  }
}

function read(value: unknown): number | bigint | VolumeFault {
  const float = pythonFloat(value)
  if (float === undefined) return 'not-a-number'
  if (!Number.isFinite(float)) return 'not-finite'
  return Number.isSafeInteger(float) || !Number.isInteger(float) ? float : (pythonInt(value) ?? float)
}
