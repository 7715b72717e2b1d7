/** One case of the campaign: what it starts is closed, what it offered is counted, and what each case has to hold is asserted. */
import { expect, test } from '@jest/globals'

import { TcpProxy } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'
import { atScale } from './campaign.js'
import { type Count, Ledger, total } from './ledger.js'
import { Load, type LoadOptions } from './load.js'
import { keep, show } from './report.js'

export interface CaseOptions {
  /** Milliseconds for the whole case. Default 120,000, in a long run 600,000. */
  readonly timeout?: number
  /** Most milliseconds from the end of a fault until work goes on. Default 60,000. */
  readonly recovery?: number
}

/**
 * A test named `name`. When the body returns: each load is finished (all promises settled, all confirmed handled), at rest and up; all is
 * closed; nothing is lost, nothing is open, and each recovery was in time.
 */
export function faultCase(
  name: string,
  body: (one: FaultCase) => Promise<void>,
  { timeout = atScale(120_000, 600_000), recovery = 60_000 }: CaseOptions = {},
): void {
  test(
    name,
    async () => {
      const one = new FaultCase()
      let verdict: 'held' | 'FAILED' = 'FAILED'
      try {
        try {
          await body(one)
          await one.finish()
        } catch (error) {
          process.stdout.write(`${one.describe()}\n`)
          throw error
        } finally {
          await one.close()
        }
        judge(one.count(), one.open, recovery)
        verdict = 'held'
      } finally {
        const figures = { name, ...one.count(), memory: one.memory, open: one.open, seconds: one.seconds }
        show(figures, verdict)
        if (verdict === 'held') keep(figures)
      }
    },
    timeout,
  )
}

/** Milliseconds. */
const sampleEvery = 100

export class FaultCase {
  readonly #ledgers: Ledger[] = []
  readonly #loads: Load[] = []
  readonly #ends: (() => Promise<unknown>)[] = []
  readonly #start = Date.now()
  readonly #before = countOpen()
  readonly #sampling: NodeJS.Timeout
  #peak = process.memoryUsage.rss()
  #longestStall = 0
  /** What is open beyond what was, once closed. */
  open = 0
  seconds = 0

  constructor() {
    let last = Date.now()
    this.#sampling = setInterval(() => {
      this.#peak = Math.max(this.#peak, process.memoryUsage.rss())
      this.#longestStall = Math.max(this.#longestStall, Date.now() - last - sampleEvery)
      last = Date.now()
    }, sampleEvery)
    this.#sampling.unref()
  }

  /** MiB. */
  get memory(): number {
    return Math.round(this.#peak / 1_048_576)
  }

  /** A load of this case: finished, looked at and closed with it. */
  async load(options: LoadOptions): Promise<Load> {
    const load = await Load.start(options)
    this.#loads.push(load)
    this.#ledgers.push(load.ledger)
    return load
  }

  /** A ledger for what is no Load. */
  ledger(): Ledger {
    const ledger = new Ledger()
    this.#ledgers.push(ledger)
    return ledger
  }

  async proxy(target: string): Promise<TcpProxy> {
    const proxy = await TcpProxy.start(target)
    this.atEnd(() => proxy.close())
    return proxy
  }

  /** Run at the end, the last one first. */
  atEnd(close: () => Promise<unknown>): void {
    this.#ends.push(close)
  }

  /** The fault is over: from here on recovery is measured. */
  faultEnded(): void {
    for (const ledger of this.#ledgers) {
      const load = this.#loads.find((each) => each.ledger === ledger)
      if (load?.isOffering !== false) ledger.faultEnded()
    }
  }

  /** Resolves when what was offered after the fault is handled again, by each load. */
  async recovered(within = 60_000): Promise<void> {
    await until(() => this.#ledgers.every((ledger) => ledger.isRecovered), within)
  }

  /** Waits for all loads, and holds them to what must be true of one that is at rest. */
  async finish(): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.finish()))
    for (const load of this.#loads) {
      expect(load.publishing.health()).toMatchObject({ state: 'up', pendingSends: 0 })
      expect(load.listening.health()).toMatchObject({ state: 'up', pendingSends: 0 })
      expect(load.publishing.health().lastError ?? load.listening.health().lastError).toBeUndefined()
      if (load.listener !== undefined) expect(unaccounted(load.listener.stats())).toBe(0)
    }
  }

  /** Where each load stands, and whether this process had the time to do its work. */
  describe(): string {
    const stall = `the event loop stood still for ${this.#longestStall} ms at most`
    return [...this.#loads.map((load) => load.describe()), stall].join('\n')
  }

  async close(): Promise<void> {
    for (const load of this.#loads) await load.close()
    for (const end of this.#ends.reverse()) await end()
    clearInterval(this.#sampling)
    const end = Date.now() + 2_000
    do {
      await new Promise((resolve) => setTimeout(resolve, 20))
      this.open = Math.max(0, countOpen() - this.#before)
    } while (this.open > 0 && Date.now() < end)
    this.seconds = Math.round((Date.now() - this.#start) / 100) / 10
  }

  count(): Count {
    return total(this.#ledgers.map((ledger) => ledger.count()))
  }
}

function judge(count: Count, open: number, recovery: number): void {
  expect(count).toMatchObject({ lost: 0, pending: 0 })
  expect(count.recovery ?? 0).toBeLessThanOrEqual(recovery)
  expect(open).toBe(0)
}

/** Deliveries whose fate the listener's own numbers do not tell. */
function unaccounted(stats: Stats): number {
  const fates = ['handled', 'requeued', 'rejected', 'duplicates', 'givenBack', 'lost', 'unwanted'] as const
  return fates.reduce((left, fate) => left - stats[fate], stats.received - stats.unknownPriority)
}

type Stats = ReturnType<NonNullable<Load['listener']>['stats']>

function countOpen(): number {
  const watched = /^(?:TCP\w+Wrap|TLSWrap|PipeWrap|ProcessWrap|MessagePort|Worker|Timeout)$/
  return process.getActiveResourcesInfo().filter((name) => watched.test(name)).length
}
