/** Sends whose exchange or queue can't be declared for now (the node it lives on is down): they wait by what they need, and others pass them. */
import { type Entry, SendLine } from './send-line.js'

interface Stall {
  readonly line: SendLine
  readonly timer: NodeJS.Timeout
}

export class StalledSends {
  readonly #stalls = new Map<string, Stall>()
  /** Failures in a row, by what could not be declared. */
  readonly #failures = new Map<string, number>()
  readonly #pause: (failures: number) => number
  readonly #onOver: (entries: Entry[]) => void

  /** `pause`: milliseconds after so many failures before. `onOver` takes the entries, oldest first, when their pause is over. */
  constructor(pause: (failures: number) => number, onOver: (entries: Entry[]) => void) {
    this.#pause = pause
    this.#onOver = onOver
  }

  /** `entry` needs what could not be declared just now. */
  begin(key: string, entry: Entry): void {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const timer = setTimeout(() => this.#onOver(this.#take(key)), this.#pause(failures)).unref()
    this.#stalls.set(key, { line: new SendLine(), timer })
    this.join(key, entry)
  }

  /** Whether others wait for the same: then this one waits behind them. */
  join(key: string, entry: Entry): boolean {
    const stall = this.#stalls.get(key)
    stall?.line.push(entry)
    return stall !== undefined
  }

  /** It is declared. */
  succeeded(key: string): void {
    this.#failures.delete(key)
  }

  /** All that wait, those of one need oldest first; afterwards none does. */
  takeAll(): Entry[] {
    return [...this.#stalls.keys()].flatMap((key) => this.#take(key))
  }

  #take(key: string): Entry[] {
    const stall = this.#stalls.get(key)
    clearTimeout(stall?.timer)
    this.#stalls.delete(key)
    return stall?.line.takeAll() ?? []
  }
}
