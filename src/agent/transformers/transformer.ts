import type { Sample } from '../sample.js'
import type { Parameters } from './parameters.js'

/** When a flush takes place. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Nothing comes afterwards: what is held goes out now or never. */
  readonly closing: boolean
}

/**
 * One step of a sink, with a state of its own. Synchronous, so that samples stay in their order. Its memory is bounded.
 * source: ceilometer/transformer/*.py of 2016
 */
export interface Transformer {
  /** What goes on to the next step; undefined when the sample was kept or dropped. May throw: the sample is dropped and counted, the others go on. */
  handle(sample: Sample): Sample | undefined
  /** What it kept and now lets go, which runs through the steps after it. */
  flush(moment: Moment): readonly Sample[]
  /** Samples or predecessors in its memory, for those who watch it. */
  readonly held: number
}

/** What a transformer is told with. */
export interface TransformerContext {
  /** Counts a sample that ends here, by reason: `no-predecessor`. The first of each reason is logged. */
  drop(reason: string, sample: Sample): void
  /** Counts what the bounds of memory cost, e.g. `predecessor-evicted`. */
  count(what: string): void
  /** Milliseconds since 1970. */
  now(): number
}

/** Makes a transformer from the `parameters` of a pipeline file. What is wrong with them it reports there: all of it, and never by throwing. */
export type TransformerFactory = (parameters: Parameters, context: TransformerContext) => Transformer

/** A sample that a transformer can't work on. */
export class TransformFailure extends Error {
  override readonly name = 'TransformFailure'
}
