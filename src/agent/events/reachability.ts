import type { Problem } from '../problem.js'
import type { EventDefinition } from './event-definition.js'
import { covers, overlap } from './glob-cover.js'

/** A definition and how to tell of it. */
export interface PlacedDefinition {
  readonly definition: EventDefinition
  readonly problem: (severity: Problem['severity'], code: string, text: string) => Problem
}

/**
 * Warnings about definitions that come too early in their file: those behind them take all their event types, or all of one of their globs.
 * `definitions` in the order in which they are asked.
 */
export function reachProblems(definitions: readonly PlacedDefinition[]): Problem[] {
  const problems = definitions.flatMap((one, at) => {
    const asked = definitions.slice(0, at).map(({ definition }) => definition)
    const globs = includedBy(one.definition)
    const taken = globs.flatMap((glob) => {
      const taker = asked.find((other) => takesAll(other, glob, one.definition))
      return taker === undefined ? [] : [`'${glob}' goes to ${placeSeenFrom(one.definition, taker)}`]
    })
    return taken.length === 0
      ? []
      : [reachProblem(one, taken, taken.length === globs.length ? 'all' : 'some')]
  })
  // As in the file again.
  return problems.reverse()
}

/** Named in full; more of them are counted. */
const MOST_NAMED = 3

function reachProblem(
  { problem }: PlacedDefinition,
  taken: readonly string[],
  which: 'all' | 'some',
): Problem {
  const more = taken.length - MOST_NAMED
  const named = taken.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
  return which === 'all'
    ? problem(
        'warning',
        'UNREACHABLE_DEFINITION',
        `no event reaches this definition, since the last that matches is used: ${named}; move it behind them or remove it`,
      )
    : problem(
        'warning',
        'SHADOWED_EVENT_TYPE',
        `some events never reach this definition, since the last that matches is used: ${named}`,
      )
}

/** `line 95` in the same file. */
function placeSeenFrom({ place }: EventDefinition, other: EventDefinition): string {
  const file = place.slice(0, place.lastIndexOf(':') + 1)
  return file !== '' && other.place.startsWith(file) ? `line ${other.place.slice(file.length)}` : other.place
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
