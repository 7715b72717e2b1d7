import { MessagingException } from '../../index.js'

/** A JSONPath that can't be read. Code `INVALID_PATH`. */
export class PathError extends MessagingException {
  readonly path: string
  /** Characters before the place that is wrong, from 0. */
  readonly position: number

  constructor(path: string, position: number, problem: string) {
    super('INVALID_PATH', `the path '${path}' can't be read at character ${position + 1}: ${problem}`)
    this.path = path
    this.position = position
  }
}
