/**
 * Which acknowledgements to write: one `multiple` ack for the finished prefix of a channel's deliveries, and single ones for stragglers behind an
 * unfinished head. Pure: the channel is behind `write`. A message is finished when it is settled; a requeue or reject was written by
 * itself and only leaves the line.
 */
import { Fifo } from '../../core/fifo.js'

/** A delivery on its way to its settlement. */
export interface Unsettled<M> {
  readonly message: M
  state: 'open' | 'acknowledged' | 'gone'
}

/** Writes an ack: of this message alone, or of all up to it. */
export type WriteAck<M> = (message: M, reach: 'this' | 'upTo') => void

export class AckLine<M> {
  readonly #write: WriteAck<M>
  readonly #stragglers: number
  #line = new Fifo<Unsettled<M>>()
  /** Acknowledged, but behind an unfinished one. */
  #held: Unsettled<M>[] = []
  #head: Unsettled<M> | undefined
  /** Gone from behind the head, but still in the line. */
  #gone = 0

  /** `stragglers`: how many acknowledged messages may wait behind an unfinished one before they are written singly. */
  constructor(stragglers: number, write: WriteAck<M>) {
    this.#stragglers = Math.max(1, stragglers)
    this.#write = write
  }

  /** Entries kept, those that are only remembered for their place included. */
  get length(): number {
    return this.#line.length + (this.#head === undefined ? 0 : 1)
  }

  /** Acknowledged, but not written yet. */
  get held(): number {
    return this.#held.length
  }

  /** In the order of delivery. */
  add(message: M): Unsettled<M> {
    const entry: Unsettled<M> = { message, state: 'open' }
    this.#line.push(entry)
    return entry
  }

  acknowledge(entry: Unsettled<M>): void {
    entry.state = 'acknowledged'
    this.#held.push(entry)
  }

  /** It was requeued or rejected, which the caller wrote. */
  leave(entry: Unsettled<M>): void {
    this.#goes(entry)
  }

  /** Writes what can be. Called once per turn, and with `all` at the end, when nothing may be held back. */
  flush(all: 'all' | 'prefix' = 'prefix'): void {
    let last: Unsettled<M> | undefined
    for (;;) {
      this.#head ??= this.#line.shift()
      if (this.#head === undefined || this.#head.state === 'open') break
      if (this.#head.state === 'acknowledged') {
        last = this.#head
        last.state = 'gone'
      } else this.#gone -= 1
      this.#head = undefined
    }
    if (last !== undefined) this.#write(last.message, 'upTo')
    this.#held = this.#held.filter((entry) => entry.state === 'acknowledged')
    if (all === 'prefix' && this.#held.length < this.#stragglers) return this.#compact()
    for (const entry of this.#held) {
      this.#goes(entry)
      this.#write(entry.message, 'this')
    }
    this.#held = []
    this.#compact()
  }

  /** The oldest that is not settled. Afterwards the line is of no use. */
  end(): M | undefined {
    const head = this.#head
    if (head?.state === 'open') return head.message
    return this.#line.takeAll().find(({ state }) => state === 'open')?.message
  }

  #goes(entry: Unsettled<M>): void {
    entry.state = 'gone'
    this.#gone += 1
  }

  /** Behind a message that takes hours pass any number of others: without this they would all be kept, bodies included. */
  #compact(): void {
    if (this.#gone < 256 || this.#gone * 2 < this.#line.length) return
    for (const entry of this.#line.takeAll()) if (entry.state !== 'gone') this.#line.push(entry)
    this.#gone = 0
  }
}
