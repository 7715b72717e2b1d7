import { compileGlobList, type GlobList } from '../glob.js'
import { defaultTraits, type EventTrait } from './trait.js'

/** Event types, and the traits of their events. source: ceilometer/event/converter.py (EventDefinition) */
export interface EventDefinition {
  /** As the file has them: globs, `!glob` excludes. */
  readonly eventTypes: string | readonly string[]
  readonly globs: GlobList
  /** All of them: the default ones first, unless they were replaced in place. */
  readonly traits: readonly EventTrait[]
  /** `file:line`, for messages. */
  readonly place: string
}

export function makeDefinition(
  eventTypes: string | readonly string[],
  traits: readonly EventTrait[],
  place: string,
): EventDefinition {
  return {
    eventTypes,
    globs: compileGlobList(typeof eventTypes === 'string' ? [eventTypes] : eventTypes),
    traits: withDefaults(traits),
    place,
  }
}

/** Whether it takes whatever no other takes: `*` and no exclusion. */
export function isCatchAll({ globs }: EventDefinition): boolean {
  return globs.included.includes('*') && globs.excluded.length === 0
}

/** What takes the notifications that no definition wants, with the default traits alone. */
export const catchAll: EventDefinition = makeDefinition('*', [], 'the catch-all')

function withDefaults(traits: readonly EventTrait[]): EventTrait[] {
  const all = new Map(defaultTraits.map((trait) => [trait.name, trait]))
  // A Map keeps the place of a name that it knows.
  for (const trait of traits) all.set(trait.name, trait)
  return [...all.values()]
}
