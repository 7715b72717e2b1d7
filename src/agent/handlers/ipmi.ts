/** Sensors that ironic reads. source: ceilometer/ipmi/notifications/ironic.py */
import type { AgentNotification } from '../notification.js'
import { pythonText } from '../values/index.js'
import { isObject, ownOf } from './member.js'
import type { NotificationPlugin, PluginReport, SampleDraft } from './plugin.js'

/** The last is no plug-in of the original's default, which forgot to register it. */
export const SENSORS = ['temperature', 'voltage', 'current', 'fan', 'power'] as const

export type Sensor = (typeof SENSORS)[number]

const UNITS: Readonly<Record<string, string>> = { Watts: 'W', Volts: 'V' }

/** One gauge per sensor of the kind. */
export function ipmiPlugin(sensor: Sensor): NotificationPlugin {
  // Temperature in the payload, temperature in the sample.
  const member = `${sensor.charAt(0).toUpperCase()}${sensor.slice(1)}`
  const name = `hardware.ipmi.${sensor}`

  function* processNotification(
    notification: AgentNotification,
    report: PluginReport,
  ): Generator<SampleDraft> {
    const readings = ownOf(ownOf(notification.payload, 'payload'), member)
    if (!isObject(readings)) return
    for (const reading of Object.values(readings)) {
      if (sensor === 'current' && isConsumption(reading)) continue
      const made = readSensor(name, notification, reading)
      if (typeof made === 'string') report.drop('invalid-sensor', made)
      else if (made !== undefined) yield made
    }
  }

  return { name, eventTypes: ['hardware.ipmi.*'], processNotification }
}

/** A draft; a text when it can't be read; undefined for a sensor that is switched off. */
function readSensor(
  name: string,
  { payload, publisher_id }: AgentNotification,
  reading: unknown,
): SampleDraft | string | undefined {
  const [node, id] = [ownOf(payload, 'node_uuid'), ownOf(reading, 'Sensor ID')]
  if (node === undefined) return "invalid sensor data for missing id: missing key in payload: 'node_uuid'"
  if (id === undefined) return "invalid sensor data for missing id: missing key in payload: 'Sensor ID'"
  const resource = `${pythonText(node)}-${pythonText(id).toLowerCase().replaceAll(' ', '_')}`
  const text = ownOf(reading, 'Sensor Reading')
  if (text === undefined) return `invalid sensor data for ${resource}: missing 'Sensor Reading' in payload`
  if (text === 'Disabled') return undefined
  const parsed = parseReading(text)
  if (parsed === undefined)
    return `invalid sensor data for ${resource}: unable to parse sensor reading: ${pythonText(text)}`
  return {
    name,
    type: 'gauge',
    ...parsed,
    user_id: ownOf(payload, 'user_id'),
    project_id: ownOf(payload, 'project_id'),
    resource_id: resource,
    // Not the notification's: a reading may be older. A null makes the draft fall back, an unreadable text does not.
    timestamp: ownOf(payload, 'timestamp'),
    resource_metadata: {
      ...(reading as object),
      node,
      event_type: ownOf(payload, 'event_type'),
      host: publisher_id,
    },
  }
}

/** `26 (+/- 0.500) degrees C`: the number before the first space, the word after the last. */
function parseReading(text: unknown): { readonly volume: number; readonly unit: string } | undefined {
  if (typeof text !== 'string') return undefined
  const space = text.indexOf(' ')
  const number = text.slice(0, space)
  if (space < 0 || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(number)) return undefined
  const unit = text.slice(text.lastIndexOf(' ') + 1)
  return { volume: Number(number), unit: Object.hasOwn(UNITS, unit) ? (UNITS[unit] as string) : unit }
}

function isConsumption(reading: unknown): boolean {
  return pythonText(ownOf(reading, 'Sensor ID')).includes('Pwr Consumption')
}
