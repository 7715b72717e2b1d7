/** The dry run behind `tocsin agent convert`: a line in, a line out, nothing sent anywhere. */
import type { Event } from '../event.js'
import type { AgentNotification } from '../notification.js'
import type { Sample } from '../sample.js'
import { writeJson } from './json-writer.js'
import { readLine } from './notification-line.js'

/** What lines are converted by. What they throw becomes the line's `error`. */
export interface Conversion {
  samples(notification: AgentNotification): readonly Sample[]
  event(notification: AgentNotification): Event | null
  /** Indexes of the samples that a pipeline lets through. Absent = no pipeline was given. */
  published?(samples: readonly Sample[]): readonly number[]
}

interface Converted {
  samples: readonly Omit<Sample, 'id'>[]
  event: object | null
  published?: readonly number[]
  error?: Record<string, string>
}

/** source: the endpoints' methods in ceilometer/pipeline/{sample,event}.py */
const SAMPLE_PRIORITIES: ReadonlySet<string> = new Set(['info', 'sample'])
const EVENT_PRIORITIES: ReadonlySet<string> = new Set(['info', 'error'])

/** Never throws: a line that is no notification gives one with `error.line`. */
export function convertLine(line: string, conversion: Conversion): string {
  const read = readLine(line)
  if ('fault' in read) return writeJson({ samples: [], event: null, error: { line: read.fault } })
  return writeJson(convert(read.notification, conversion))
}

function convert(notification: AgentNotification, conversion: Conversion): Converted {
  const { priority } = notification
  const converted: Converted = { samples: [], event: null }
  const attempt = (part: string, run: () => void): void => {
    try {
      run()
    } catch (error) {
      converted.error = { ...converted.error, [part]: describe(error) }
    }
  }
  if (SAMPLE_PRIORITIES.has(priority)) {
    attempt('samples', () => {
      const samples = conversion.samples(notification)
      converted.samples = samples.map(withoutId)
      if (conversion.published !== undefined) converted.published = conversion.published(samples)
    })
  }
  if (EVENT_PRIORITIES.has(priority)) {
    attempt('event', () => {
      const event = conversion.event(notification)
      converted.event = event === null ? null : eventLine(event)
    })
  }
  return converted
}

/** Its id is new at each run. */
function withoutId({ id: _id, ...rest }: Sample): Omit<Sample, 'id'> {
  return rest
}

/** `raw` where it was asked for. */
function eventLine({ raw, ...event }: Event): object {
  return Object.keys(raw).length === 0 ? event : { ...event, raw }
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
