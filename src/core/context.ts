/**
 * Which notification the running code is about, however deep below the endpoint and however many awaits later.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * `always`: known after each await too, which Node 20 and 22 let each promise of the process pay for, used or not. `asked`: so from the first
 * question on; before it, in the synchronous part of a call.
 */
export type ContextUse = 'always' | 'asked' | 'never'

/** What an option `context` says. */
export function contextUse(context: boolean | undefined): ContextUse {
  return context === undefined ? 'asked' : context ? 'always' : 'never'
}

const store = new AsyncLocalStorage<unknown>()

/** Of the process, or of the thread: who asks once asks again. */
const state: { isAsked: boolean; synchronous: unknown } = { isAsked: false, synchronous: undefined }

/** Runs `call` with `notification` as the one in hand; so for all that it starts. */
export function runWithNotification<R>(notification: unknown, use: ContextUse, call: () => R): R {
  if (use === 'never') return call()
  if (use === 'always' || state.isAsked) return store.run(notification, call)
  const outer = state.synchronous
  state.synchronous = notification
  try {
    return call()
  } finally {
    state.synchronous = outer
  }
}

/** The notification (or batch) in hand, or undefined outside of an endpoint. */
export function notificationInHand(): unknown {
  state.isAsked = true
  return store.getStore() ?? state.synchronous
}
