import type { Sample } from '../sample.js'
import { TransformFailure } from './transformer.js'

/** A volume to reckon with: integers beyond 2^53 stay exact in sums and differences. */
export type Amount = number | bigint

/** Throws TransformFailure for text, which the check of volumes turns into numbers before. */
export function amountOf({ name, volume }: Sample): Amount {
  if (typeof volume === 'number' || typeof volume === 'bigint') return volume
  throw new TransformFailure(`the volume of ${name} is no number`)
}

export function add(a: Amount, b: Amount): Amount {
  return exactly(a, b, Number(a) + Number(b), (x, y) => x + y)
}

export function subtract(a: Amount, b: Amount): Amount {
  return exactly(a, b, Number(a) - Number(b), (x, y) => x - y)
}

/** By a factor that is a plain number. Throws TransformFailure when the product is no finite number. */
export function multiply(a: Amount, factor: number): Amount {
  const product = exactly(a, factor, Number(a) * factor, (x, y) => x * y)
  return finite(product)
}

/** Throws TransformFailure unless it is finite: no consumer can read NaN or an infinity in JSON. */
export function finite(amount: Amount): Amount {
  if (typeof amount === 'bigint' || Number.isFinite(amount)) return amount
  throw new TransformFailure(`the result is ${amount}`)
}

/** The floating-point result, unless both are integers and it would not be exact. */
function exactly(a: Amount, b: Amount, approximate: number, exact: (x: bigint, y: bigint) => bigint): Amount {
  if (typeof a === 'number' && typeof b === 'number' && Math.abs(approximate) <= Number.MAX_SAFE_INTEGER)
    return approximate
  if (!isSafeWhole(a) || !isSafeWhole(b)) return approximate
  const result = exact(BigInt(a), BigInt(b))
  const number = Number(result)
  return Number.isSafeInteger(number) ? number : result
}

// A number beyond 2^53 may be a float of a measurement; only what is known to be a whole number is made a BigInt.
function isSafeWhole(amount: Amount): boolean {
  return typeof amount === 'bigint' || Number.isSafeInteger(amount)
}
