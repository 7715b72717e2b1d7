/**
 * The project's own definitions of events, for what a cloud's services send. They know the traits that the original's shipped file knows; where that
 * file has mistakes, and where it leaves events to its catch-all, a comment says so.
 */
import { auditEvents } from './audit.js'
import { computeEvents } from './compute.js'
import type { EventDefinitionConfig } from './config.js'
import { dnsEvents } from './dns.js'
import { identityEvents } from './identity.js'
import { networkEvents } from './network.js'
import { versionedNovaEvents } from './nova-versioned.js'
import { storageEvents } from './storage.js'
import { telemetryEvents } from './telemetry.js'
import { troveEvents } from './trove.js'

/** As files, for `loadEvents`. */
export const shippedEvents: readonly {
  readonly file: string
  readonly definitions: readonly EventDefinitionConfig[]
}[] = [
  {
    file: 'built-in events',
    definitions: [
      ...computeEvents,
      ...storageEvents,
      ...telemetryEvents,
      ...identityEvents,
      ...networkEvents,
      ...auditEvents,
      ...dnsEvents,
      ...troveEvents,
    ],
  },
  { file: 'built-in events of versioned notifications', definitions: versionedNovaEvents },
]
