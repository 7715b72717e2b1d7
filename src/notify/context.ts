import { notificationInHand } from '../core/context.js'
import type { EventMap, Notification } from './endpoint.js'

/**
 * The notification whose endpoint called, however deep below it and however many awaits later; below a batch endpoint the first of its
 * batch. Undefined outside of an endpoint, or with `context: false`; and for a notification that was in hand behind an await when this was
 * first called in the process, unless the listener has `context: true`. Works in worker threads too.
 */
export function currentNotification<E extends EventMap = EventMap>(): Notification<E> | undefined {
  const inHand = notificationInHand()
  return (Array.isArray(inHand) ? inHand[0] : inHand) as Notification<E> | undefined
}

/** The batch whose endpoint called, or undefined outside of a batch endpoint. */
export function currentBatch<E extends EventMap = EventMap>(): readonly Notification<E>[] | undefined {
  const inHand = notificationInHand()
  return Array.isArray(inHand) ? (inHand as readonly Notification<E>[]) : undefined
}
