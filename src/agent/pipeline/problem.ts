import type { DefinitionSource } from '../definitions/source.js'
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

/** Everything that is wrong with one file, in the order in which the original would come to it. */
export class Findings {
  readonly problems: PipelineProblem[]
  readonly #source: DefinitionSource

  constructor(source: DefinitionSource) {
    this.#source = source
    this.problems = source.problems.map((problem) => withOriginal(problem))
  }

  /** Whether no pipelines can be made of it. */
  get fatal(): boolean {
    return this.problems.some(({ severity, code }) => severity === 'error' && !LEFT_OUT.has(code))
  }

  /** For what the original has words of its own, which come first. */
  refuse(path: FilePath, code: string, message: string, advice: string): void {
    this.#add(path, 'error', code, `${message}; ${advice}`, { class: 'PipelineException', message })
  }

  /** Where Python itself would raise: a list where a map should be, and the like. */
  wrongType(path: FilePath, className: string, text: string): void {
    this.#add(path, 'error', 'WRONG_TYPE', text, { class: className })
  }

  /** What the original does not look at, or takes in silence, or logs. */
  error(path: FilePath, code: string, text: string): void {
    this.#add(path, 'error', code, text)
  }

  warn(path: FilePath, code: string, text: string): void {
    this.#add(path, 'warning', code, text)
  }

  #add(
    path: FilePath,
    severity: Problem['severity'],
    code: string,
    text: string,
    original?: OriginalError,
  ): void {
    const problem = this.#source.problem(severity, code, text, this.#source.value, path)
    this.problems.push(original === undefined ? problem : { ...problem, original })
  }
}

/** With these the original goes on, without the publisher. */
const LEFT_OUT: ReadonlySet<string> = new Set(['PUBLISHER_FAILED', 'PUBLISHER_MISMATCH'])

/** What is no YAML, under PyYAML's name for it, as far as its words can be known from ours. */
function withOriginal(problem: Problem): PipelineProblem {
  if (problem.severity !== 'error') return problem
  const found = CLASSES.find(([words]) => words.test(problem.text))
  return { ...problem, original: { class: found?.[1] ?? 'ParserError' } }
}

const CLASSES: readonly (readonly [words: RegExp, name: string])[] = [
  [/does not fit its tag/, 'ValueError'],
  [/alias cannot be an empty/i, 'ScannerError'],
  [/anchor|alias|multiple documents/i, 'ComposerError'],
  [/the tag |a key can not|merges in/, 'ConstructorError'],
  [/nested mappings|implicit key|tab|quote|escape|cannot start|block scalar header/i, 'ScannerError'],
]
