/**
 * How Python, and so the original, takes what is written in a pipeline file: a text is a list of its characters, a map a list of its
 * keys. Files that lean on it, such as `meters: "*"`, load here too.
 */
import { describeFound, entriesOf, isMapping, type Mapping, memberOf } from '../definitions/mapping.js'
import { YamlDate } from '../definitions/scalar.js'
import { plainNumber, pythonText } from '../values/index.js'

/** What a loop over it yields; undefined where Python raises a TypeError. */
export function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (typeof value === 'string') return Array.from(value)
  return isMapping(value) ? entriesOf(value).map(([key]) => key) : undefined
}

export function hasKey(mapping: Mapping, key: string): boolean {
  return mapping instanceof Map ? mapping.has(key) : Object.hasOwn(mapping, key)
}

/** Equal for values that are the same key of a set in Python, where 1, 1.0 and true are; undefined for lists and maps, which are none. */
export function hashKey(value: unknown): string | undefined {
  const plain = plainNumber(value ?? null)
  switch (typeof plain) {
    case 'string':
      return `text ${plain}`
    case 'number':
    case 'bigint':
    case 'boolean':
      return `number ${Number(plain)}`
    default:
      if (plain === null) return 'null'
      return plain instanceof YamlDate ? `date ${plain.text}` : undefined
  }
}

/** A name as the original writes it. */
export function nameText(name: unknown): string {
  return name instanceof YamlDate ? name.text : pythonText(name ?? null)
}

export { describeFound as shown, isMapping as isMap, type Mapping, memberOf as field }
