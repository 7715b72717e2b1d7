/** Samples in Prometheus' text format, version 0.0.4. */
import type { Sample, SampleType } from '../sample.js'

export const prometheusContentType = 'text/plain; version=0.0.4'

/** The parts of a line. */
export interface Series {
  readonly name: string
  readonly type: SampleType
  /** `{a="b"}`, or nothing. */
  readonly labels: string
  /** As it is written: `1.5`, `NaN`, `+Inf`. */
  readonly value: string
  readonly resourceId: string | null
}

const types: Readonly<Record<SampleType, string | undefined>> = {
  cumulative: 'counter',
  gauge: 'gauge',
  // What happened since the last one is none of the format's types.
  delta: undefined,
}

/** Undefined when the volume is no number. */
export function seriesOf(sample: Sample): Series | undefined {
  const value = numberText(sample.volume)
  if (value === undefined) return undefined
  const labels = [
    ['resource_id', sample.resource_id],
    ['user_id', sample.user_id],
    ['project_id', sample.project_id],
  ].flatMap(([name, text]) => (text === null || text === undefined ? [] : [`${name}="${escaped(text)}"`]))
  return {
    name: metricName(sample.name),
    type: sample.type,
    labels: labels.length === 0 ? '' : `{${labels.join(',')}}`,
    value,
    resourceId: sample.resource_id,
  }
}

/**
 * A document: the lines of a metric together, as the format wants, below its TYPE when all its series agree on one. Of several values of a
 * series, the last.
 */
export function prometheusText(all: Iterable<Series>): string {
  const metrics = new Map<string, Map<string, Series>>()
  for (const series of all) {
    const lines = metrics.get(series.name) ?? new Map<string, Series>()
    lines.set(series.labels, series)
    metrics.set(series.name, lines)
  }
  let text = ''
  for (const [name, lines] of metrics) {
    const found = new Set([...lines.values()].map(({ type }) => types[type]))
    const [type] = found
    if (found.size === 1 && type !== undefined) text += `# TYPE ${name} ${type}\n`
    for (const { labels, value } of lines.values()) text += `${name}${labels} ${value}\n`
  }
  return text
}

/** The original's text: nothing escaped, `None` for null, a TYPE once for each name, in the order of the samples. */
export function originalPrometheusText(samples: readonly Sample[]): string {
  const seen = new Set<string>()
  let text = ''
  for (const { name: given, type, resource_id, user_id, project_id, volume } of samples) {
    const name = given.replaceAll(/[.-]/g, '_')
    if (!seen.has(name) && types[type] !== undefined) text += `# TYPE ${name} ${types[type]}\n`
    seen.add(name)
    const of = (label: string | null): string => label ?? 'None'
    text += `${name}{resource_id="${of(resource_id)}", user_id="${of(user_id)}", project_id="${of(project_id)}"} ${volume}\n`
  }
  return text
}

function metricName(name: string): string {
  const legal = name.replaceAll(/[^a-zA-Z0-9_:]/g, '_')
  return /^[a-zA-Z_:]/.test(legal) ? legal : `_${legal}`
}

function escaped(label: string): string {
  return label.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function numberText(volume: Sample['volume']): string | undefined {
  if (typeof volume === 'bigint') return volume.toString()
  const number = typeof volume === 'number' ? volume : numberOf(volume)
  if (number === undefined) return undefined
  if (Number.isNaN(number)) return 'NaN'
  if (Number.isFinite(number)) return String(number)
  return number > 0 ? '+Inf' : '-Inf'
}

function numberOf(text: string): number | undefined {
  const number = Number(text)
  return text.trim() === '' || Number.isNaN(number) ? undefined : number
}
