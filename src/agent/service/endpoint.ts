/** A batch endpoint: converts, publishes once, and says of each notification how it went. */
import {
  type BatchNotificationEndpoint,
  type Notification,
  type NotificationResult,
  PRIORITIES,
  type Priority,
} from '../../index.js'
import { ConversionFailure } from '../meters/failure.js'
import type { AgentNotification } from '../notification.js'
import { SinkFailure } from '../pipeline/sink-failure.js'
import { readTime } from '../values/index.js'
import type { Counters } from './counters.js'
import type { BatchDelivery, Parcel } from './delivery.js'
import type { Convert } from './drop-report.js'
import type { Repeats } from './repeats.js'
import type { Retries, Trouble } from './retries.js'

export interface EndpointParts<D> {
  /** `samples` or `events`: under which retries remember that it is done. */
  readonly kind: 'samples' | 'events'
  /** What it handles; the original's `sample` endpoints: info and sample; `event` endpoint: info and error. */
  readonly priorities: readonly Priority[]
  /** What it throws makes the notification come back by the retry policy. */
  readonly convert: Convert<D>
  readonly delivery: BatchDelivery<D>
  readonly repeats: Repeats
  readonly counters: Counters
  readonly retries: Retries
  /** Told what came and what was made, for the live view; once, however often it is tried. Never throw. */
  readonly onNotification?: ((notification: Notification) => void) | undefined
  readonly onMade?: ((data: readonly D[]) => void) | undefined
}

interface Sent<D> extends Parcel<D> {
  readonly notification: Notification
}

/** Its methods never reject. */
export function batchEndpoint<D>(parts: EndpointParts<D>): BatchNotificationEndpoint {
  const handle = (batch: readonly Notification[]): Promise<ReadonlyMap<Notification, NotificationResult>> =>
    handleBatch(parts, batch)
  return {
    name: parts.kind,
    ...Object.fromEntries(parts.priorities.map((priority) => [priority, handle])),
  }
}

/** Takes what no other endpoint handles, so that no queue fills up. source: ceilometer/pipeline/base.py, whose endpoints have all seven methods */
export function restEndpoint(
  handled: ReadonlySet<Priority>,
  counters: Counters,
  onNotification: EndpointParts<never>['onNotification'],
): BatchNotificationEndpoint {
  const rest = PRIORITIES.filter((priority) => !handled.has(priority))
  return {
    name: 'rest',
    ...Object.fromEntries(
      rest.map((priority) => [
        priority,
        (batch: readonly Notification[]) => {
          for (const notification of batch) onNotification?.(notification)
          counters.add('dropped', batch.length, { reason: `priority-${priority}` })
        },
      ]),
    ),
  }
}

async function handleBatch<D>(
  parts: EndpointParts<D>,
  batch: readonly Notification[],
): Promise<ReadonlyMap<Notification, NotificationResult>> {
  const { kind, counters, repeats } = parts
  const started = performance.now()
  const results = new Map<Notification, NotificationResult>()
  const parcels: Sent<D>[] = []
  let made = 0
  let matched = 0
  const sequel = ({ metadata }: Notification, trouble: Trouble, reason: string): NotificationResult =>
    parts.retries.sequel(trouble, metadata.attempts, reason, kind, counters)
  for (const notification of batch) {
    if (notification.metadata.attempts === 0) parts.onNotification?.(notification)
    const isRepeat = repeats.has(notification)
    let data: readonly D[]
    try {
      data = parts.convert(agentNotification(notification), isRepeat ? 'again' : 'first')
    } catch (error) {
      counters.add('failed', 1, { kind, reason: 'conversion' })
      const reason = `the conversion to ${kind} failed: ${textOf(error)}`
      // The same again would fail again; what a plug-in throws may be another matter.
      const trouble = error instanceof ConversionFailure ? 'vain' : 'fault'
      results.set(notification, sequel(notification, trouble, reason))
      continue
    }
    if (isRepeat) repeats.delete(notification)
    else if (data.length > 0) {
      parts.onMade?.(data)
      made += data.length
      matched += 1
    }
    // Also without data: it may be of a batch that is owed something.
    parcels.push({ notification, messageId: notification.metadata.messageId, data })
  }
  if (made > 0) {
    counters.add(kind, made)
    counters.add('matched', matched, { kind })
  }
  for (const [{ notification }, error] of await parts.delivery.deliver(parcels)) {
    const result = sequel(notification, troubleOf(error), error.message)
    results.set(notification, result)
    if (typeof result === 'object' && result.verb === 'requeue') repeats.add(notification)
  }
  counters.set('batch_seconds', (performance.now() - started) / 1_000, { kind })
  const lag = lagOf(batch.at(-1))
  if (lag !== undefined) counters.set('lag_seconds', lag, { kind })
  return results
}

/** A refusal is of what was sent, and final; anything else is the sink's. */
function troubleOf(error: Error): Trouble {
  return error instanceof SinkFailure && error.refused ? 'vain' : 'outage'
}

function agentNotification({
  priority,
  ctxt,
  publisherId,
  eventType,
  payload,
  metadata,
}: Notification): AgentNotification {
  return {
    priority,
    ctxt,
    publisher_id: publisherId,
    event_type: eventType,
    payload,
    metadata: { message_id: metadata.messageId, timestamp: metadata.timestamp },
  }
}

/** Seconds since it was sent; undefined when its time can't be read. */
function lagOf(notification: Notification | undefined): number | undefined {
  const sent = readTime(notification?.metadata.timestamp)
  return sent === null ? undefined : Math.max(0, Date.now() / 1_000 - sent.seconds - sent.microseconds / 1e6)
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
