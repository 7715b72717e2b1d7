/** The forms in which samples and events go to other services, signed. source: ceilometer/publisher/utils.py */
import type { Event, Trait } from '../event.js'
import type { Sample } from '../sample.js'
import { type SignatureOptions, sign } from './signature.js'

/** A sample as it stands on the wire of notifier, udp and tcp publishers, and of polling agents. */
export interface MeteringMessage {
  readonly source: string
  readonly counter_name: string
  readonly counter_type: string
  readonly counter_unit: string
  readonly counter_volume: Sample['volume']
  readonly user_id: string | null
  readonly user_name: string | null
  readonly project_id: string | null
  readonly project_name: string | null
  readonly resource_id: string | null
  /** ISO 8601 with offset. */
  readonly timestamp: string
  readonly resource_metadata: Readonly<Record<string, unknown>>
  readonly message_id: string
  readonly monotonic_time: number | null
  /** The sending host; only the tcp publisher says it. */
  readonly publisher_id?: string
  readonly message_signature: string
}

export interface EventMessage {
  readonly message_id: string | null
  readonly event_type: string
  /** ISO 8601, UTC, without a suffix. */
  readonly generated: string
  readonly traits: readonly Trait[]
  readonly raw: Readonly<Record<string, unknown>>
  readonly message_signature: string
}

export interface MeteringMessageOptions extends SignatureOptions {
  readonly publisherId?: string
}

/** A sample to be sent, signed with `secret`: that of the configuration's `telemetry_secret`; empty = no signature. */
export function meteringMessage(
  sample: Sample,
  secret: string,
  { publisherId, ...options }: MeteringMessageOptions = {},
): MeteringMessage {
  const message: Omit<MeteringMessage, 'message_signature'> & { message_signature?: string } = {
    source: sample.source,
    counter_name: sample.name,
    counter_type: sample.type,
    counter_unit: sample.unit,
    counter_volume: sample.volume,
    user_id: sample.user_id,
    user_name: sample.user_name,
    project_id: sample.project_id,
    project_name: sample.project_name,
    resource_id: sample.resource_id,
    timestamp: sample.timestamp,
    resource_metadata: sample.resource_metadata,
    message_id: sample.id,
    monotonic_time: sample.monotonic_time,
    ...(publisherId === undefined ? {} : { publisher_id: publisherId }),
  }
  return Object.assign(message, { message_signature: sign(message, secret, options) })
}

/** As `meteringMessage`. */
export function eventMessage(event: Event, secret: string, options: SignatureOptions = {}): EventMessage {
  const message: Omit<EventMessage, 'message_signature'> & { message_signature?: string } = {
    message_id: event.message_id,
    event_type: event.event_type,
    generated: event.generated,
    traits: event.traits,
    raw: event.raw,
  }
  return Object.assign(message, { message_signature: sign(message, secret, options) })
}
