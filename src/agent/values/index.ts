/** Values of messages as Python sees them: its texts, numbers, truth, equality, order, times. What consumers of the original compare with. */
export { casefold } from './casefold.js'
export { compareCodePoints, firstCodePoints } from './code-points.js'
export { dictKey, pythonEquals } from './equality.js'
export { pythonFloat, pythonInt } from './numbers.js'
export { floatText, numberText, pythonRepr, pythonText } from './text.js'
export { readTime, secondsBetween, timeInUtc, timeWithOffset } from './time.js'
export { isTruthy } from './truth.js'
export { float, plainNumber, WholeFloat } from './whole-float.js'
