/**
 * Which notification the running code is about, however deep below the endpoint and however many awaits later.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

const store = new AsyncLocalStorage<unknown>()

/** Runs `call` with `notification` as the one in hand; so for all that it starts. */
export function runWithNotification<R>(notification: unknown, call: () => R): R {
  return store.run(notification, call)
}

/** The notification (or batch) in hand, or undefined outside of an endpoint. */
export function notificationInHand(): unknown {
  return store.getStore()
}
