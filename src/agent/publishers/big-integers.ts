/** Values that carry a BigInt, for forms that have none. */
import { WholeFloat } from '../values/index.js'

/** Whether a BigInt, or a number as an object (a float that is whole), is anywhere in it. */
export function hasWrapped(value: unknown): boolean {
  if (typeof value === 'bigint') return true
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof WholeFloat) return true
  return Array.isArray(value) ? value.some(hasWrapped) : Object.values(value).some(hasWrapped)
}

/** A copy in which `leaf` stands for each value that is no list and no object. */
export function mapLeaves(value: unknown, leaf: (value: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof WholeFloat) return leaf(value)
  if (Array.isArray(value)) return value.map((member) => mapLeaves(member, leaf))
  // Object.fromEntries defines: a key `__proto__` stays a key.
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapLeaves(member, leaf)]))
}

/** The same without BigInt, which a notification can't carry: the nearest numbers. Itself when it has none. */
export function withNumbers<T>(value: T): T {
  return hasWrapped(value) ? (mapLeaves(value, nearestNumber) as T) : value
}

function nearestNumber(value: unknown): unknown {
  return typeof value === 'bigint' || value instanceof WholeFloat ? Number(value) : value
}
