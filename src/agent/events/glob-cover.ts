/** What globs say about one another: which event types a definition can ever get. */
import { type GlobPart, globParts, takes } from '../glob.js'

/**
 * Whether every text that `narrow` matches is matched by `wide`. Sure when it says yes; it may say no where classes or several stars would have to be
 * reckoned with.
 */
export function covers(wide: string, narrow: string): boolean {
  // Most globs of most files, all of which are compared with all.
  if (!/[*?[]/.test(wide)) return wide === narrow
  return walk(globParts(wide), globParts(narrow), coversPart, coverStars)
}

/** Whether there is a text that both match. May say yes where classes exclude each other. */
export function overlap(one: string, other: string): boolean {
  return walk(globParts(one), globParts(other), overlapParts, overlapStars)
}

type One = Exclude<GlobPart, { kind: 'star' }>

/** Next steps at a place where at least one part is a star: pairs of how far to go in each. */
type StarSteps = (
  left: GlobPart | undefined,
  right: GlobPart | undefined,
) => readonly (readonly [number, number])[]

/** Whether both lists of parts can be gone through to their ends together. */
function walk(
  left: readonly GlobPart[],
  right: readonly GlobPart[],
  fits: (left: One, right: One) => boolean,
  steps: StarSteps,
): boolean {
  const tried = new Set<number>()
  const from = (i: number, j: number): boolean => {
    const place = i * (right.length + 1) + j
    if (tried.has(place)) return false
    tried.add(place)
    const [one, other] = [left[i], right[j]]
    if (one === undefined && other === undefined) return true
    if (one?.kind === 'star' || other?.kind === 'star')
      return steps(one, other).some(([di, dj]) => from(i + di, j + dj))
    return one !== undefined && other !== undefined && fits(one, other) && from(i + 1, j + 1)
  }
  return from(0, 0)
}

/** A star of the wide one takes any part of the narrow one, also its star; a star of the narrow one needs that. */
const coverStars: StarSteps = (wide, narrow) => {
  if (wide?.kind !== 'star') return []
  return narrow === undefined
    ? [[1, 0]]
    : [
        [0, 1],
        [1, 0],
      ]
}

const overlapStars: StarSteps = (one, other) => [
  ...(one?.kind === 'star'
    ? ([[1, 0], ...(other === undefined || other.kind === 'star' ? [] : [[0, 1] as const])] as const)
    : []),
  ...(other?.kind === 'star'
    ? ([[0, 1], ...(one === undefined || one.kind === 'star' ? [] : [[1, 0] as const])] as const)
    : []),
]

function coversPart(wide: One, narrow: One): boolean {
  if (wide.kind === 'any') return true
  if (narrow.kind === 'sign') return takes(wide, narrow.code)
  return wide.kind === 'class' && narrow.kind === 'class' && JSON.stringify(wide) === JSON.stringify(narrow)
}

function overlapParts(one: One, other: One): boolean {
  if (one.kind === 'sign') return takes(other, one.code)
  return other.kind === 'sign' ? takes(one, other.code) : true
}
