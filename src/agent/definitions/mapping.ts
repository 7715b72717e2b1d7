/** Mappings as definition files give them: objects without prototype, and Maps where keys are no texts or would lose their order. */
import { pythonText, WholeFloat } from '../values/index.js'
import { YamlDate } from './scalar.js'

/** A map of a file; its keys need not be texts. */
export type Mapping = Readonly<Record<string, unknown>> | ReadonlyMap<unknown, unknown>

/** Whether a value of a file is a map, and not a date or a float, which are objects to JavaScript. */
export function isMapping(value: unknown): value is Mapping {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof WholeFloat) &&
    !(value instanceof YamlDate)
  )
}

/** Undefined where there is none. */
export function memberOf(mapping: Mapping, key: unknown): unknown {
  if (mapping instanceof Map) return (mapping as ReadonlyMap<unknown, unknown>).get(key)
  if (typeof key !== 'string' || !Object.hasOwn(mapping, key)) return undefined
  return (mapping as Readonly<Record<string, unknown>>)[key]
}

/** In the order of the file, those that were merged in first. */
export function entriesOf(mapping: Mapping): readonly (readonly [key: unknown, value: unknown])[] {
  return mapping instanceof Map ? [...(mapping as ReadonlyMap<unknown, unknown>)] : Object.entries(mapping)
}

/** An object moves keys that are digits only to its front. */
export function mappingOf(entries: readonly (readonly [key: unknown, value: unknown])[]): Mapping {
  if (entries.some(([key]) => typeof key !== 'string' || /^\d+$/.test(key))) return new Map(entries)
  const mapping = Object.create(null) as Record<string, unknown>
  for (const [key, value] of entries) mapping[key as string] = value
  return mapping
}

/** What a value is, for texts that tell what was found instead of what was wanted. */
export function describeFound(found: unknown): string {
  if (found === undefined || found === null) return 'nothing'
  if (typeof found === 'string') return found.length > 80 ? `'${found.slice(0, 80)}...'` : `'${found}'`
  if (Array.isArray(found)) return found.length === 0 ? 'an empty list' : 'a list'
  if (found instanceof YamlDate) return `the date ${found.text}; quote it to make it a text`
  if (isMapping(found)) return 'a map'
  return typeof found === 'boolean' ? String(found) : `the number ${pythonText(found)}`
}
