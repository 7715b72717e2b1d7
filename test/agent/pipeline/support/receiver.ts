import type { Event } from '../../../../src/agent/event.js'
import { PublishFailure } from '../../../../src/agent/publishers/publish-failure.js'
import type { Publisher } from '../../../../src/agent/publishers/publisher.js'
import type { Sample } from '../../../../src/agent/sample.js'

/** A publisher whose receiver is in the test's hand. */
export class Receiver implements Publisher {
  readonly url: string
  /** One list per call that was taken. */
  readonly taken: (readonly Sample[])[] = []
  readonly events: (readonly Event[])[] = []
  calls = 0
  flushes = 0
  closes = 0
  /** What the next calls reject with; absent = they are taken. */
  failure: Error | undefined
  /** Resolves when calls may go on. */
  gate: Promise<void> = Promise.resolve()

  constructor(url: string) {
    this.url = url
  }

  get names(): readonly (readonly string[])[] {
    return this.taken.map((samples) => samples.map(({ name }) => name))
  }

  get ids(): readonly string[] {
    return this.taken.flat().map(({ id }) => id)
  }

  async publishSamples(samples: readonly Sample[]): Promise<void> {
    await this.#pass()
    this.taken.push(samples)
  }

  async publishEvents(events: readonly Event[]): Promise<void> {
    await this.#pass()
    this.events.push(events)
  }

  async flush(): Promise<void> {
    this.flushes += 1
  }

  async close(): Promise<void> {
    this.closes += 1
  }

  fail(outcome: 'refused' | 'failed' = 'failed'): void {
    this.failure = new PublishFailure(outcome, 'UNREACHABLE', 'nobody is there')
  }

  async #pass(): Promise<void> {
    this.calls += 1
    const { failure } = this
    await this.gate
    if (failure !== undefined) throw failure
  }
}

/** Makes one Receiver for each URL. */
export class Receivers {
  readonly byUrl: Map<string, Receiver> = new Map()

  readonly make: (url: string) => Publisher = (url) => {
    if (url.startsWith('broken:')) throw new Error('there is no such receiver')
    const receiver = new Receiver(url)
    this.byUrl.set(url, receiver)
    return receiver
  }

  get(url: string): Receiver {
    const receiver = this.byUrl.get(url)
    if (receiver === undefined) throw new Error(`no pipeline asked for ${url}`)
    return receiver
  }
}
