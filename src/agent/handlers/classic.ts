/** The original's own plug-ins by name. source: ceilometer 2015.1 setup.cfg (ceilometer.notification), HEAD setup.cfg (ceilometer.sample.endpoint) */
import { COMPUTE_ROWS } from './compute-rows.js'
import { IDENTITY_ROWS } from './identity-rows.js'
import { ipmiPlugin, SENSORS } from './ipmi.js'
import { NETWORK_ROWS } from './network-rows.js'
import { OTHER_ROWS } from './other-rows.js'
import type { NotificationPlugin, ReservedMetadata } from './plugin.js'
import { pollingPlugin, type Verify } from './polling.js'
import { type HandlerRow, rowPlugin } from './row.js'
import { STORAGE_ROWS } from './storage-rows.js'

export interface ClassicOptions {
  readonly reserved: ReservedMetadata
  /** For `_sample` and `telemetry.api`. Absent = signatures are not looked at. */
  readonly verify?: Verify | undefined
}

const ROWS: readonly HandlerRow[] = [
  ...COMPUTE_ROWS,
  ...NETWORK_ROWS,
  ...STORAGE_ROWS,
  ...IDENTITY_ROWS,
  ...OTHER_ROWS,
]

const MAKERS: ReadonlyMap<string, (options: ClassicOptions) => NotificationPlugin> = new Map([
  ...ROWS.map((row) => [row.name, ({ reserved }: ClassicOptions) => rowPlugin(row, reserved)] as const),
  ...SENSORS.map((sensor) => [`hardware.ipmi.${sensor}`, () => ipmiPlugin(sensor)] as const),
  ['_sample', ({ verify }: ClassicOptions) => pollingPlugin('_sample', 'telemetry.polling', verify)] as const,
  [
    'telemetry.api',
    ({ verify }: ClassicOptions) => pollingPlugin('telemetry.api', 'telemetry.api', verify),
  ] as const,
])

/** Every classic handler, as `handlers` of the configuration takes them. */
export const CLASSIC_HANDLERS: readonly string[] = [...MAKERS.keys()]

/** Those that measure something: what `metrics` among `handlers` stands for. The others only say that something happened. */
export const METRIC_HANDLERS: readonly string[] = CLASSIC_HANDLERS.filter(
  (name) => ROWS.find((row) => row.name === name)?.isNonMetric !== true,
)

/** What the original runs beside its meter definitions today, in its order. */
export const DEFAULT_HANDLERS: readonly string[] = [
  '_sample',
  'hardware.ipmi.current',
  'hardware.ipmi.fan',
  'hardware.ipmi.temperature',
  'hardware.ipmi.voltage',
  'http.request',
  'http.response',
]

/** Undefined when there is none of that name. */
export function classicHandler(name: string, options: ClassicOptions): NotificationPlugin | undefined {
  return MAKERS.get(name)?.(options)
}
