import type { Job } from '../../src/core/dispatcher.js'

/** A job that runs until the test says so. */
export class HeldJob implements Job {
  readonly size = 1
  readonly subject: unknown
  runs = 0
  abandons = 0
  #done: (() => void) | undefined

  constructor(subject?: unknown) {
    this.subject = subject
  }

  run(done: () => void): void {
    this.runs++
    this.#done = done
  }

  abandon(): void {
    this.abandons++
  }

  finish(): void {
    this.#done?.()
    this.#done = undefined
  }
}

/** A job that does this, and has finished. */
export function jobThat(act: () => unknown, subject?: unknown): Job {
  return {
    size: 1,
    subject,
    run(done) {
      act()
      done()
    },
    abandon() {},
  }
}
