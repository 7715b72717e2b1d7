/** Reading what an endpoint returned. */
import { MessagingException } from '../core/errors.js'

export type ReadResult =
  | 'handled'
  | { readonly verb: 'requeue'; readonly delay: number | undefined }
  | { readonly verb: 'reject'; readonly reason: string; readonly error: MessagingException }

/** Anything but a requeue or a reject counts as handled, as in the original. */
export function readResult(returned: unknown): ReadResult {
  if (returned === 'requeue') return { verb: 'requeue', delay: undefined }
  if (typeof returned !== 'object' || returned === null || !('verb' in returned)) return 'handled'
  if (returned.verb === 'requeue') {
    const delay = 'delay' in returned ? returned.delay : undefined
    return { verb: 'requeue', delay: typeof delay === 'number' && delay >= 0 ? delay : undefined }
  }
  if (returned.verb === 'reject') {
    const reason = 'reason' in returned && typeof returned.reason === 'string' ? returned.reason : 'rejected'
    const error = new MessagingException('REJECTED', `an endpoint rejected the notification: ${reason}`)
    return { verb: 'reject', reason, error }
  }
  return 'handled'
}

/** What the endpoint behind `for await` returns for a notification that the loop has not seen: not an attempt, so the retry policy has no say. */
export const GIVE_BACK: unique symbol = Symbol('give back')
