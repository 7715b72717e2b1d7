/** What a sample tells of its resource beside its volume. source: ceilometer/meter/notifications.py (to_samples), ceilometer/sample.py (from_notification) */
import type { Field } from '../definitions/field.js'
import { isObject } from '../path/derived.js'
import { isTruthy } from '../values/index.js'
import type { MeterCompatibility } from './compatibility.js'
import type { MeterDefinition } from './definition.js'
import type { Message } from './evaluation.js'
import { ConversionFailure } from './failure.js'
import type { CopyUserMetadata } from './user-metadata.js'

/** Shared by the samples of a notification: never to be changed. */
export type ResourceMetadata = Readonly<Record<string, unknown>>

type Settings = Pick<MeterCompatibility, 'falsyMetadata' | 'emptyMetadata'>

/** What it returns throws ConversionFailure for user metadata that is no object, and where the payload that it needs is missing. */
export function compileMetadata(
  definition: MeterDefinition,
  copyUserMetadata: CopyUserMetadata,
  { falsyMetadata, emptyMetadata }: Settings,
): (message: Message) => ResourceMetadata {
  const { metadata, userMetadata, name } = definition
  if (metadata.length === 0 && userMetadata === undefined) return wholePayload
  const isWanted = falsyMetadata ? (value: unknown) => value !== null : isTruthy
  return (message) => {
    const found: Record<string, unknown> = {}
    let isEmpty = true
    for (const [key, field] of metadata) {
      const value = field.value(message)
      if (!isWanted(value)) continue
      setOwn(found, key, value)
      isEmpty = false
    }
    const user = userMetadata === undefined ? undefined : usersOwn(userMetadata, message, name)
    const copied = user === undefined ? undefined : copyUserMetadata(user, found)
    if (copied !== undefined) found['user_metadata'] = copied
    else if (isEmpty && emptyMetadata === 'payload') return wholePayload(message)
    return found
  }
}

function usersOwn(field: Field, message: Message, meter: string): ResourceMetadata | undefined {
  const value = field.value(message)
  if (!isTruthy(value)) return undefined
  if (isObject(value)) return value
  throw new ConversionFailure(
    'BAD_USER_METADATA',
    `user_metadata must find an object; found ${typeof value}`,
    meter,
  )
}

/** Shallow: the samples share what the payload holds. */
function wholePayload({ payload, event_type, publisher_id }: Message): ResourceMetadata {
  if (payload === undefined || publisher_id === undefined)
    throw new ConversionFailure(
      'MISSING_PART',
      `metadata that is the payload wants ${payload === undefined ? 'a payload' : 'a publisher_id'}; there is none`,
    )
  if (!isObject(payload)) return { event_type, host: publisher_id }
  const copy: Record<string, unknown> = { ...payload }
  copy['event_type'] = event_type
  copy['host'] = publisher_id
  return copy
}

function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}
