import type { Context, Serializer } from './serializer.js'
import { NoOpSerializer } from './serializer.js'

/**
 * Reduces payloads to JSON values, so that what an application holds can be sent as it is; the other three functions change nothing.
 *
 * Dates become `YYYY-MM-DDTHH:MM:SS.ffffff` (UTC), bytes their UTF-8 text, errors `Name: message`, Maps and plain objects objects, Sets and
 * other iterables lists, instances of classes their own fields, to a depth of three instances within one another. What has a `toJSON`
 * says itself what it is. A BigInt is a number when a number can hold it, else text, as are functions, symbols, URLs and regular
 * expressions. NaN and the infinities, which JSON lacks, become null; so does whatever is deeper, or a part of itself.
 * source: oslo_messaging/serializer.py (JsonPayloadSerializer), oslo_serialization/jsonutils.py (to_primitive)
 */
export class JsonPayloadSerializer extends NoOpSerializer implements Serializer {
  override serializeEntity(_ctxt: Context, entity: unknown): unknown {
    return toPrimitive(entity, { instances: 0, within: new Set() })
  }
}

interface Place {
  /** Instances of classes around this value. */
  readonly instances: number
  /** All objects around this value: one that turns up again is a cycle. */
  readonly within: Set<object>
}

const deepestInstance = 3

function toPrimitive(value: unknown, place: Place): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    case 'undefined':
      return null
    case 'object':
      return value === null ? null : objectToPrimitive(value, place)
    default:
      return String(value)
  }
}

function objectToPrimitive(value: object, place: Place): unknown {
  const text = asText(value)
  if (text !== undefined) return text
  if (place.within.has(value) || place.instances > deepestInstance) return null
  place.within.add(value)
  try {
    return membersToPrimitive(value, place)
  } finally {
    place.within.delete(value)
  }
}

/** Objects that are values in themselves. */
function asText(value: object): string | null | undefined {
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? null : `${value.toISOString().slice(0, -1)}000`
  }
  if (value instanceof Error) return `${value.name}: ${value.message}`
  if (value instanceof URL || value instanceof RegExp) return String(value)
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
  }
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('utf8')
  return undefined
}

function membersToPrimitive(value: object, place: Place): unknown {
  if ('toJSON' in value && typeof value.toJSON === 'function') return toPrimitive(value.toJSON(), place)
  if (value instanceof Map) return entriesToPrimitive(value, place)
  if (Symbol.iterator in value)
    return Array.from(value as Iterable<unknown>, (item) => toPrimitive(item, place))
  return entriesToPrimitive(
    Object.entries(value).filter(([, member]) => member !== undefined),
    isPlain(value) ? place : { ...place, instances: place.instances + 1 },
  )
}

// fromEntries defines its keys: a member named __proto__ stays a member.
function entriesToPrimitive(
  entries: Iterable<readonly [unknown, unknown]>,
  place: Place,
): Record<string, unknown> {
  return Object.fromEntries(Array.from(entries, ([key, member]) => [String(key), toPrimitive(member, place)]))
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
