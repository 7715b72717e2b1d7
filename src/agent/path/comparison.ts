/** The comparisons of filters, as Python has them. source: jsonpath_rw_ext/_filter.py */
import { compareCodePoints, plainNumber, pythonEquals, pythonInt } from '../values/index.js'
import { compileMatch } from './match-text.js'
import type { ComparisonSign, Test } from './tree.js'

/** Whether a value of the left side stands the test; what Python can't compare never does. */
export type Comparison = (left: unknown) => boolean

/** Throws InvalidFilter for a bad regular expression. */
export function compileComparison({ sign, value, isFloat }: NonNullable<Test['comparison']>): Comparison {
  if (sign === '~') {
    if (typeof value !== 'string') return () => false
    const matches = compileMatch(value)
    return (left) => typeof left === 'string' && matches(left)
  }
  // Nearly all filters ask for a name.
  if (typeof value === 'string' && (sign === '=' || sign === '==')) return (left) => left === value
  const compare = comparisons[sign]
  // An integer on the right makes integers of the left, so that the text "5" equals 5 and 5.9 does, too.
  if (typeof value !== 'string' && !isFloat) {
    return (left) => {
      const integer = pythonInt(left)
      return integer !== undefined && compare(integer, value)
    }
  }
  return (left) => left !== null && left !== undefined && compare(plainNumber(left), value)
}

type Wanted = string | number | bigint | boolean

const comparisons: Readonly<Record<Exclude<ComparisonSign, '~'>, (left: unknown, right: Wanted) => boolean>> =
  {
    '=': pythonEquals,
    '==': pythonEquals,
    '!=': (left, right) => !pythonEquals(left, right),
    '<': (left, right) => order(left, right) < 0,
    '<=': (left, right) => order(left, right) <= 0,
    '>': (left, right) => order(left, right) > 0,
    '>=': (left, right) => order(left, right) >= 0,
  }

/** Below, above or zero; NaN where Python has no order. */
export function order(left: unknown, right: unknown): number {
  if (typeof left === 'string' && typeof right === 'string') return compareCodePoints(left, right)
  if (Array.isArray(left) && Array.isArray(right)) return orderOfLists(left, right)
  const [one, two] = [plainNumber(left), plainNumber(right)]
  if (!isNumeric(one) || !isNumeric(two)) return Number.NaN
  return one < two ? -1 : one > two ? 1 : pythonEquals(one, two) ? 0 : Number.NaN
}

function orderOfLists(left: readonly unknown[], right: readonly unknown[]): number {
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    if (!pythonEquals(left[at], right[at])) return order(left[at], right[at])
  }
  return left.length - right.length
}

export function isNumeric(value: unknown): value is number | bigint | boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
}
