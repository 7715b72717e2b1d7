/** Samples as OTLP's ExportMetricsServiceRequest in its JSON encoding: lower camel case, 64-bit integers as text, enums as numbers. */
import type { Sample, SampleType } from '../sample.js'
import { unixNanoseconds } from './unix-time.js'

/** AggregationTemporality of opentelemetry/proto/metrics/v1. */
const TEMPORALITY = { delta: 1, cumulative: 2 } as const

interface DataPoint {
  readonly attributes: readonly Attribute[]
  readonly timeUnixNano: string
  readonly asDouble?: number | string
  readonly asInt?: string
}

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue: string }
}

interface Metric {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly type: SampleType
  readonly dataPoints: DataPoint[]
}

export interface OtlpRequest {
  readonly body: Readonly<Record<string, unknown>>
  /** Samples that have no place in it: their volume is no number, or their timestamp no time. */
  readonly dropped: number
}

/** One metric for each name, unit and type, one data point for each sample. */
export function otlpRequest(samples: readonly Sample[], host: string): OtlpRequest {
  const metrics = new Map<string, Metric>()
  let dropped = 0
  for (const sample of samples) {
    const point = dataPoint(sample)
    if (point === undefined) dropped += 1
    else metricOf(sample, metrics).dataPoints.push(point)
  }
  const resource = { attributes: [attribute('service.name', 'tocsin-agent'), attribute('host.name', host)] }
  const scopeMetrics = [{ scope: { name: 'tocsin/agent' }, metrics: [...metrics.values()].map(written) }]
  return { body: { resourceMetrics: [{ resource, scopeMetrics }] }, dropped }
}

/** The original's form: one request for a sample, snake case, seconds in the fields of nanoseconds, `counter`. */
export function originalOtlpRequest(sample: Sample): Readonly<Record<string, unknown>> {
  const { name, unit, type, volume, timestamp } = sample
  const seconds = Math.floor(localSeconds(timestamp))
  const attributes = (['resource_id', 'user_id', 'project_id'] as const).map((key) => ({
    key,
    value: { string_value: sample[key] },
  }))
  const point = {
    attributes,
    start_time_unix_nano: seconds,
    time_unix_nano: seconds,
    as_double: volume,
    flags: 0,
  }
  const kind = type === 'cumulative' ? 'counter' : 'gauge'
  const metric = {
    name: name.replaceAll('.', '_'),
    description: `${name} unit:${unit}`,
    unit,
    [kind]: { data_points: [point] },
  }
  const scope = { name: 'ceilometer', version: 'v1' }
  return { resource_metrics: [{ scope_metrics: [{ scope, metrics: [metric] }] }] }
}

function metricOf({ name, unit, type }: Sample, metrics: Map<string, Metric>): Metric {
  const key = `${name}\n${unit}\n${type}`
  const known = metrics.get(key)
  if (known !== undefined) return known
  const metric: Metric = { name, description: `${name} unit:${unit}`, unit, type, dataPoints: [] }
  metrics.set(key, metric)
  return metric
}

function written({ name, description, unit, type, dataPoints }: Metric): Readonly<Record<string, unknown>> {
  if (type === 'gauge') return { name, description, unit, gauge: { dataPoints } }
  // A delta may be negative, so it is not monotonic.
  const sum = {
    dataPoints,
    aggregationTemporality: TEMPORALITY[type],
    isMonotonic: type === 'cumulative',
  }
  return { name, description, unit, sum }
}

function dataPoint(sample: Sample): DataPoint | undefined {
  const timeUnixNano = unixNanoseconds(sample.timestamp)
  const value = pointValue(sample.volume)
  if (timeUnixNano === undefined || value === undefined) return undefined
  const attributes = (['resource_id', 'user_id', 'project_id'] as const).flatMap((key) => {
    const text = sample[key]
    return text === null ? [] : [attribute(key, text)]
  })
  return { attributes, timeUnixNano, ...value }
}

function pointValue(volume: Sample['volume']): Pick<DataPoint, 'asDouble' | 'asInt'> | undefined {
  if (typeof volume === 'bigint')
    return BigInt.asIntN(64, volume) === volume ? { asInt: volume.toString() } : { asDouble: Number(volume) }
  if (typeof volume === 'number') return { asDouble: jsonDouble(volume) }
  const number = Number(volume)
  return volume.trim() === '' || Number.isNaN(number) ? undefined : { asDouble: jsonDouble(number) }
}

/** The JSON mapping writes as text what JSON has no number for. */
function jsonDouble(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

function attribute(key: string, stringValue: string): Attribute {
  return { key, value: { stringValue } }
}

/** As the original computes it: what the clock on the wall says, taken for local time, the offset ignored. */
function localSeconds(timestamp: string): number {
  const wall = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}/.exec(timestamp)?.[0] ?? ''
  return Date.parse(wall.replace(' ', 'T')) / 1_000
}
