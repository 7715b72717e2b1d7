import { createHmac, timingSafeEqual } from 'node:crypto'

import { float } from '../values/index.js'
import { type ListForm, signedText } from './signed-text.js'

export interface SignatureOptions {
  /**
   * How texts within lists count. Default `bytes`, as in the original since November 2017; `legacy2016` for peers older than that. Messages whose lists
   * hold no text have the same signature in both.
   */
  readonly lists?: ListForm
}

/**
 * Hex HMAC-SHA256 of a message as Python will read it from our JSON; a `message_signature` that is there does not count. An empty secret gives an
 * empty signature. Never throws on what JSON can hold. source: ceilometer/publisher/utils.py compute_signature
 */
export function sign(message: object, secret: string, { lists = 'bytes' }: SignatureOptions = {}): string {
  if (secret === '') return ''
  return hmac(signedText(message, { lists, wholeFloats: 'as-sent' }), secret)
}

/**
 * Whether the `message_signature` of a received message fits; always with an empty secret. A missing one does not fit. JSON.parse can't tell `1.0` from
 * `1`, over which signatures differ, so that `counter_volume` and `monotonic_time` may be either; whole floats elsewhere need a message whose floats
 * are WholeFloat. source: ceilometer/publisher/utils.py verify_signature
 */
export function verify(message: object, secret: string, { lists = 'bytes' }: SignatureOptions = {}): boolean {
  if (secret === '') return true
  const given: unknown = (message as { message_signature?: unknown }).message_signature
  if (typeof given !== 'string' || !hexDigest.test(given)) return false
  const digest = Buffer.from(given)
  return readings(message).some((one) => {
    const wanted = hmac(signedText(one, { lists, wholeFloats: 'as-read' }), secret)
    return timingSafeEqual(digest, Buffer.from(wanted))
  })
}

const hexDigest = /^[0-9a-f]{64}$/

function hmac(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text, 'utf8').digest('hex')
}

/** The message, and the message with its measured numbers as floats. */
function readings(message: object): object[] {
  const all = [message]
  for (const name of ['counter_volume', 'monotonic_time']) {
    const value: unknown = (message as Record<string, unknown>)[name]
    if (typeof value !== 'number' || !Number.isInteger(value)) continue
    all.push(...all.map((one) => ({ ...one, [name]: float(value) })))
  }
  return all
}
