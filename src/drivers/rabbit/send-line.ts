/** Messages on their way out, and the lines in which they wait. */
import type { Message, Options } from 'amqplib'

import type { SendOptions } from '../../core/driver.js'
import { Fifo } from '../../core/fifo.js'
import { attemptsAllowed } from '../../core/retry.js'
import { withDeadline } from './deadline.js'
import type { Declarer } from './declarer.js'
import type { PublishHead } from './publish-frames.js'

export interface Publication {
  readonly exchange: string
  readonly routingKey: string
  readonly body: Buffer
  /** Copies and compresses; called once, when the outage buffer has room. Default: the body as it is. */
  readonly prepare?: ((body: Buffer) => Buffer) | undefined
  readonly properties: Options.Publish
  /** Of these properties, where they are those of all messages of a route. */
  readonly head?: PublishHead | undefined
  /** What must exist first, once per channel; the key names it. */
  readonly needs?:
    | { readonly key: string; readonly declare: (declarer: Declarer) => Promise<void> }
    | undefined
}

/** A publication until it settles. */
export class Entry {
  readonly publication: Publication
  readonly signal: AbortSignal | undefined
  /** Milliseconds; 0 = no limit. */
  readonly timeout: number
  /** Of `performance.now()`, in milliseconds; Infinity = none. */
  readonly deadline: number
  /** What is written, once prepared; empty again when it settled before it was written. */
  body: Buffer = nothing
  /** Bytes it takes of the outage buffer; 0 = it has no room yet. */
  room = 0
  attempts: number
  nacks = 0
  /** Written to a link that was then lost: the broker may have it. */
  isUnknown = false
  /** Written, and not yet answered by the broker. */
  isOnItsWay = false
  isReturned = false
  isSettled = false
  /** What it needs was declared once more for it. */
  isRedeclared = false
  /** Of the pause after a nack. */
  pause: NodeJS.Timeout | undefined
  /** Where it waits. */
  line: SendLine | undefined
  /** Its neighbours among all that are sent. */
  previous: Entry | undefined
  next: Entry | undefined
  readonly #onSettled: (entry: Entry) => void
  readonly #resolve: () => void
  readonly #reject: (error: Error) => void

  /** Tried for so long, so often, and until the signal. `onSettled` is told once, before the promise is. */
  constructor(
    publication: Publication,
    { timeout = 30_000, signal, retry }: SendOptions,
    onSettled: (entry: Entry) => void,
    resolve: () => void,
    reject: (error: Error) => void,
  ) {
    this.publication = publication
    this.attempts = attemptsAllowed(retry)
    this.timeout = timeout
    this.deadline = timeout === 0 ? Number.POSITIVE_INFINITY : performance.now() + timeout
    this.signal = signal
    this.#onSettled = onSettled
    this.#resolve = resolve
    this.#reject = reject
  }

  /** The first time counts. */
  settle(error?: Error): void {
    if (this.isSettled) return
    this.isSettled = true
    if (this.pause !== undefined) clearTimeout(this.pause)
    this.line?.hasSettled()
    this.#onSettled(this)
    if (error === undefined) this.#resolve()
    else this.#reject(error)
  }
}

/** The body of an entry that has none yet, or any more. */
export const nothing: Buffer = Buffer.alloc(0)

/**
 * All that are not done with, oldest first. Linked by the entries themselves: a Set that many pass through is copied again and again, and
 * each copy in old memory keeps the next one, with all entries that were in it, from being collected.
 */
export class EntryList {
  #first: Entry | undefined
  #last: Entry | undefined

  add(entry: Entry): void {
    entry.previous = this.#last
    if (this.#last === undefined) this.#first = entry
    else this.#last.next = entry
    this.#last = entry
  }

  delete(entry: Entry): void {
    const { previous, next } = entry
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    entry.previous = undefined
    entry.next = undefined
  }

  find(test: (entry: Entry) => boolean): Entry | undefined {
    let entry = this.#first
    while (entry !== undefined && !test(entry)) entry = entry.next
    return entry
  }

  filter(test: (entry: Entry) => boolean): Entry[] {
    const found: Entry[] = []
    for (let entry = this.#first; entry !== undefined; entry = entry.next) if (test(entry)) found.push(entry)
    return found
  }
}

/** Returned messages have no number: the first on its way with the same address and bytes is meant. */
export function markReturned(entries: EntryList, { fields, content }: Message): void {
  const returned = entries.find((entry) => {
    if (!entry.isOnItsWay || entry.isReturned) return false
    const { exchange, routingKey, properties } = entry.publication
    if (exchange !== fields.exchange || routingKey !== fields.routingKey) return false
    return properties.mandatory === true && entry.body.equals(content)
  })
  if (returned !== undefined) returned.isReturned = true
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
  async wait(pending: readonly Entry[], timeout: number): Promise<void> {
    if (pending.length === 0) return
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
