/**
 * How Python, and so the original, takes what is written in a pipeline file: a text is a list of its characters, a map a list of its
 * keys. Files that lean on it, such as `meters: "*"`, load here too.
 */
import { pythonText } from '../values/index.js'

export type YamlMap = Readonly<Record<string, unknown>>

export function isMap(value: unknown): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** What a loop over it yields; undefined where Python raises a TypeError. */
export function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (typeof value === 'string') return Array.from(value)
  return isMap(value) ? Object.keys(value) : undefined
}

/** Own keys only. Undefined where absent; null where null. */
export function field(map: YamlMap, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined
}

/** As a key of a set: undefined for lists and maps, which have no hash. */
export function hashKey(value: unknown): string | undefined {
  if (value === undefined || value === null) return 'null'
  if (typeof value === 'object') return value instanceof Date ? `date ${value.getTime()}` : undefined
  if (typeof value === 'boolean') return `number ${Number(value)}`
  return typeof value === 'string' ? `text ${value}` : `number ${value}`
}

export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (isMap(value)) return 'a map'
  return typeof value === 'string' ? `'${value}'` : pythonText(value)
}
