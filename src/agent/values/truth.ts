import { WholeFloat } from './whole-float.js'

/** Whether Python's `if value:` holds: null, false, 0, 0.0, "", [] and {} do not; NaN does. */
export function isTruthy(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return value !== ''
    case 'number':
      return value !== 0
    case 'bigint':
      return value !== 0n
    case 'boolean':
      return value
    case 'object':
      return value !== null && isFull(value)
    default:
      return false
  }
}

function isFull(value: object): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof WholeFloat) return value.valueOf() !== 0
  if (value instanceof Map) return value.size > 0
  for (const key in value) if (Object.hasOwn(value, key)) return true
  return false
}
