import { InvalidFilter } from '../core/errors.js'

/**
 * Steps that one text may cost beyond one look-up per character (13 to 26 ns, measured). All of them take 3 to 10 ms; a pattern of a
 * configuration file spends some hundreds, on its first texts only.
 */
const mostSteps = 300_000

/** Bounds the work that texts cause in one pattern. */
export class Effort {
  #left = mostSteps

  /** For the next text. */
  renew(): void {
    this.#left = mostSteps
  }

  /** Throws InvalidFilter when the steps are used up. */
  spend(steps: number): void {
    this.#left -= steps
    if (this.#left >= 0) return
    throw new InvalidFilter(
      'PATTERN_TOO_COSTLY',
      `a pattern needs more than ${mostSteps} steps for one text; write fewer counted repetitions ('{m,n}') behind an open beginning ('.*'), or use a filter function`,
    )
  }
}
