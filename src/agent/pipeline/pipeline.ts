import type { Logger } from '../../index.js'
import { describeFound } from '../definitions/mapping.js'
import type { TextMatcher } from '../glob.js'
import { type PipelineStats, Tally } from './counters.js'
import type { Kind } from './kind.js'
import type { Offering, Shipment } from './outlet.js'
import { Sink } from './sink.js'

/** The part of a source that pipelines need; its pipelines share it. */
export interface Source {
  readonly name: string
  readonly accepts: TextMatcher
  accepted: number
}

const MOST_TOLD = 1_000

/** Definitions may take names from anywhere in a notification. */
function isText(name: unknown): boolean {
  return typeof name === 'string'
}

/** One source with one of its sinks. source: ceilometer/pipeline/base.py Pipeline */
export class Pipeline<D> {
  /** `source:sink`, or the one name if both are equal; of events with `event:` before. */
  readonly name: string
  readonly source: Source
  readonly sink: Sink<D>
  readonly #kind: Kind<D>
  readonly #logger: Logger
  readonly #dropped = new Tally()
  readonly #told = new Set<string>()
  #accepted = 0
  #offering: Offering<D>

  constructor(kind: Kind<D>, name: string, source: Source, sink: Sink<D>, logger: Logger) {
    this.#kind = kind
    this.name = name
    this.source = source
    this.sink = sink
    this.#logger = logger
    this.#offering = sink
  }

  get stats(): PipelineStats {
    return { accepted: this.#accepted, dropped: this.#dropped.counts }
  }

  /** Whether one of this name comes through, as the source has it. What is no text never does. */
  accepts(name: string): boolean {
    return isText(name) && this.source.accepts(name)
  }

  /** Whether this one comes through: accepted by name, and of samples the volume is one. Counts nothing. */
  admits(datum: D): boolean {
    return this.accepts(this.#kind.nameOf(datum)) && typeof this.#kind.admit(datum) !== 'string'
  }

  /** From now on its data go elsewhere than into its sink. */
  divert(offering: Offering<D>): void {
    this.#offering = offering
  }

  /** Its sink once more, with the same publishers and counters, but transformers with a memory of their own. */
  share(): Sink<D> {
    return new Sink(this.sink.parts)
  }

  /** What is to be sent for these. Never throws. */
  offer(data: readonly D[]): readonly Shipment<D>[] {
    const admitted: D[] = []
    let accepted = 0
    for (const datum of data) {
      const name = this.#kind.nameOf(datum)
      if (!isText(name)) {
        this.#drop('no-name', describeFound(name))
        continue
      }
      if (!this.source.accepts(name)) continue
      accepted += 1
      const result = this.#kind.admit(datum)
      if (typeof result === 'string') this.#drop(result, name)
      else admitted.push(result)
    }
    this.#accepted += accepted
    this.source.accepted += accepted
    return admitted.length === 0 ? [] : this.#offering.offer(admitted)
  }

  #drop(reason: string, name: string): void {
    this.#dropped.count(reason)
    const what = `${reason} ${name}`
    if (this.#told.size >= MOST_TOLD || this.#told.has(what)) return
    this.#told.add(what)
    this.#logger.warn(`pipeline ${this.name}: ${name} dropped: ${reason}; further ones are counted only`)
  }
}
