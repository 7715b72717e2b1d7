/** What the agent counts, and how Prometheus reads it. */

type Labels = Readonly<Record<string, string>>

interface Series {
  readonly labels: Labels
  value: number
}

interface Family {
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly series: Map<string, Series>
}

export type CounterName =
  | 'consumed'
  | 'matched'
  | 'dropped'
  | 'samples'
  | 'events'
  | 'published'
  | 'failed'
  | 'retried'
  | 'dead'
  | 'reloads'
  | 'lag_seconds'
  | 'batch_seconds'

const FAMILIES: Record<CounterName, readonly ['counter' | 'gauge', string]> = {
  consumed: ['counter', 'Notifications received, each attempt counted.'],
  matched: [
    'counter',
    'Notifications that gave at least one sample or event, by kind; each once, however often it is tried.',
  ],
  dropped: ['counter', 'What was not made or not kept, by reason.'],
  samples: ['counter', 'Samples made; each once, however often its notification is tried.'],
  events: ['counter', 'Events made; each once, however often its notification is tried.'],
  published: ['counter', 'Samples and events that a sink took, by sink and kind.'],
  failed: [
    'counter',
    'Samples and events that a sink did not take, by sink and kind, and notifications that could not be converted; each attempt counted.',
  ],
  retried: ['counter', 'Notifications that were sent back to be tried again, by endpoint.'],
  dead: ['counter', 'Notifications that went to the dead-letter queue.'],
  reloads: ['counter', 'Times the configuration was read anew, by result.'],
  lag_seconds: ['gauge', 'Age of the last notification when it was converted.'],
  batch_seconds: ['gauge', 'Time that the last batch took, publishing included.'],
}

/** More label values than this are counted under `other`: event types and reasons come from outside. */
const MOST_SERIES = 1_000

export class Counters {
  readonly #families: ReadonlyMap<CounterName, Family> = new Map(
    (Object.keys(FAMILIES) as CounterName[]).map((name) => {
      const [type, help] = FAMILIES[name]
      return [name, { type, help, series: new Map<string, Series>() }]
    }),
  )

  add(name: CounterName, count = 1, labels: Labels = {}): void {
    this.#series(name, labels).value += count
  }

  set(name: CounterName, value: number, labels: Labels = {}): void {
    this.#series(name, labels).value = value
  }

  /** Of one series, or the sum of all. */
  get(name: CounterName, labels?: Labels): number {
    const { series } = this.#family(name)
    if (labels !== undefined) return series.get(keyOf(labels))?.value ?? 0
    let sum = 0
    for (const { value } of series.values()) sum += value
    return sum
  }

  /** By name, then by labels (`reason="null-volume"`; empty for the one without). */
  snapshot(): Record<string, Record<string, number>> {
    return Object.fromEntries(
      [...this.#families].map(([name, { series }]) => [
        name,
        Object.fromEntries([...series].map(([key, { value }]) => [key, value])),
      ]),
    )
  }

  /** The text format 0.0.4 of Prometheus. */
  toPrometheus(): string {
    const lines: string[] = []
    for (const [name, { type, help, series }] of this.#families) {
      const full = `tocsin_agent_${name}${type === 'counter' ? '_total' : ''}`
      lines.push(`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`)
      for (const [key, { value }] of series) lines.push(`${full}${key === '' ? '' : `{${key}}`} ${value}`)
      if (series.size === 0 && type === 'counter') lines.push(`${full} 0`)
    }
    return `${lines.join('\n')}\n`
  }

  #family(name: CounterName): Family {
    return this.#families.get(name) as Family
  }

  #series(name: CounterName, labels: Labels): Series {
    const { series } = this.#family(name)
    const key = keyOf(labels)
    const known = series.get(key)
    if (known !== undefined) return known
    const isFull = series.size >= MOST_SERIES
    const kept = isFull ? Object.fromEntries(Object.keys(labels).map((label) => [label, 'other'])) : labels
    const keptKey = isFull ? keyOf(kept) : key
    let made = series.get(keptKey)
    if (made === undefined) {
      made = { labels: kept, value: 0 }
      series.set(keptKey, made)
    }
    return made
  }
}

function keyOf(labels: Labels): string {
  let key = ''
  for (const label in labels) {
    const value = (labels[label] ?? '')
      .replaceAll('\\', '\\\\')
      .replaceAll('"', '\\"')
      .replaceAll('\n', '\\n')
    key += `${key === '' ? '' : ','}${label}="${value}"`
  }
  return key
}
