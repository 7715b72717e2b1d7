/** The comparisons of filters, as Python has them. source: jsonpath_rw_ext/_filter.py */
import { compareCodePoints, plainNumber, pythonEquals, pythonInt } from '../values/index.js'
import { compileMatch } from './match-text.js'
import type { Test } from './tree.js'

/** Whether a value of the left side stands the test. What is null never does. */
export type Comparison = (left: unknown) => boolean

/** Throws InvalidFilter for a bad regular expression. `wrong` is told of what Python can't compare, which does not stand the test. */
export function compileComparison(
  { sign, value, isFloat }: NonNullable<Test['comparison']>,
  wrong: () => void,
): Comparison {
  if (sign === '~' && (typeof value === 'string' || isFloat)) return compileTextTest(value, wrong)
  // Nearly all filters ask for a name.
  if (typeof value === 'string' && (sign === '=' || sign === '==')) return (left) => left === value
  const compare = comparing(sign, wrong)
  // An integer on the right makes integers of the left, so that the text "5" equals 5 and 5.9 does, too.
  if (typeof value !== 'string' && !isFloat) {
    return (left) => {
      if (isNothing(left)) return false
      const integer = pythonInt(left)
      if (integer !== undefined) return compare(integer, value)
      // A text that is no number is passed over, as is NaN.
      if (typeof left === 'object' || left === Number.POSITIVE_INFINITY || left === Number.NEGATIVE_INFINITY)
        wrong()
      return false
    }
  }
  return (left) => !isNothing(left) && compare(plainNumber(left), value)
}

function comparing(sign: Sign, wrong: () => void): Compare {
  if (sign === '=' || sign === '==' || sign === '!=') return equality(sign)
  if (sign !== '~') return inequality(sign, wrong)
  return () => {
    wrong()
    return false
  }
}

function compileTextTest(pattern: unknown, wrong: () => void): Comparison {
  const matches = typeof pattern === 'string' ? compileMatch(pattern) : undefined
  return (left) => {
    if (isNothing(left)) return false
    if (matches !== undefined && typeof left === 'string') return matches(left)
    wrong()
    return false
  }
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined
}

type Sign = NonNullable<Test['comparison']>['sign']

type Compare = (left: unknown, right: string | number | bigint | boolean) => boolean

function equality(sign: '=' | '==' | '!='): Compare {
  return sign === '!=' ? (left, right) => !pythonEquals(left, right) : pythonEquals
}

const inequalities: Readonly<Record<'<' | '<=' | '>' | '>=', (found: number) => boolean>> = {
  '<': (found) => found < 0,
  '<=': (found) => found <= 0,
  '>': (found) => found > 0,
  '>=': (found) => found >= 0,
}

function inequality(sign: keyof typeof inequalities, wrong: () => void): Compare {
  const isRight = inequalities[sign]
  return (left, right) => {
    const found = order(left, right)
    if (Number.isNaN(found) && !Number.isNaN(left)) wrong()
    return isRight(found)
  }
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

/** Numbers and booleans, which are numbers to Python. */
export function isNumeric(value: unknown): value is number | bigint | boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
}
