/** From what a plug-in says to a sample. source: ceilometer/sample.py from_notification */
import { randomUUID } from 'node:crypto'

import type { AgentNotification } from '../notification.js'
import { SAMPLE_TYPES, type Sample } from '../sample.js'
import { plainNumber, pythonRepr, pythonText, timeWithOffset } from '../values/index.js'
import { isObject } from './member.js'
import type { SampleDraft } from './plugin.js'

/** Why a draft became no sample. */
export interface Refusal {
  /** Under which it is counted: `bad-timestamp`, `bad-type`, `null-volume`, `text-volume`. */
  readonly code: string
  readonly text: string
}

/** Fills in what the draft leaves out. */
export function completeDraft(
  draft: SampleDraft,
  notification: AgentNotification,
  source: string,
): Sample | Refusal {
  const type = SAMPLE_TYPES.find((one) => one === draft.type)
  if (type === undefined)
    return {
      code: 'bad-type',
      text: `type ${quote(draft.type)} of sample '${draft.name}' is none of ${SAMPLE_TYPES.join(', ')}`,
    }
  const volume = volumeOf(plainNumber(draft.volume))
  if (volume === undefined)
    return draft.volume === undefined || draft.volume === null
      ? { code: 'null-volume', text: `sample '${draft.name}' has no volume` }
      : { code: 'text-volume', text: `volume ${quote(draft.volume)} of sample '${draft.name}' is no number` }
  const when = draft.timestamp ?? notification.metadata.timestamp
  const timestamp = timeWithOffset(when)
  if (timestamp === null)
    return {
      code: 'bad-timestamp',
      text: `timestamp ${quote(when)} of sample '${draft.name}' is not ISO 8601`,
    }
  return {
    id: draft.id ?? randomUUID(),
    name: draft.name,
    type,
    unit: draft.unit,
    volume,
    user_id: idOf(draft.user_id),
    user_name: idOf(draft.user_name),
    project_id: idOf(draft.project_id),
    project_name: idOf(draft.project_name),
    resource_id: idOf(draft.resource_id),
    timestamp,
    resource_metadata: draft.resource_metadata ?? metadataOf(draft, notification),
    source: draft.source ?? source,
    monotonic_time: null,
  }
}

export function isRefusal(made: Sample | Refusal): made is Refusal {
  return 'code' in made
}

function metadataOf(
  draft: SampleDraft,
  { payload, event_type, publisher_id }: AgentNotification,
): Record<string, unknown> {
  const base = 'payload' in draft ? draft.payload : payload
  return { ...(isObject(base) ? base : undefined), event_type, host: publisher_id }
}

const NUMERIC = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

function volumeOf(value: unknown): number | bigint | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string' && NUMERIC.test(value)) return Number(value)
  return undefined
}

/** Ids go as they came; a plug-in that gives a number gets a text. */
function idOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return pythonText(value)
}

function quote(value: unknown): string {
  const text = pythonRepr(value)
  return text.length > 100 ? `${text.slice(0, 100)}...` : text
}
