import type { Alphabet } from './pattern-alphabet.js'
import type { Place, Tree } from './pattern-tree.js'

/** What an automaton does next. Numbers are places in the program, and numbers of sets and looks. */
export type Step =
  | { readonly does: 'read'; readonly set: number; readonly then: number }
  | { readonly does: 'fork'; readonly branches: number[] }
  | { readonly does: 'place'; readonly place: Place; readonly then: number }
  | { readonly does: 'look'; readonly look: number; readonly wanted: boolean; readonly then: number }
  | { readonly does: 'match' }

/** A pattern as steps, to be run along the text or against it. */
export interface Program {
  readonly steps: readonly Step[]
  readonly first: number
  readonly way: 'forward' | 'backward'
}

/** A pattern and its lookarounds. An inner one comes before the one around it. */
export interface Programs {
  readonly main: Program
  /** A lookahead runs backward: it then knows at each place whether its pattern matches from there on. */
  readonly looks: readonly Program[]
}

/** Most steps of a program: what bounds the work of one new state. */
const mostSteps = 5_000

/** One bit each in a byte per character. */
const mostLooks = 8

/** Throws SyntaxError for a pattern that is too large when its counted repetitions are written out. Costs no more than reading it. */
export function checkSize(tree: Tree): void {
  const { steps, looks } = sizeOf(tree)
  if (steps > mostSteps)
    throw new SyntaxError(
      `the pattern has more than ${mostSteps} steps when its counted repetitions are written out; lower their numbers`,
    )
  if (looks > mostLooks)
    throw new SyntaxError(
      `the pattern has more than ${mostLooks} lookarounds (one in a counted repetition counts each time)`,
    )
}

interface Size {
  readonly steps: number
  readonly looks: number
}

function sizeOf(tree: Tree): Size {
  switch (tree.kind) {
    case 'set':
    case 'place':
      return { steps: 1, looks: 0 }
    case 'look': {
      const { steps, looks } = sizeOf(tree.part)
      return { steps: steps + 1, looks: looks + 1 }
    }
    case 'sequence':
    case 'choice':
      return tree.parts.map(sizeOf).reduce(sum, { steps: 1, looks: 0 })
    case 'repeat': {
      const copies = tree.most === Number.POSITIVE_INFINITY ? tree.least + 1 : tree.most
      const { steps, looks } = sizeOf(tree.part)
      return { steps: (steps + 1) * copies, looks: looks * copies }
    }
  }
}

function sum(one: Size, other: Size): Size {
  return { steps: one.steps + other.steps, looks: one.looks + other.looks }
}

/** The size of the pattern was checked. */
export function programsOf(tree: Tree, alphabet: Alphabet): Programs {
  const looks: Program[] = []
  return { main: programOf(tree, 'forward', { alphabet, looks }), looks }
}

interface Shared {
  readonly alphabet: Alphabet
  readonly looks: Program[]
}

function programOf(tree: Tree, way: Program['way'], shared: Shared): Program {
  const steps: Step[] = []
  const { alphabet, looks } = shared

  const add = (step: Step): number => steps.push(step) - 1

  /** Where to begin to match the tree and go on with `then`. */
  function write(part: Tree, then: number): number {
    switch (part.kind) {
      case 'set':
        return add({ does: 'read', set: alphabet.add(part.set), then })
      case 'place':
        return add({ does: 'place', place: part.place, then })
      case 'look':
        return add({ does: 'look', look: writeLook(part), wanted: part.wanted, then })
      case 'sequence':
        return way === 'forward'
          ? part.parts.reduceRight((next, one) => write(one, next), then)
          : part.parts.reduce((next, one) => write(one, next), then)
      case 'choice':
        return add({ does: 'fork', branches: part.parts.map((one) => write(one, then)) })
      case 'repeat':
        return writeRepeat(part, then)
    }
  }

  function writeRepeat({ part, least, most }: Tree & { kind: 'repeat' }, then: number): number {
    let next = then
    if (most === Number.POSITIVE_INFINITY) {
      const branches: number[] = []
      next = add({ does: 'fork', branches })
      branches.push(write(part, next), then)
    } else {
      // From the last to the first: each may be left out together with all behind it.
      for (let count = least; count < most; count++)
        next = add({ does: 'fork', branches: [write(part, next), then] })
    }
    for (let count = 0; count < least; count++) next = write(part, next)
    return next
  }

  function writeLook(look: Tree & { kind: 'look' }): number {
    looks.push(programOf(look.part, look.way === 'ahead' ? 'backward' : 'forward', shared))
    return looks.length - 1
  }

  const match = add({ does: 'match' })
  return { steps, first: write(tree, match), way }
}
