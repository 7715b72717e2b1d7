/** What the demo prints: its progress, and a table. */
import type { NotificationListener } from 'tocsin'

/** One line that changes on a terminal; elsewhere a line for each quarter. */
export class Progress {
  #quarter = 0

  show(done: number, total: number, text: string): void {
    const line = `  ${bar(done / total)} ${String(done).padStart(5)}/${total}  ${text}`
    if (process.stdout.isTTY) {
      process.stdout.write(`\r${line}\u001B[K${done === total ? '\n' : ''}`)
      return
    }
    const quarter = Math.floor((4 * done) / total)
    if (quarter > this.#quarter) console.log(line)
    this.#quarter = quarter
  }
}

function bar(part: number): string {
  const full = Math.round(20 * part)
  return `[${'#'.repeat(full)}${'.'.repeat(20 - full)}]`
}

const columns = [
  'listener',
  'endpoint',
  'received',
  'filtered',
  'handled',
  'requeued',
  'dead-lettered',
  'handled/s',
]

/** A row per endpoint; `seconds` is how long all of it took. */
export function table(listeners: Readonly<Record<string, NotificationListener>>, seconds: number): string {
  const rows = Object.entries(listeners).flatMap(([name, listener]) =>
    Object.entries(listener.stats().endpoints).map(([endpoint, counts], index) => {
      const { received, filtered, handled, requeued, rejected } = counts
      const numbers = [received, filtered, handled, requeued, rejected, Math.round(handled / seconds)]
      return [index === 0 ? name : '', endpoint, ...numbers.map(String)]
    }),
  )
  const widths = columns.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
