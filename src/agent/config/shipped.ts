/** The project's own definitions. */
import { shippedEvents } from '../events/shipped/index.js'
import { SHIPPED_METERS } from '../meters/shipped.js'
import { VERSIONED_METERS } from '../meters/shipped-versioned.js'
import type { MadeDefinitions } from './files.js'

/** What is used where a configuration names no files; nova's versioned notifications included, which come only where their topic is listened to. */
export function shippedDefinitions(kind: 'meters' | 'events'): readonly MadeDefinitions[] {
  return kind === 'events' ? shippedEvents : ([SHIPPED_METERS, VERSIONED_METERS] as MadeDefinitions[])
}
