import type { Entry, EntryList } from './send-line.js'

/** Milliseconds between two looks at all that is pending. */
const pause = 10

/** The time outs of all sends on one timer: a timer for each costs as much as its send. */
export class SendDeadlines {
  readonly #entries: EntryList
  readonly #onPast: (entry: Entry) => void
  #timer: NodeJS.Timeout | undefined
  #due = Number.POSITIVE_INFINITY

  /** `onPast` settles the entry. */
  constructor(entries: EntryList, onPast: (entry: Entry) => void) {
    this.#entries = entries
    this.#onPast = onPast
  }

  /** It is pending. */
  add({ deadline }: Entry): void {
    if (deadline < this.#due) this.#arm(deadline)
    else this.#timer?.ref()
  }

  /** Nothing is pending: the timer does not keep the process alive. */
  rest(): void {
    this.#timer?.unref()
  }

  #arm(due: number): void {
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(this.#look, Math.max(1, Math.ceil(due - performance.now())))
  }

  readonly #look = (): void => {
    this.#timer = undefined
    this.#due = Number.POSITIVE_INFINITY
    const now = performance.now()
    let next = Number.POSITIVE_INFINITY
    const past = this.#entries.filter(({ isSettled, deadline }) => {
      if (!isSettled && deadline > now && deadline < next) next = deadline
      return !isSettled && deadline <= now
    })
    for (const entry of past) this.#onPast(entry)
    if (next < this.#due) this.#arm(Math.max(next, now + pause))
  }
}
