import type { Problem } from '../problem.js'

/** What the original raises for the same file, for those who compare. */
export interface OriginalError {
  /** `PipelineException`, or Python's own: `TypeError`. */
  readonly class: string
  /** The original's own words; absent for Python's own errors. */
  readonly message?: string
}

/**
 * Something wrong with a pipeline file. The original stops at the first for which it raises, which is the first here that has `original`; the
 * others it does not look for, or it only logs them.
 */
export interface PipelineProblem extends Problem {
  readonly original?: OriginalError
}

/** The part of a file that is meant: keys and indexes from its top. */
export type FilePath = readonly (string | number)[]

/** Where a part of a file stands, both from 1. */
export interface Place {
  readonly line?: number
  readonly column?: number
}

/** Everything that is wrong with one file, in the order in which the original would come to it. */
export class Findings {
  readonly problems: PipelineProblem[] = []
  readonly #file: string
  readonly #placeOf: (path: FilePath) => Place

  constructor(file: string, placeOf: (path: FilePath) => Place) {
    this.#file = file
    this.#placeOf = placeOf
  }

  /** Whether no pipelines can be made of it. */
  get fatal(): boolean {
    return this.problems.some(({ severity, code }) => severity === 'error' && !LEFT_OUT.has(code))
  }

  /** For what the original has words of its own, which come first. */
  refuse(path: FilePath, code: string, message: string, advice: string): void {
    const original = { class: 'PipelineException', message }
    this.#add(path, { severity: 'error', code, text: `${message}; ${advice}`, original })
  }

  /** Where Python itself would raise: a list where a map should be, and the like. */
  wrongType(path: FilePath, className: string, text: string): void {
    this.#add(path, { severity: 'error', code: 'WRONG_TYPE', text, original: { class: className } })
  }

  /** What is no YAML at all. */
  syntax(place: Place, className: string, text: string): void {
    const original = { class: className }
    this.problems.push({ file: this.#file, ...place, severity: 'error', code: 'YAML', text, original })
  }

  /** What the original does not look at, or takes in silence, or logs. */
  error(path: FilePath, code: string, text: string): void {
    this.#add(path, { severity: 'error', code, text })
  }

  warn(path: FilePath, code: string, text: string): void {
    this.#add(path, { severity: 'warning', code, text })
  }

  #add(path: FilePath, problem: Omit<PipelineProblem, 'file' | 'line' | 'column'>): void {
    this.problems.push({ file: this.#file, ...this.#placeOf(path), ...problem })
  }
}

/** With these the original goes on, without the publisher. */
const LEFT_OUT: ReadonlySet<string> = new Set(['PUBLISHER_FAILED', 'PUBLISHER_MISMATCH'])
