/** A pattern, read: what both Python's regular expressions and globs become before they are matched. */

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
