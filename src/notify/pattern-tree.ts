/** A pattern, read: what both Python's regular expressions and globs become before they are matched. */
import { codeWritten } from './pattern-class.js'

/** A place between two characters that takes none. `last`: the end, or before a line feed that ends the text. */
export type Place = 'start' | 'end' | 'last' | 'line-start' | 'line-end' | 'word-edge' | 'no-word-edge'

export type Tree =
  /** One character of a class, in the syntax of JavaScript's `v` mode. */
  | { readonly kind: 'set'; readonly set: string }
  | { readonly kind: 'sequence'; readonly parts: readonly Tree[] }
  | { readonly kind: 'choice'; readonly parts: readonly Tree[] }
  | { readonly kind: 'repeat'; readonly part: Tree; readonly least: number; readonly most: number }
  | { readonly kind: 'place'; readonly place: Place }
  /** A lookahead or lookbehind. */
  | { readonly kind: 'look'; readonly way: 'ahead' | 'behind'; readonly wanted: boolean; readonly part: Tree }

/** How the sets of a pattern are meant. */
export interface Reading {
  /** What words are made of. */
  readonly word: string
  readonly ignoreCase: boolean
}

/** How many characters it takes; undefined when that is not one number, which Python does not allow in a lookbehind. */
export function widthOf(tree: Tree): number | undefined {
  switch (tree.kind) {
    case 'set':
      return 1
    case 'place':
    case 'look':
      return 0
    case 'sequence':
      return tree.parts.reduce<number | undefined>((sum, part) => {
        const width = widthOf(part)
        return sum === undefined || width === undefined ? undefined : sum + width
      }, 0)
    case 'choice': {
      const widths = new Set(tree.parts.map(widthOf))
      return widths.size === 1 ? [...widths][0] : undefined
    }
    case 'repeat': {
      const width = widthOf(tree.part)
      if (width === 0) return 0
      return tree.least === tree.most && width !== undefined ? width * tree.least : undefined
    }
  }
}

/** Without what may be there at the end or not, which changes nothing for a pattern that need not reach the end of the text. */
export function withoutOpenEnd(tree: Tree): Tree {
  switch (tree.kind) {
    case 'choice':
      return { kind: 'choice', parts: tree.parts.map(withoutOpenEnd) }
    case 'repeat':
      return { ...tree, most: tree.least }
    case 'sequence': {
      const parts = [...tree.parts]
      for (let last = parts.pop(); last !== undefined; last = parts.pop()) {
        if (last.kind === 'repeat' && last.least === 0) continue
        parts.push(withoutOpenEnd(last))
        break
      }
      return { kind: 'sequence', parts }
    }
    default:
      return tree
  }
}

/** Most texts that a pattern's matches are told to begin with; a pattern of more begins as it does before its choices. */
const mostBeginnings = 16

interface Beginning {
  readonly text: string
  /** Whether nothing unknown has come yet, so that more may be added. */
  readonly isOpen: boolean
}

/** Texts, with one of which each text begins that matches; the empty one when nothing is known of it. */
export function beginningsOf(tree: Tree, { ignoreCase }: Reading): readonly string[] {
  if (ignoreCase) return ['']
  return [...new Set(extended([{ text: '', isOpen: true }], tree).map(({ text }) => text))]
}

function extended(before: readonly Beginning[], tree: Tree): readonly Beginning[] {
  switch (tree.kind) {
    case 'set': {
      const code = codeWritten(tree.set)
      if (code === undefined) return closed(before)
      const sign = String.fromCodePoint(code)
      return before.map((one) => (one.isOpen ? { text: one.text + sign, isOpen: true } : one))
    }
    // They take no character: what begins before them goes on behind them.
    case 'place':
    case 'look':
      return before
    case 'sequence':
      return tree.parts.reduce(extended, before)
    case 'choice': {
      const all = tree.parts.flatMap((part) => extended(before, part))
      return all.length > mostBeginnings ? closed(before) : all
    }
    case 'repeat':
      return closed(tree.least === 0 ? before : extended(before, tree.part))
  }
}

function closed(beginnings: readonly Beginning[]): readonly Beginning[] {
  return beginnings.map(({ text }) => ({ text, isOpen: false }))
}
