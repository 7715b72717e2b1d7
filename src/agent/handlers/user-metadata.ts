/** The metadata that users give their instances, as far as it is reserved for metering. source: ceilometer/compute/util.py */
import { isObject, ownOf } from './member.js'
import type { ReservedMetadata } from './plugin.js'

/** A copy of the payload in which `metadata` gave way to `user_metadata`, where `metadata` is an object; else the payload itself. */
export function withUserMetadata(payload: unknown, reserved: ReservedMetadata): unknown {
  if (!isObject(payload) || !isObject(ownOf(payload, 'metadata'))) return payload
  const { metadata, ...rest } = payload
  const copied = reservedOnly(metadata as Readonly<Record<string, unknown>>, rest, reserved)
  return copied === undefined ? rest : { ...rest, user_metadata: copied }
}

function reservedOnly(
  metadata: Readonly<Record<string, unknown>>,
  taken: object,
  { namespaces, keys, length }: ReservedMetadata,
): Record<string, unknown> | undefined {
  const copied = new Map<string, unknown>()
  for (const [key, value] of Object.entries(metadata)) {
    const rest = keys.includes(key) ? key : withoutNamespace(key, namespaces)
    if (rest === undefined) continue
    const name = rest.replaceAll('.', '_')
    if (Object.hasOwn(taken, name)) continue
    copied.set(name, typeof value === 'string' ? value.slice(0, length) : value)
  }
  return copied.size === 0 ? undefined : Object.fromEntries(copied)
}

function withoutNamespace(key: string, namespaces: readonly string[]): string | undefined {
  const namespace = namespaces.find((start) => key.startsWith(start))
  return namespace === undefined ? undefined : key.slice(namespace.length)
}
