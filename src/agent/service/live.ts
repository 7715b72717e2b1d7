/** What the live page shows: rates and the latest of what was made. Bounded, and cheap enough to be fed with everything. */
import type { Event } from '../event.js'
import type { AgentNotification } from '../notification.js'
import type { Sample } from '../sample.js'

/** Seconds after which what happened counts a third. */
const WINDOW = 30
/** Names come from outside: further ones count under `(others)`. */
const MOST_NAMES = 500
const LATEST = 30
/** Characters of an event's traits. */
const LONGEST = 300

interface Rated {
  total: number
  rate: number
  at: number
}

export interface RatedName {
  readonly name: string
  readonly total: number
  /** Per second, of the last half minute or so. */
  readonly rate: number
}

/** Totals and rates by name. */
export class Rates {
  readonly #names = new Map<string, Rated>()
  readonly #now: () => number

  /** `now`: seconds, from any beginning. */
  constructor(now: () => number = () => performance.now() / 1_000) {
    this.#now = now
  }

  add(name: string): void {
    const kept = this.#names.has(name) || this.#names.size < MOST_NAMES ? name : '(others)'
    const now = this.#now()
    const known = this.#names.get(kept)
    if (known === undefined) {
      this.#names.set(kept, { total: 1, rate: 1 / WINDOW, at: now })
      return
    }
    known.total += 1
    known.rate = faded(known, now) + 1 / WINDOW
    known.at = now
  }

  /** The busiest first. */
  top(limit: number): readonly RatedName[] {
    const now = this.#now()
    return [...this.#names]
      .map(([name, rated]) => ({ name, total: rated.total, rate: faded(rated, now) }))
      .sort((one, other) => other.rate - one.rate || other.total - one.total)
      .slice(0, limit)
  }
}

function faded({ rate, at }: Rated, now: number): number {
  return rate * Math.exp((at - now) / WINDOW)
}

/** Of all that came since the agent was started; each counted once, however often it is tried. */
export interface LiveReport {
  readonly notifications: number
  readonly exchanges: readonly RatedName[]
  /** By the first word of who published: `compute` of `compute.node-1`. */
  readonly services: readonly RatedName[]
  readonly eventTypes: readonly RatedName[]
  readonly meters: readonly RatedName[]
  readonly latestSamples: readonly unknown[]
  readonly latestEvents: readonly unknown[]
}

export class LiveView {
  #notifications = 0
  readonly #exchanges = new Rates()
  readonly #services = new Rates()
  readonly #eventTypes = new Rates()
  readonly #meters = new Rates()
  readonly #samples: Sample[] = []
  readonly #events: Event[] = []

  /** Each notification once, whatever is made of it. */
  onNotification(
    { publisher_id, event_type }: Pick<AgentNotification, 'publisher_id' | 'event_type'>,
    exchange = '(unknown)',
  ): void {
    this.#notifications += 1
    this.#exchanges.add(exchange)
    this.#services.add(/^[^.:]*/.exec(publisher_id)?.[0] ?? '')
    this.#eventTypes.add(event_type)
  }

  readonly onSamples = (samples: readonly Sample[]): void => {
    for (const sample of samples) {
      this.#meters.add(sample.name)
      keep(this.#samples, sample)
    }
  }

  readonly onEvents = (events: readonly Event[]): void => {
    for (const event of events) keep(this.#events, event)
  }

  report(): LiveReport {
    return {
      notifications: this.#notifications,
      exchanges: this.#exchanges.top(20),
      services: this.#services.top(20),
      eventTypes: this.#eventTypes.top(30),
      meters: this.#meters.top(30),
      latestSamples: this.#samples
        .map(({ name, volume, unit, resource_id, timestamp }) => ({
          name,
          volume: String(volume),
          unit,
          resource_id,
          timestamp,
        }))
        .reverse(),
      latestEvents: this.#events
        .map(({ event_type, generated, traits }) => ({ event_type, generated, traits: shownTraits(traits) }))
        .reverse(),
    }
  }
}

function shownTraits(traits: Event['traits']): string {
  const text = traits.map(([name, , value]) => `${name}=${String(value)}`).join(', ')
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}...`
}

function keep<T>(latest: T[], one: T): void {
  latest.push(one)
  if (latest.length > LATEST) latest.shift()
}
