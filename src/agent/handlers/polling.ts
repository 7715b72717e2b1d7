/** Samples that polling agents made. source: ceilometer/telemetry/notifications.py */
import type { AgentNotification } from '../notification.js'
import { pythonText } from '../values/index.js'
import { isObject, objectsIn, ownOf } from './member.js'
import type { NotificationPlugin, PluginReport, SampleDraft } from './plugin.js'

/** Whether the signature of a message is right: `verifySignature` of this door with a secret. */
export type Verify = (message: Readonly<Record<string, unknown>>) => boolean

const REQUIRED = [
  'counter_name',
  'counter_type',
  'counter_unit',
  'counter_volume',
  'user_id',
  'project_id',
  'resource_id',
  'timestamp',
  'resource_metadata',
  'source',
  'message_id',
] as const

/** Takes samples out of `payload.samples`, ids and all. The original verifies no signature here; with `verify` those that fail are dropped. */
export function pollingPlugin(name: string, eventType: string, verify?: Verify): NotificationPlugin {
  function* processNotification(
    { payload }: AgentNotification,
    report: PluginReport,
  ): Generator<SampleDraft> {
    for (const message of objectsIn(ownOf(payload, 'samples'))) {
      const missing = REQUIRED.filter((key) => !Object.hasOwn(message, key))
      if (missing.length > 0) {
        report.drop('incomplete-sample', `a polled sample lacks ${missing.join(', ')}`)
        continue
      }
      if (verify !== undefined && !verify(message)) {
        report.drop(
          'bad-signature',
          `the signature of the polled sample ${textOf(message['message_id'])} is wrong`,
        )
        continue
      }
      yield readMessage(message)
    }
  }

  return { name, eventTypes: [eventType], processNotification }
}

function readMessage(message: Readonly<Record<string, unknown>>): SampleDraft {
  const metadata = message['resource_metadata']
  return {
    name: textOf(message['counter_name']),
    type: textOf(message['counter_type']),
    unit: textOf(message['counter_unit']),
    volume: message['counter_volume'],
    user_id: message['user_id'],
    user_name: ownOf(message, 'user_name'),
    project_id: message['project_id'],
    project_name: ownOf(message, 'project_name'),
    resource_id: message['resource_id'],
    timestamp: message['timestamp'],
    resource_metadata: isObject(metadata) ? metadata : {},
    source: textOf(message['source']),
    id: textOf(message['message_id']),
  }
}

function textOf(value: unknown): string {
  return pythonText(value ?? '')
}
