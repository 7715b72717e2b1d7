/** What a process under test did, written by itself line by line and read by the one that measures. A crash loses nothing of it. */

import { closeSync, openSync, readSync, writeSync } from 'node:fs'

const FLUSH_INTERVAL = 100

/**
 * A line is a kind, the time, and an id or a number:
 * `o` offered, `c` confirmed, `r` rejected to the caller, `s` given to a handler, `h` handled, `m` peak memory in KiB, `e` an error's text.
 */
export class Journal {
  #file
  #lines = ''
  #timer = setInterval(() => this.flush(), FLUSH_INTERVAL).unref()

  constructor(path) {
    this.#file = openSync(path, 'a')
    // Also runs after an uncaught exception.
    process.once('exit', () => this.flush())
  }

  /** @param {'o' | 'c' | 'r' | 's' | 'h' | 'm' | 'e'} kind */
  note(kind, what) {
    this.#lines += `${kind} ${Date.now()} ${what}\n`
  }

  flush() {
    this.note('m', process.resourceUsage().maxRSS)
    writeSync(this.#file, this.#lines)
    this.#lines = ''
  }

  close() {
    clearInterval(this.#timer)
    this.flush()
  }
}

/** The journal as it grows, seen from outside. */
export class Ledger {
  /** id -> when it was handed to the library */
  offered = new Map()
  /** id -> when the promise resolved */
  confirmed = new Map()
  /** id -> when the promise rejected */
  rejected = new Map()
  /** id -> when a handler first got it */
  started = new Map()
  /** id -> when a handler had first done it */
  handled = new Map()
  duplicates = 0
  /** Of the process, in KiB. */
  peak = 0
  /** Text of what the promises were rejected with -> how often */
  errors = new Map()
  #file
  #rest = ''
  #position = 0

  constructor(path) {
    this.#file = openSync(path, 'a+')
  }

  /** Takes in what was written since. */
  read() {
    const buffer = Buffer.alloc(1 << 20)
    for (;;) {
      const length = readSync(this.#file, buffer, 0, buffer.length, this.#position)
      if (length === 0) return this
      this.#position += length
      const lines = (this.#rest + buffer.toString('latin1', 0, length)).split('\n')
      this.#rest = lines.pop()
      for (const line of lines) this.#take(line)
    }
  }

  close() {
    closeSync(this.#file)
  }

  /** Handed over, and the promise has not settled. */
  get unsettled() {
    return [...this.offered.keys()].filter((id) => !this.confirmed.has(id) && !this.rejected.has(id))
  }

  /** Confirmed, and no handler had it. */
  get missing() {
    return [...this.confirmed.keys()].filter((id) => !this.handled.has(id))
  }

  #take(line) {
    const [kind, at, ...rest] = line.split(' ')
    const [time, what] = [Number(at), rest.join(' ')]
    if (kind === 's') this.started.set(what, this.started.get(what) ?? time)
    else if (kind === 'o') this.offered.set(what, time)
    else if (kind === 'c') this.confirmed.set(what, time)
    else if (kind === 'r') this.rejected.set(what, time)
    else if (kind === 'm') this.peak = Math.max(this.peak, Number(what))
    else if (kind === 'e') this.errors.set(what, (this.errors.get(what) ?? 0) + 1)
    else if (this.handled.has(what)) this.duplicates += 1
    else this.handled.set(what, time)
  }
}
