/**
 * Patterns that JavaScript's RegExp matches in time proportional to a short text, which it does several times faster than an automaton of
 * ours. RegExp tries one way through a pattern after the other; here it is counted beforehand how many ways there can be.
 */
import type { Place, Reading, Tree } from './pattern-tree.js'

/** Most tries of a character: altogether, and for each character of the text. Beyond, an automaton is faster on a text made to be slow. */
const mostTries = { once: 1_000, each: 32 }

/** For texts of up to `longestText`; undefined = RegExp might take too long. */
export function regExpOf(tree: Tree, { word, ignoreCase }: Reading): RegExp | undefined {
  const { once, each } = triesOf(tree, { once: 0, each: 0 })
  if (once > mostTries.once || each > mostTries.each) return undefined
  return new RegExp(write(tree, word), ignoreCase ? 'isvy' : 'svy')
}

/** RegExp keeps a note for each character that it may have to give back, and throws when a long text has too many. */
export const longestText = 1_000

/** At most `once + each * length of the text`. */
interface Tries {
  readonly once: number
  readonly each: number
}

const tooMany: Tries = { once: Number.POSITIVE_INFINITY, each: Number.POSITIVE_INFINITY }

/** How often at most a character is tried by a part of a pattern and the `rest` behind it. */
function triesOf(tree: Tree, rest: Tries): Tries {
  switch (tree.kind) {
    case 'set':
    case 'place':
      return sum({ once: 1, each: 0 }, rest)
    case 'look':
      return sum(triesOf(tree.part, { once: 1, each: 0 }), rest)
    case 'sequence':
      return tree.parts.reduceRight((tries, part) => triesOf(part, tries), rest)
    case 'choice':
      return tree.parts.map((part) => triesOf(part, rest)).reduce(sum)
    case 'repeat':
      return triesOfRepeat(tree, rest)
  }
}

function triesOfRepeat({ part, least, most }: Tree & { kind: 'repeat' }, rest: Tries): Tries {
  if (most === Number.POSITIVE_INFINITY) {
    // Each character may be the last one, and the rest begin behind it. A rest that also grows with the text makes it a square.
    if (part.kind !== 'set' || rest.each > 0) return tooMany
    return { once: least + 1 + rest.once, each: 1 + rest.once }
  }
  if (most > mostTries.once) return tooMany
  let tries = rest
  for (let count = most; count > 0; count--) {
    tries = triesOf(part, tries)
    if (count > least) tries = sum(tries, rest)
    if (tries.once > mostTries.once) return tooMany
  }
  return tries
}

function sum(one: Tries, other: Tries): Tries {
  return { once: one.once + other.once, each: one.each + other.each }
}

function write(tree: Tree, word: string): string {
  switch (tree.kind) {
    case 'set':
      // V8 of Node 20 negates such a class once more each time it copies a repeated group in `v` mode: (?:[^a]b){2} is not in 'cbcb'.
      return tree.set.startsWith('[^') ? `[${tree.set}]` : tree.set
    case 'place':
      return writePlace(tree.place, word)
    case 'sequence':
      return tree.parts.map((part) => write(part, word)).join('')
    case 'choice':
      return `(?:${tree.parts.map((part) => write(part, word)).join('|')})`
    case 'look':
      return `(?${tree.way === 'behind' ? '<' : ''}${tree.wanted ? '=' : '!'}${write(tree.part, word)})`
    case 'repeat': {
      const most = tree.most === Number.POSITIVE_INFINITY ? '' : tree.most
      return `(?:${write(tree.part, word)}){${tree.least},${most}}`
    }
  }
}

function writePlace(place: Place, word: string): string {
  switch (place) {
    case 'start':
      return '^'
    case 'end':
      return '$'
    case 'last':
      return '(?=\\n?$)'
    case 'line-start':
      return '(?<=^|\\n)'
    case 'line-end':
      return '(?=\\n|$)'
    case 'word-edge':
      return `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`
    case 'no-word-edge':
      return `(?!^$)(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`
  }
}
