import { WholeFloat } from './whole-float.js'

/** Whether Python's `one == other` holds: `1`, `1.0` and `true` are equal, and so are `0` and `false`; lists and objects by what they hold. */
export function pythonEquals(one: unknown, other: unknown): boolean {
  const left = numberIn(one)
  const right = numberIn(other)
  if (left !== undefined || right !== undefined) return left === right
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return one === other
  if (Array.isArray(one) || Array.isArray(other)) {
    return Array.isArray(one) && Array.isArray(other) && equalLists(one, other)
  }
  return equalObjects(one, other)
}

/**
 * A key under which a Map finds what is equal in Python, for null, texts, numbers and booleans; undefined for lists and objects, which can't be keys there.
 */
export function dictKey(value: unknown): string | number | bigint | null | undefined {
  if (value === null || typeof value === 'string') return value
  return numberIn(value)
}

/** Of numbers and booleans: one form for all that are equal. */
function numberIn(value: unknown): number | bigint | undefined {
  switch (typeof value) {
    case 'number':
      return exact(value)
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value
    case 'boolean':
      return value ? 1 : 0
    default:
      return value instanceof WholeFloat ? exact(value.valueOf()) : undefined
  }
}

function exact(value: number): number | bigint {
  // -0 equals 0, also as a key.
  if (value === 0) return 0
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value
}

function equalLists(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((member, at) => pythonEquals(member, other[at]))
}

function equalObjects(one: object, other: object): boolean {
  const left = entriesOf(one)
  const right = new Map(entriesOf(other))
  if (left.length !== right.size) return false
  return left.every(([key, member]) => right.has(key) && pythonEquals(member, right.get(key)))
}

function entriesOf(value: object): [unknown, unknown][] {
  return value instanceof Map ? [...value] : Object.entries(value)
}
