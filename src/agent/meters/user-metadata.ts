/** The metadata that users give their resources, as far as it is reserved for metering. source: ceilometer/sample_util.py (add_reserved_user_metadata) */
import { firstCodePoints } from '../values/index.js'
import type { ReservedUserMetadata } from './options.js'

/** From what a user gave a resource, without names that are taken already. */
export type CopyUserMetadata = (
  from: Readonly<Record<string, unknown>>,
  taken: Readonly<Record<string, unknown>>,
) => Readonly<Record<string, unknown>> | undefined

/** Copies into a new object; names that are taken are left out. Undefined when there is nothing. Keys named one by one win over namespaces. */
export function userMetadataCopier({ namespaces, keys, length }: ReservedUserMetadata): CopyUserMetadata {
  const rules = [
    ...namespaces.map(
      (start) => (key: string) => (key.startsWith(start) ? key.slice(start.length) : undefined),
    ),
    ...keys.map((wanted) => (key: string) => (key === wanted ? key : undefined)),
  ]
  return (from, taken) => {
    const copied = Object.create(null) as Record<string, unknown>
    let isEmpty = true
    const names = Object.keys(from)
    for (const rule of rules) {
      for (const key of names) {
        const rest = rule(key)
        if (rest === undefined) continue
        const name = rest.replaceAll('.', '_')
        if (Object.hasOwn(taken, name)) continue
        const value = from[key]
        copied[name] = typeof value === 'string' ? firstCodePoints(value, length) : value
        isEmpty = false
      }
    }
    return isEmpty ? undefined : copied
  }
}
