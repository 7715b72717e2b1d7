/** A classic handler as a row of data, and the one plug-in that reads rows. source: ceilometer 2015.1, the classes of ceilometer/*\/notifications */
import type { AgentNotification } from '../notification.js'
import { ownOf } from './member.js'
import type { NotificationPlugin, ReservedMetadata, SampleDraft } from './plugin.js'
import { withUserMetadata } from './user-metadata.js'

/**
 * Where a value comes from: a text that starts with `$.` is a path from the view (`$.payload.tenant_id`, `$.item.id`), any other text and
 * numbers stand for themselves; a list takes the first that is there.
 */
export type Field = string | number | readonly string[] | ((view: View) => unknown)

/** What a row's fields see: the notification, and the item of a list that a row goes through. */
export interface View {
  readonly ctxt: unknown
  readonly publisher_id: string
  readonly event_type: string
  readonly payload: unknown
  readonly item: unknown
}

/** One sample. Without a name it is not made, and nobody is told. */
export interface SampleRow {
  readonly name: Field
  readonly type: Field
  readonly unit: Field
  readonly volume: Field
  readonly user?: Field
  readonly project?: Field
  readonly resource: Field
  readonly timestamp?: Field
}

export interface HandlerRow {
  readonly name: string
  readonly eventTypes: readonly string[]
  /** Says only that something happened (volume 1); events say it better. Not among `metrics`. */
  readonly isNonMetric?: true
  /** The list to go through, each as `item`. Absent = once, without an item. */
  readonly items?: (view: View) => Iterable<unknown>
  /** What the resource metadata is made of. Default `payload`. `user-metadata`: the payload, its `metadata` reduced to what is reserved. */
  readonly metadata?: 'payload' | 'item' | 'user-metadata'
  readonly samples: readonly SampleRow[]
}

type Getter = (view: View) => unknown

/** Compiles a row once. */
export function rowPlugin(row: HandlerRow, reserved: ReservedMetadata): NotificationPlugin {
  const samples = row.samples.map(compileSample)
  const itemsOf = row.items ?? (() => [undefined])
  const payloadOf = {
    payload: (view: View) => view.payload,
    item: (view: View) => view.item,
    'user-metadata': (view: View) => withUserMetadata(view.payload, reserved),
  }[row.metadata ?? 'payload']

  function* processNotification(notification: AgentNotification): Generator<SampleDraft> {
    const { ctxt, publisher_id, event_type, payload } = notification
    for (const item of itemsOf({ ctxt, publisher_id, event_type, payload, item: undefined })) {
      const view: View = { ctxt, publisher_id, event_type, payload, item }
      for (const make of samples) {
        const draft = make(view, payloadOf)
        if (draft !== undefined) yield draft
      }
    }
  }

  return { name: row.name, eventTypes: row.eventTypes, processNotification }
}

function compileSample(row: SampleRow): (view: View, payloadOf: Getter) => SampleDraft | undefined {
  const [name, type, unit, volume] = [row.name, row.type, row.unit, row.volume].map(compileField) as [
    Getter,
    Getter,
    Getter,
    Getter,
  ]
  const [user, project, resource, timestamp] = [row.user, row.project, row.resource, row.timestamp].map(
    (field) => (field === undefined ? () => undefined : compileField(field)),
  ) as [Getter, Getter, Getter, Getter]
  return (view, payloadOf) => {
    const named = name(view)
    if (typeof named !== 'string' || named === '') return undefined
    return {
      name: named,
      type: textOf(type(view)),
      unit: textOf(unit(view)),
      volume: volume(view),
      user_id: user(view),
      project_id: project(view),
      resource_id: resource(view),
      timestamp: timestamp(view),
      payload: payloadOf(view),
    }
  }
}

function compileField(field: Field): Getter {
  if (typeof field === 'function') return field
  if (typeof field === 'number') return () => field
  if (typeof field === 'string') return field.startsWith('$.') ? path(field.slice(2)) : () => field
  const getters = field.map((one) => path(one.slice(2)))
  return (view) => {
    for (const get of getters) {
      const value = get(view)
      if (value !== undefined && value !== null && value !== '') return value
    }
    return undefined
  }
}

/** Own members only: a payload may be named anything. */
export function path(text: string): Getter {
  const keys = text.split('.')
  return (view) => {
    let value: unknown = view
    for (const key of keys) value = ownOf(value, key)
    return value
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
