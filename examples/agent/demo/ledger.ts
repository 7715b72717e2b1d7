/** Where the demo's samples and events end: a publisher of its own, `ledger://`, that adds them up. */
import { type Event, type Publisher, registerPublisher, type Sample } from 'tocsin/agent'

interface Row {
  readonly unit: string
  readonly type: string
  samples: number
  readonly resources: Set<string>
  last: string
}

export class Ledger {
  readonly #rows = new Map<string, Row>()
  readonly #events = new Map<string, number>()
  /** How often it refuses before it takes anything: a sink that is down for a while. */
  #refusals = 3

  get samples(): number {
    return [...this.#rows.values()].reduce((sum, { samples }) => sum + samples, 0)
  }

  get events(): number {
    return [...this.#events.values()].reduce((sum, count) => sum + count, 0)
  }

  addSamples(samples: readonly Sample[]): void {
    if (this.#refusals > 0) {
      this.#refusals -= 1
      throw new Error('the ledger is not open yet')
    }
    for (const { name, type, unit, volume, resource_id } of samples) {
      const row = this.#rows.get(name) ?? { unit, type, samples: 0, resources: new Set(), last: '' }
      row.samples += 1
      if (resource_id !== null) row.resources.add(resource_id)
      row.last = String(volume)
      this.#rows.set(name, row)
    }
  }

  addEvents(events: readonly Event[]): void {
    for (const { event_type } of events) this.#events.set(event_type, (this.#events.get(event_type) ?? 0) + 1)
  }

  meterTable(): string {
    const rows = [...this.#rows]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, { type, unit, samples, resources }]) => [
        name,
        type,
        unit,
        String(samples),
        String(resources.size),
      ])
    return table(['meter', 'type', 'unit', 'samples', 'resources'], rows)
  }

  eventTable(): string {
    const rows = [...this.#events]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([type, count]) => [type, String(count)])
    return table(['event type', 'events'], rows)
  }
}

/** Afterwards pipelines may name `ledger://`. */
export function registerLedger(ledger: Ledger): void {
  registerPublisher(
    'ledger',
    ({ safe }): Publisher => ({
      url: safe,
      publishSamples: async (samples) => ledger.addSamples(samples),
      publishEvents: async (events) => ledger.addEvents(events),
      flush: async () => {},
      close: async () => {},
    }),
  )
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (/^\d+$/.test(cell) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(titles), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}
