/** From what a path found to the value of a trait. source: ceilometer/event/converter.py, ceilometer/event/models.py */
import { TRAIT_TYPES, type TraitType, type TraitValue } from '../event.js'
import { firstCodePoints, pythonFloat, pythonInt, pythonText, timeInUtc } from '../values/index.js'

/** Undefined where the value can't be one. Never throws. The value is never null. */
export type TraitConversion = (value: unknown) => TraitValue | undefined

/** Code points. */
const LONGEST_TEXT = 255

/** In any case; undefined for what is no type. `string` and `integer` are none. */
export function traitTypeOf(name: string): TraitType | undefined {
  const word = name.toLowerCase()
  return Object.hasOwn(TRAIT_TYPES, word) ? TRAIT_TYPES[word as keyof typeof TRAIT_TYPES] : undefined
}

export function traitConversion(type: TraitType, nonFinite: 'drop' | 'keep'): TraitConversion {
  switch (type) {
    case TRAIT_TYPES.int:
      return pythonInt
    case TRAIT_TYPES.float:
      return nonFinite === 'keep' ? pythonFloat : finiteFloat
    case TRAIT_TYPES.datetime:
      return (value) => timeInUtc(value) ?? undefined
    default:
      return shortText
  }
}

function shortText(value: unknown): string {
  return firstCodePoints(pythonText(value), LONGEST_TEXT)
}

function finiteFloat(value: unknown): number | undefined {
  const float = pythonFloat(value)
  return float !== undefined && Number.isFinite(float) ? float : undefined
}
