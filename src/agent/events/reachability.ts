import type { Problem } from '../problem.js'
import type { EventDefinition } from './event-definition.js'
import { covers, overlap } from './glob-cover.js'

/** A definition and how to tell of it. */
export interface PlacedDefinition {
  readonly definition: EventDefinition
  readonly problem: (severity: Problem['severity'], code: string, text: string) => Problem
}

/**
 * Warnings about definitions that come too early in their file: what stands behind them takes all event types of theirs, or of one glob of theirs.
 * `definitions` in the order in which they are asked.
 */
export function reachProblems(definitions: readonly PlacedDefinition[]): Problem[] {
  return definitions.flatMap(({ definition, problem }, at) => {
    const earlier = definitions.slice(0, at).map((one) => one.definition)
    const globs = includedBy(definition)
    const takers = globs.map((glob) => earlier.find((other) => takesAll(other, glob, definition)))
    const taken = globs.flatMap((glob, which) => {
      const taker = takers[which]
      return taker === undefined ? [] : [`'${glob}' by ${written(taker)}`]
    })
    if (taken.length === 0) return []
    const isDead = taken.length === globs.length
    const text = isDead
      ? `no event type reaches this definition, since the last one that matches wins: ${taken.join(', ')}; move it behind them`
      : `some event types of this definition never reach it, since the last one that matches wins: ${taken.join(', ')}`
    return [problem('warning', isDead ? 'UNREACHABLE_DEFINITION' : 'SHADOWED_EVENT_TYPE', text)]
  })
}

function includedBy({ globs }: EventDefinition): readonly string[] {
  return globs.included.length === 0 && globs.excluded.length > 0 ? ['*'] : globs.included
}

/** Whether `other` takes all that `glob` lets into `definition`. */
function takesAll(other: EventDefinition, glob: string, definition: EventDefinition): boolean {
  if (!includedBy(other).some((wide) => covers(wide, glob))) return false
  return other.globs.excluded.every(
    (excluded) => !overlap(excluded, glob) || definition.globs.excluded.some((own) => covers(own, excluded)),
  )
}

function written({ eventTypes, place }: EventDefinition): string {
  const text = typeof eventTypes === 'string' ? eventTypes : eventTypes.join(', ')
  return `${text.length > 60 ? `${text.slice(0, 60)}...` : text} (${place})`
}
