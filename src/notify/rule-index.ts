/**
 * Which endpoints of one priority want a notification, found without asking each of them: what a rule says of event type and publisher is
 * asked once for each pair of them, since few recur, and of those rules only that may want what begins so; only what a rule says of the
 * rest is asked each time.
 */
import { isThenable } from '../core/thenable.js'
import type { BoundEndpoint } from './bound-endpoint.js'
import type { Notification } from './endpoint.js'
import type { TextMatcher } from './pattern-matcher.js'

/** A filter rule taken apart. A part that is not there asks nothing. */
export interface Rule {
  readonly eventType?: TextMatcher | undefined
  readonly publisherId?: TextMatcher | undefined
  /** May throw, for a filter function of a user's is one. */
  readonly rest?: ((notification: Notification) => boolean) | undefined
}

/** Event types, and pairs with a publisher, that are remembered; and the endpoints that these remember altogether. Beyond, all are forgotten. */
const mostRemembered = { texts: 10_000, endpoints: 1_000_000 }
/** Longer texts are not remembered. */
const longestRemembered = 256

/** What a text, once known, leaves of the endpoints. */
class Candidates {
  readonly endpoints: readonly BoundEndpoint[]
  readonly byPublisher: Map<string, Candidates> | undefined
  /** Whether nothing more is to be asked: then all of them want it. */
  readonly isFinal: boolean

  constructor(endpoints: readonly BoundEndpoint[], asks: 'publisherId' | 'rest') {
    this.endpoints = endpoints
    const asksPublisher =
      asks === 'publisherId' && endpoints.some(({ rule }) => rule.publisherId !== undefined)
    this.byPublisher = asksPublisher ? new Map() : undefined
    this.isFinal = !asksPublisher && endpoints.every(({ rule }) => rule.rest === undefined)
  }
}

/** Endpoints by what the event types begin with that they want. */
class ByBeginning {
  readonly #endpoints: readonly BoundEndpoint[]
  /** Places in the list of endpoints. */
  readonly #places = new Map<string, number[]>()
  /** Of the beginnings. */
  readonly #lengths: readonly number[]

  constructor(endpoints: readonly BoundEndpoint[]) {
    this.#endpoints = endpoints
    for (const [place, { rule }] of endpoints.entries())
      for (const beginning of new Set(rule.eventType?.beginnings ?? [''])) {
        const places = this.#places.get(beginning)
        if (places === undefined) this.#places.set(beginning, [place])
        else places.push(place)
      }
    this.#lengths = [...new Set(Array.from(this.#places.keys(), ({ length }) => length))]
  }

  /** In the order of the list: all that may want it, and not many that don't. */
  of(eventType: string): readonly BoundEndpoint[] {
    const found = new Set<number>()
    for (const length of this.#lengths)
      for (const place of this.#places.get(eventType.slice(0, length)) ?? []) found.add(place)
    return [...found]
      .sort((one, other) => one - other)
      .map((place) => this.#endpoints[place] as BoundEndpoint)
  }
}

export class RuleIndex {
  readonly #endpoints: readonly BoundEndpoint[]
  readonly #byBeginning: ByBeginning
  readonly #byEventType = new Map<string, Candidates>()
  #texts = 0
  #references = 0

  constructor(endpoints: readonly BoundEndpoint[]) {
    this.#endpoints = endpoints
    this.#byBeginning = new ByBeginning(endpoints)
  }

  /** In the order of the endpoints. Throws what a filter throws. */
  wanting(notification: Notification): readonly BoundEndpoint[] {
    const { eventType, publisherId } = notification
    const ofType = this.#byEventType.get(eventType) ?? this.#ofEventType(eventType)
    const ofBoth =
      ofType.byPublisher === undefined
        ? ofType
        : (ofType.byPublisher.get(publisherId) ?? this.#ofPublisher(ofType, ofType.byPublisher, publisherId))
    if (ofBoth.isFinal) return ofBoth.endpoints
    return ofBoth.endpoints.filter(
      ({ rule: { rest } }) => rest === undefined || verdictOf(rest(notification)),
    )
  }

  /** Whether it is remembered that nobody wants anything of this event type from this publisher. */
  isUnwanted(eventType: string, publisherId: string): boolean {
    const ofType = this.#byEventType.get(eventType)
    const ofBoth = ofType?.byPublisher === undefined ? ofType : ofType.byPublisher.get(publisherId)
    return ofBoth?.endpoints.length === 0
  }

  #ofEventType(eventType: unknown): Candidates {
    const asked = typeof eventType === 'string' ? this.#byBeginning.of(eventType) : this.#endpoints
    const endpoints = asked.filter(({ rule }) => matches(rule.eventType, eventType))
    return this.#remember(this.#byEventType, eventType, new Candidates(endpoints, 'publisherId'))
  }

  #ofPublisher(
    { endpoints }: Candidates,
    byPublisher: Map<string, Candidates>,
    publisherId: unknown,
  ): Candidates {
    const left = endpoints.filter(({ rule }) => matches(rule.publisherId, publisherId))
    return this.#remember(byPublisher, publisherId, new Candidates(left, 'rest'))
  }

  #remember(memory: Map<string, Candidates>, text: unknown, candidates: Candidates): Candidates {
    if (typeof text !== 'string' || text.length > longestRemembered) return candidates
    this.#texts += 1
    this.#references += candidates.endpoints.length
    if (this.#texts > mostRemembered.texts || this.#references > mostRemembered.endpoints) {
      this.#byEventType.clear()
      this.#texts = 0
      this.#references = 0
    }
    memory.set(text, candidates)
    return candidates
  }
}

/** A value that is no text matches nothing that asks for it. */
function matches(pattern: TextMatcher | undefined, value: unknown): boolean {
  return pattern === undefined || (typeof value === 'string' && pattern(value))
}

/** A promise is true, whatever it says later; and its rejection would be nobody's. */
function verdictOf(verdict: unknown): boolean {
  if (!isThenable(verdict)) return Boolean(verdict)
  verdict.then(undefined, () => {})
  throw new TypeError('the filter function returned a promise; it must return true or false itself')
}
