/** `+`, `-` and `*` as Python has them for what JSON holds. source: jsonpath_rw_ext/_arithmetic.py */
import { float, plainNumber } from '../values/index.js'
import { isNumeric } from './comparison.js'
import type { Sign } from './tree.js'

/** There is none: Python raises TypeError, or the result would be too large to be meant. */
export const noResult: unique symbol = Symbol('no result')

/** Characters or items. A factor may come from a notification, and one of a billion would fill the memory. */
const longest = 1_000_000

/** `isFloat`: one of both is known to be a float, from its text in the path. */
export function compute(sign: Sign, left: unknown, right: unknown, isFloat = false): unknown {
  const [one, two] = [plainNumber(left), plainNumber(right)]
  if (isNumeric(one) && isNumeric(two)) {
    const isInteger = !isFloat && isIntegral(left) && isIntegral(right)
    return isInteger
      ? computeIntegers(sign, left, right)
      : float(computeFloats(sign, Number(one), Number(two)))
  }
  if (sign === '+') return concatenate(left, right)
  if (sign === '*' && !isFloat) {
    if (isIntegral(right)) return repeat(left, Number(right))
    if (isIntegral(left)) return repeat(right, Number(left))
  }
  return noResult
}

/** A number beyond 2^53 is a float that happens to be whole: exact ones are bigint. */
function isIntegral(value: unknown): value is number | bigint | boolean {
  return typeof value === 'bigint' || typeof value === 'boolean' || Number.isSafeInteger(value)
}

function computeFloats(sign: Sign, left: number, right: number): number {
  return sign === '+' ? left + right : sign === '-' ? left - right : left * right
}

function computeIntegers(
  sign: Sign,
  left: number | bigint | boolean,
  right: number | bigint | boolean,
): number | bigint {
  const result = computeFloats(sign, Number(left), Number(right))
  // Exact as long as both and the result are below 2^53. A zero made of integers has no sign.
  if (Number.isSafeInteger(result) && typeof left !== 'bigint' && typeof right !== 'bigint') return result + 0
  const [one, two] = [BigInt(left), BigInt(right)]
  const large = sign === '+' ? one + two : sign === '-' ? one - two : one * two
  return large >= Number.MIN_SAFE_INTEGER && large <= Number.MAX_SAFE_INTEGER ? Number(large) : large
}

function concatenate(left: unknown, right: unknown): unknown {
  if (typeof left === 'string' && typeof right === 'string')
    return left.length + right.length > longest ? noResult : left + right
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right]
  return noResult
}

function repeat(value: unknown, times: number): unknown {
  if (typeof value !== 'string' && !Array.isArray(value)) return noResult
  const count = Math.max(0, times)
  if (value.length * count > longest) return noResult
  if (typeof value === 'string') return value.repeat(count)
  return Array.from({ length: count }, () => value as unknown[]).flat()
}
