import { readJson } from '../convert/json-reader.js'
import { hasWrapped } from '../publishers/big-integers.js'
import { jsonText } from '../publishers/json-text.js'
import type { Sample } from '../sample.js'

/** The event type of a notification that carries samples to the agent that has their partition. */
export const PARCEL = 'tocsin.pipeline'

/** Samples on their way from one agent to another, or to itself. */
export interface Parcel {
  readonly pipeline: string
  /** Unique to it, and the same when it has to be sent again: who gets it twice knows. */
  readonly id: string
  readonly samples: readonly Sample[]
}

/** As a payload. Where there are integers beyond 2^53, the samples are a JSON text, in which they stay exact. */
export function payloadOf({ pipeline, id, samples }: Parcel): Record<string, unknown> {
  return hasWrapped(samples) ? { pipeline, id, text: jsonText(samples) } : { pipeline, id, samples }
}

/** Undefined for what is none. */
export function parcelOf(payload: unknown): Parcel | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined
  const { pipeline, id, samples, text } = payload as Readonly<Record<string, unknown>>
  const list = typeof text === 'string' ? readText(text) : samples
  if (typeof pipeline !== 'string' || typeof id !== 'string' || !Array.isArray(list)) return undefined
  return (list as unknown[]).every(isSample) ? { pipeline, id, samples: list } : undefined
}

function readText(text: string): unknown {
  try {
    return readJson(text)
  } catch {
    // Told by whoever asked: it is no parcel.
    return undefined
  }
}

/** What pipelines and transformers rely on. */
function isSample(value: unknown): value is Sample {
  if (typeof value !== 'object' || value === null) return false
  const {
    id,
    name,
    timestamp,
    volume,
    resource_metadata: metadata,
  } = value as Readonly<Record<string, unknown>>
  return (
    [id, name, timestamp].every((text) => typeof text === 'string') &&
    (typeof volume === 'number' || typeof volume === 'bigint') &&
    typeof metadata === 'object' &&
    metadata !== null
  )
}
