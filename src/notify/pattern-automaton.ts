/**
 * Matches texts in time proportional to their length, whatever the pattern: all ways through the pattern are followed at once, one
 * character after the other, instead of one after the other as RegExp does (Thompson's construction). The sets of steps that are met on the
 * way are kept as states with a table of what follows (a deterministic automaton, made as texts need it), so that a usual character costs
 * one look-up. Lookarounds are marked on the text first, each in one pass. What lies beyond the look-ups is bounded: see Effort.
 */
import { Alphabet, after, before, type CharacterClass, unknown } from './pattern-alphabet.js'
import { Effort } from './pattern-effort.js'
import { type Program, programsOf, type Step } from './pattern-program.js'
import type { Place, Reading, Tree } from './pattern-tree.js'

/** A pattern that matches texts of any length. */
export class PatternAutomaton {
  readonly #effort = new Effort()
  readonly #main: Automaton
  readonly #looks: readonly Automaton[]

  /** The size of the pattern was checked. */
  constructor(tree: Tree, { word, ignoreCase }: Reading) {
    const alphabet = new Alphabet(this.#effort, { ignoreCase })
    const programs = programsOf(tree, alphabet)
    const stride = programs.looks.length === 0 ? 1 : 256
    const parts: Parts = { alphabet, effort: this.#effort, word: alphabet.add(word), stride }
    this.#main = new Automaton(programs.main, parts, 'at the start')
    this.#looks = programs.looks.map((program) => new Automaton(program, parts, 'anywhere'))
  }

  /** Whether the text matches from its start on. Throws InvalidFilter (`PATTERN_TOO_COSTLY`). */
  test(text: string): boolean {
    this.#effort.renew()
    if (this.#looks.length === 0) return this.#main.test(text)
    const marks = new Uint8Array(text.length + 1)
    for (const [index, look] of this.#looks.entries()) look.mark(text, marks, 1 << index)
    return this.#main.test(text, marks)
  }
}

interface State {
  /** The steps at which the ways are, before anything is done that takes no character. */
  readonly ways: readonly number[]
  /** The character that was read last. */
  readonly last: CharacterClass
  /** One of the ways came to the end of the pattern at the place before that character. */
  readonly isMatch: boolean
  /** Nothing that follows changes whether there is a match from the start on. */
  readonly isEnd: boolean
  /** By class of the next character and marks of the place before it: `class * stride + marks`. */
  readonly next: (State | undefined)[]
}

interface Parts {
  readonly alphabet: Alphabet
  readonly effort: Effort
  readonly word: number
  /** Without marks 1, so that the tables of what follows stay dense; else 256. */
  readonly stride: 1 | 256
}

/** What a way of a new state costs beyond its step, in steps; measured. */
const costOfWay = 10

/** Most ways of all states, and rows of their tables, that are kept (some MiB); then it begins anew. */
const mostKept = 200_000

class Automaton {
  readonly #program: Program
  readonly #parts: Parts
  /** Whether it may begin at every place, or at the first one only. */
  readonly #beginsAnywhere: boolean
  readonly #hasPlaces: boolean
  /** By step: the last round that followed it, and that took it up. */
  readonly #followed: Uint32Array
  readonly #taken: Uint32Array
  #round = 0
  readonly #states = new Map<string, State>()
  #kept = 0
  readonly #start: State

  constructor(program: Program, parts: Parts, begins: 'at the start' | 'anywhere') {
    this.#program = program
    this.#parts = parts
    this.#beginsAnywhere = begins === 'anywhere'
    this.#hasPlaces = program.steps.some(({ does }) => does === 'place')
    this.#followed = new Uint32Array(program.steps.length)
    this.#taken = new Uint32Array(program.steps.length)
    this.#start = { ways: [program.first], last: parts.alphabet.edge, isMatch: false, isEnd: false, next: [] }
  }

  /** Whether it matches from the start of the text on. */
  test(text: string, marks?: Uint8Array): boolean {
    const { alphabet, stride } = this.#parts
    let { ids } = alphabet
    let state = this.#start
    for (let at = 0; ; ) {
      const code = text.charCodeAt(at)
      const known = code < ids.length ? (ids[code] as number) : unknown
      const mark = marks === undefined ? 0 : (marks[at] as number)
      // The usual character costs one look-up; the rest is for what was not met before.
      const next = known === unknown ? undefined : state.next[known * stride + mark]
      state = next ?? this.#behind(state, alphabet.after(text, at), mark)
      if (known === unknown) ids = alphabet.ids
      if (state.isEnd) return state.isMatch
      at = code < 0xd800 ? at + 1 : after(text, at)
    }
  }

  /** Sets the bit at each place from which on it matches, in the direction of its program. */
  mark(text: string, marks: Uint8Array, bit: number): void {
    const { alphabet } = this.#parts
    const isForward = this.#program.way === 'forward'
    const end = isForward ? text.length : 0
    let state = this.#start
    for (let at = text.length - end; ; at = isForward ? after(text, at) : before(text, at)) {
      const read = isForward ? alphabet.after(text, at) : alphabet.before(text, at)
      const mark = marks[at] as number
      state = this.#behind(state, read, mark)
      if (state.isMatch) marks[at] = mark | bit
      if (at === end) return
    }
  }

  #behind(state: State, read: CharacterClass, mark: number): State {
    return state.next[read.id * this.#parts.stride + mark] ?? this.#follow(state, read, mark)
  }

  /** The state behind `read`, and a note of it in `state`. */
  #follow(state: State, read: CharacterClass, mark: number): State {
    const { steps, first } = this.#program
    const round = this.#nextRound()
    const open = this.#beginsAnywhere ? [...state.ways, first] : [...state.ways]
    const ways: number[] = []
    let isMatch = false
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      this.#parts.effort.spend(1)
      if (this.#followed[at] === round) continue
      this.#followed[at] = round
      const step = steps[at] as Step
      if (step.does === 'match') isMatch = true
      else if (step.does === 'fork') open.push(...step.branches)
      else if (step.does === 'read') {
        if (read.isIn[step.set] === true && this.#taken[step.then] !== round) {
          this.#taken[step.then] = round
          ways.push(step.then)
        }
      } else if (this.#holds(step, state.last, read, mark)) open.push(step.then)
    }
    const found = this.#stateOf(ways, read, isMatch)
    state.next[read.id * this.#parts.stride + mark] = found
    return found
  }

  #nextRound(): number {
    this.#round += 1
    if (this.#round > 0xffff_ffff) {
      this.#followed.fill(0)
      this.#taken.fill(0)
      this.#round = 1
    }
    return this.#round
  }

  #stateOf(ways: number[], read: CharacterClass, isMatch: boolean): State {
    this.#parts.effort.spend(ways.length * costOfWay)
    const last = this.#hasPlaces ? read : this.#parts.alphabet.edge
    const key = `${isMatch} ${last.id} ${ways.toSorted((one, other) => one - other).join(' ')}`
    const known = this.#states.get(key)
    if (known !== undefined) return known
    this.#kept += ways.length + this.#parts.alphabet.size
    if (this.#kept > mostKept) this.#forget()
    const made: State = { ways, last, isMatch, isEnd: isMatch || ways.length === 0, next: [] }
    this.#states.set(key, made)
    return made
  }

  /** What the text at hand still holds goes with it. */
  #forget(): void {
    this.#states.clear()
    this.#kept = 0
    this.#start.next.length = 0
  }

  #holds(
    step: Step & { does: 'place' | 'look' },
    last: CharacterClass,
    read: CharacterClass,
    mark: number,
  ): boolean {
    if (step.does === 'look') return ((mark >> step.look) & 1) === (step.wanted ? 1 : 0)
    const [left, right] = this.#program.way === 'forward' ? [last, read] : [read, last]
    return holdsAt(step.place, left, right, this.#parts.word)
  }
}

function holdsAt(place: Place, left: CharacterClass, right: CharacterClass, word: number): boolean {
  switch (place) {
    case 'start':
      return left.isEdge
    case 'end':
      return right.isEdge
    case 'last':
      return right.isEdge || right.isLast
    case 'line-start':
      return left.isEdge || left.isLineFeed
    case 'line-end':
      return right.isEdge || right.isLineFeed
    case 'word-edge':
      return (left.isIn[word] ?? false) !== (right.isIn[word] ?? false)
    // Never in an empty text: a quirk of Python's.
    case 'no-word-edge':
      return (left.isIn[word] ?? false) === (right.isIn[word] ?? false) && !(left.isEdge && right.isEdge)
  }
}
