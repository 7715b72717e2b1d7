/** What a case measured: a line on the screen, and a line of JSON for the table of docs/reliability.md. */
import { appendFileSync } from 'node:fs'

import { resultsFile } from './campaign.js'
import type { Count } from './ledger.js'

export interface Figures extends Count {
  readonly name: string
  /** Peak resident memory of this process, MiB; jest and the compiled sources are some 150 of it. */
  readonly memory: number
  /** Sockets, servers, threads, child processes and timers that were not there before the case and are after it. */
  readonly open: number
  readonly seconds: number
}

/** Shows the figures. */
export function show(figures: Figures, verdict: 'held' | 'FAILED'): void {
  const { name, offered, confirmed, rejected, unknown, handled, duplicates, dead, lost, recovery } = figures
  const { memory, open, seconds } = figures
  process.stdout.write(
    `faults: ${name}: ${verdict}. offered ${offered}, confirmed ${confirmed}, rejected ${rejected}, unknown ${unknown}, ` +
      `handled ${handled}, duplicates ${duplicates}, dead ${dead}, lost ${lost}, recovery ${recovery ?? '-'} ms, ` +
      `memory ${memory} MiB, open ${open}, ${seconds} s\n`,
  )
}

/** Keeps the figures of a case that held for the table. */
export function keep(figures: Figures): void {
  if (resultsFile !== undefined) appendFileSync(resultsFile, `${JSON.stringify(figures)}\n`)
}
