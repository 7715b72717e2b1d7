/** What every driver refuses at its door, in one place so that they refuse it alike. */
import type { ListenOptions, Subscription } from './driver.js'
import { ConfigurationError, UnserializableMessage } from './errors.js'
import { type OptionRules, optionProblems } from './options.js'

/** A credit of 0 would mean no bound to a broker. */
const listenRules: OptionRules = {
  credit: { type: 'integer', min: 1, max: 65_535 },
  deadLetter: { type: 'boolean' },
  timeout: { type: 'number', min: 0 },
  signal: { type: 'object' },
  onRestored: { type: 'function' },
}

/** Throws ConfigurationError that lists everything wrong with the arguments of `listen`. */
export function checkListen(subscriptions: readonly Subscription[], options: ListenOptions): void {
  const problems = optionProblems(options, listenRules)
  if (subscriptions.length === 0) problems.push('there is no subscription; give one or more')
  if (problems.length > 0) throw new ConfigurationError('listen', problems)
}

/** What `send` rejects with (code `BODY_TOO_LARGE`), or undefined when the body may go. Not thrown: a send that is no async function costs less. */
export function refuseBodySize(body: Uint8Array, maxBodySize: number): UnserializableMessage | undefined {
  if (body.byteLength <= maxBodySize) return undefined
  return new UnserializableMessage(
    'BODY_TOO_LARGE',
    `a body of ${body.byteLength} bytes is above maxBodySize (${maxBodySize}); send less, or raise maxBodySize on both sides`,
  )
}
