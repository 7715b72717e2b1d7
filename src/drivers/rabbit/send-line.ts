/** Messages on their way out, and the lines in which they wait. */
import type { Message, Options } from 'amqplib'

import { Fifo } from '../../core/fifo.js'
import { withDeadline } from './deadline.js'
import type { Declarer } from './declarer.js'

export interface Publication {
  readonly exchange: string
  readonly routingKey: string
  readonly body: Buffer
  /** Copies and compresses; called once, when the outage buffer has room. Default: the body as it is. */
  readonly prepare?: ((body: Buffer) => Buffer) | undefined
  readonly properties: Options.Publish
  /** What must exist first, once per channel; the key names it. */
  readonly needs?:
    | { readonly key: string; readonly declare: (declarer: Declarer) => Promise<void> }
    | undefined
}

/** A publication until it settles. */
export interface Entry {
  readonly publication: Publication
  /** What is written, once prepared; empty again when it settled before it was written. */
  body: Buffer
  /** Bytes it takes of the outage buffer; 0 = it has no room yet. */
  room: number
  attempts: number
  nacks: number
  /** Written to a link that was then lost: the broker may have it. */
  isUnknown: boolean
  isReturned: boolean
  isSettled: boolean
  /** What it needs was declared once more for it. */
  isRedeclared: boolean
  timer: NodeJS.Timeout | undefined
  /** Of the pause after a nack. */
  pause: NodeJS.Timeout | undefined
  /** Where it waits. */
  line: SendLine | undefined
  settle(error?: Error): void
}

/** `onSettled` is told once, also where the entry settles again. */
export function newEntry(
  publication: Publication,
  attempts: number,
  onSettled: (entry: Entry, error: Error | undefined) => void,
): Entry {
  const entry: Entry = {
    publication,
    body: nothing,
    room: 0,
    attempts,
    nacks: 0,
    isUnknown: false,
    isReturned: false,
    isSettled: false,
    isRedeclared: false,
    timer: undefined,
    pause: undefined,
    line: undefined,
    settle: (error) => {
      if (entry.isSettled) return
      entry.isSettled = true
      clearTimeout(entry.timer)
      clearTimeout(entry.pause)
      entry.line?.hasSettled()
      onSettled(entry, error)
    },
  }
  return entry
}

/** The body of an entry that has none yet, or any more. */
export const nothing: Buffer = Buffer.alloc(0)

/** Returned messages have no number: the first of the window with the same address and bytes is meant. */
export function markReturned(inFlight: Iterable<Entry>, { fields, content }: Message): void {
  for (const entry of inFlight) {
    const { exchange, routingKey, properties } = entry.publication
    if (entry.isReturned || exchange !== fields.exchange || routingKey !== fields.routingKey) continue
    if (properties.mandatory !== true || !entry.body.equals(content)) continue
    entry.isReturned = true
    return
  }
}

/** First in, first out; those that settle while they wait (a time out, a signal) leave it, so that a long outage gathers none of them. */
export class SendLine {
  readonly #entries = new Fifo<Entry>()
  #settled = 0

  push(entry: Entry): void {
    entry.line = this
    this.#entries.push(entry)
  }

  shift(): Entry | undefined {
    for (;;) {
      const entry = this.#entries.shift()
      if (entry === undefined) return undefined
      entry.line = undefined
      if (!entry.isSettled) return entry
      this.#settled -= 1
    }
  }

  /** Those that are not settled, oldest first; afterwards it is empty. */
  takeAll(): Entry[] {
    this.#settled = 0
    const entries = this.#entries.takeAll()
    for (const entry of entries) entry.line = undefined
    return entries.filter((entry) => !entry.isSettled)
  }

  get isEmpty(): boolean {
    return this.#entries.length === this.#settled
  }

  /** Told by an entry of this line that settled. */
  hasSettled(): void {
    this.#settled += 1
    if (this.#settled < 1_000 || this.#settled * 2 < this.#entries.length) return
    for (const entry of this.takeAll()) this.push(entry)
  }
}

/** Those who wait until what was pending has settled; what comes later does not hold them up. */
export class Flushes {
  readonly #flushes = new Set<{ readonly waitsFor: Set<Entry>; readonly resolve: () => void }>()

  /** Rejects with MessagingTimeout. */
  async wait(pending: ReadonlySet<Entry>, timeout: number): Promise<void> {
    if (pending.size === 0) return
    const waitsFor = new Set(pending)
    let resolve = (): void => {}
    const settled = new Promise<void>((done) => {
      resolve = done
    })
    const flush = { waitsFor, resolve }
    this.#flushes.add(flush)
    try {
      await withDeadline(settled, timeout, `confirming ${waitsFor.size} messages`)
    } finally {
      this.#flushes.delete(flush)
    }
  }

  settled(entry: Entry): void {
    for (const { waitsFor, resolve } of this.#flushes) {
      waitsFor.delete(entry)
      if (waitsFor.size === 0) resolve()
    }
  }
}

/** Entries by their signal: one listener per signal, since Node warns of a leak from the eleventh on. */
export class Signals {
  readonly #groups = new Map<AbortSignal, { readonly entries: Set<Entry>; readonly onAbort: () => void }>()
  readonly #onAbort: (entry: Entry, reason: unknown) => void

  constructor(onAbort: (entry: Entry, reason: unknown) => void) {
    this.#onAbort = onAbort
  }

  add(signal: AbortSignal, entry: Entry): void {
    let group = this.#groups.get(signal)
    if (group === undefined) {
      const entries = new Set<Entry>()
      const onAbort = (): void => {
        for (const each of entries) this.#onAbort(each, signal.reason)
      }
      group = { entries, onAbort }
      this.#groups.set(signal, group)
      signal.addEventListener('abort', onAbort)
    }
    group.entries.add(entry)
  }

  delete(signal: AbortSignal, entry: Entry): void {
    const group = this.#groups.get(signal)
    if (group === undefined) return
    group.entries.delete(entry)
    if (group.entries.size > 0) return
    signal.removeEventListener('abort', group.onAbort)
    this.#groups.delete(signal)
  }
}
