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

/** A strict path asked something of a value that is of no such kind, such as the first item of null. Code `BAD_PATH_VALUE`. */
export class PathValueError extends MessagingException {
  readonly path: string

  constructor(path: string) {
    super(
      'BAD_PATH_VALUE',
      `the path '${path}' asks of a value what its kind does not have, such as an item of null; the notification is not as the definition expects it`,
    )
    this.path = path
  }
}
