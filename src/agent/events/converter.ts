import { describeFound } from '../definitions/mapping.js'
import type { Event, Trait } from '../event.js'
import type { AgentNotification } from '../notification.js'
import { PathValueError } from '../path/path-error.js'
import { timeInUtc } from '../values/index.js'
import type { EventDefinition } from './event-definition.js'
import type { EventDropCode, EventOptions } from './event-options.js'
import type { EventTrait } from './trait.js'

/** Event types are few, unless somebody sends others to fill the memory. */
const MOST_REMEMBERED = 10_000

/** The root of every path: a notification without its priority. */
type Message = Omit<AgentNotification, 'priority'>

/**
 * Makes events of notifications. Never throws, whatever a notification is; what it drops is counted by code.
 * source: ceilometer/event/converter.py (NotificationEventsConverter)
 */
export class EventConverter {
  readonly definitions: readonly EventDefinition[]
  readonly #options: EventOptions
  readonly #rawPriorities: ReadonlySet<string>
  readonly #known = new Map<string, EventDefinition | null>()
  readonly #drops: Record<EventDropCode, number> = {
    UNMATCHED: 0,
    BAD_EVENT_TYPE: 0,
    BAD_TIMESTAMP: 0,
    BAD_TRAIT: 0,
  }

  /** `definitions` in the order in which they are asked, as `loadEvents` gives them: the first that matches is used. */
  constructor(definitions: readonly EventDefinition[], options: EventOptions = {}) {
    this.definitions = definitions
    this.#options = options
    this.#rawPriorities = new Set(options.storeRaw?.map((word) => word.toLowerCase()))
  }

  /** Losses since the start, by code. */
  get drops(): Readonly<Record<EventDropCode, number>> {
    return this.#drops
  }

  /** Null for a priority other than `info` and `error`, and for what is dropped. */
  event(notification: AgentNotification): Event | null {
    const { priority, event_type: eventType } = notification
    if (priority !== 'info' && priority !== 'error') return null
    if (typeof eventType !== 'string')
      return this.#drop(
        'BAD_EVENT_TYPE',
        () => `event_type must be a text; found ${describeFound(eventType)}`,
      )
    const definition = this.#definitionOf(eventType)
    if (definition === null)
      return this.#drop('UNMATCHED', () => `no definition matches event type '${eventType}'`)
    const generated = this.#generated(notification)
    if (generated === null) return null
    const message = messageOf(notification)
    const traits = this.#traits(definition, message)
    if (traits === null) return null
    return {
      message_id: idOf(notification),
      event_type: eventType,
      generated,
      traits,
      raw: this.#rawPriorities.has(priority) ? withoutGaps(message) : {},
    }
  }

  #definitionOf(eventType: string): EventDefinition | null {
    const known = this.#known.get(eventType)
    if (known !== undefined) return known
    const found = this.definitions.find(({ globs }) => globs.matches(eventType)) ?? null
    if (this.#known.size >= MOST_REMEMBERED) this.#known.delete(this.#known.keys().next().value as string)
    this.#known.set(eventType, found)
    return found
  }

  #generated({ metadata }: AgentNotification): string | null {
    // Typed as never absent, but what the sender left out is.
    const timestamp: unknown = (metadata as AgentNotification['metadata'] | null | undefined)?.timestamp
    const generated = timeInUtc(timestamp)
    if (generated !== null) return generated
    if (this.#options.badTimestamp === 'now') return timeInUtc(new Date().toISOString())
    return this.#drop(
      'BAD_TIMESTAMP',
      () => `metadata.timestamp must be a time as in ISO 8601; found ${describeFound(timestamp)}`,
    )
  }

  #traits(definition: EventDefinition, message: Message): Trait[] | null {
    const traits: Trait[] = []
    for (const trait of definition.traits) {
      const found = this.#found(trait, message, definition)
      if (found === lost) return null
      if (found === null || found === undefined) continue
      const value = trait.convert(found)
      if (value !== undefined) traits.push([trait.name, trait.type, value])
      else if (this.#isLost(trait, found, message, definition)) return null
    }
    return traits
  }

  /** `lost` where its path is strict and raises as in the original, which costs the event. */
  #found(trait: EventTrait, message: Message, { place }: EventDefinition): unknown {
    try {
      return trait.find(message)
    } catch (error) {
      if (!(error instanceof PathValueError)) throw error
      this.#drop(
        'BAD_TRAIT',
        () => `trait '${trait.name}' of '${message.event_type}' (${place}): ${error.message}`,
      )
      return lost
    }
  }

  /** Of a bad trait: whether the event goes with it. */
  #isLost(trait: EventTrait, found: unknown, message: Message, { place }: EventDefinition): boolean {
    const isLost = this.#options.badTrait === 'drop-event'
    const loses = isLost ? 'event' : 'trait'
    this.#drop(
      'BAD_TRAIT',
      () =>
        `trait '${trait.name}' of '${message.event_type}' (${place}) can't be made of ${describeFound(found)}`,
      loses,
    )
    return isLost
  }

  #drop(code: EventDropCode, text: () => string, loses: 'event' | 'trait' = 'event'): null {
    this.#drops[code] += 1
    this.#options.onDrop?.({ code, loses, text: text() })
    return null
  }
}

const lost = Symbol('lost')

function messageOf({ ctxt, publisher_id, event_type, payload, metadata }: AgentNotification): Message {
  return { ctxt, publisher_id, event_type, payload, metadata }
}

function idOf({ metadata }: AgentNotification): string | null {
  return (metadata as AgentNotification['metadata'] | null | undefined)?.message_id ?? null
}

function withoutGaps(message: Message): Record<string, unknown> {
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined))
}
