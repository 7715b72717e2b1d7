import type { Logger } from '../../index.js'
import type { PluginReport } from '../handlers/plugin.js'
import type { AgentNotification } from '../notification.js'
import type { Counters } from './counters.js'

/** `again`: it was converted before, so what is left out of it is not counted. */
export type Convert<D> = (notification: AgentNotification, time: 'first' | 'again') => readonly D[]

/** Counts what conversions leave out, and says each kind of it once a minute. */
export class DropReport implements PluginReport {
  readonly #counters: Counters
  readonly #logger: Logger
  readonly #told = new Map<string, number>()
  #isQuiet = false

  constructor({ counters, logger }: { readonly counters: Counters; readonly logger: Logger }) {
    this.#counters = counters
    this.#logger = logger
  }

  /** Bound: plug-ins may take it apart from the report. */
  readonly drop = (code: string, text: string): void => {
    if (this.#isQuiet) return
    this.count(code)
    const now = Date.now()
    if (now - (this.#told.get(code) ?? 0) < 60_000) return
    this.#told.set(code, now)
    this.#logger.warn(`left out: ${text}; further ones of this minute are only counted (${code})`)
  }

  count(code: string): void {
    if (!this.#isQuiet) this.#counters.add('dropped', 1, { reason: code })
  }

  /** Of a conversion that reports to this. */
  countingOnce<D>(convert: (notification: AgentNotification) => readonly D[]): Convert<D> {
    return (notification, time) => {
      this.#isQuiet = time === 'again'
      try {
        return convert(notification)
      } finally {
        this.#isQuiet = false
      }
    }
  }
}
