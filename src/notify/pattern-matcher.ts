import { PatternAutomaton } from './pattern-automaton.js'
import { checkSize } from './pattern-program.js'
import { longestText, regExpOf } from './pattern-regexp.js'
import { beginningsOf, type Reading, type Tree, withoutOpenEnd } from './pattern-tree.js'

/** Whether a text matches. Throws InvalidFilter (`PATTERN_TOO_COSTLY`) when that can't be told in bounded time. */
export interface TextMatcher {
  (text: string): boolean
  /** No text matches that begins with none of them. Absent: any may. */
  readonly beginnings?: readonly string[]
}

/**
 * Matches from the start of a text on, in time proportional to its length: short texts by RegExp where that is safe, all others by an
 * automaton. Throws SyntaxError for a pattern that is too large.
 */
export function matcherOf(tree: Tree, reading: Reading): TextMatcher {
  const needed = withoutOpenEnd(tree)
  checkSize(needed)
  const regExp = regExpOf(needed, reading)
  // Made for the first text that needs it: most patterns of ten thousand rules never do.
  let automaton: PatternAutomaton | undefined
  const matches = (text: string): boolean => {
    if (regExp === undefined || text.length > longestText) {
      automaton ??= new PatternAutomaton(needed, reading)
      return automaton.test(text)
    }
    regExp.lastIndex = 0
    return regExp.test(text)
  }
  return Object.assign(matches, { beginnings: beginningsOf(needed, reading) })
}
