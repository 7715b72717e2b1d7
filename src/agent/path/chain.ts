/** Paths that are nothing but names, as most are: walked without a closure per step. */
import { isObject } from './derived.js'
import type { Node } from './tree.js'

/** The names, from the root or from an item of a list; undefined for any other path. */
export function chainOf(tree: Node): readonly string[] | undefined {
  if (tree.kind === 'root' || tree.kind === 'this') return []
  if (tree.kind === 'fields') {
    const [name, ...others] = tree.names
    return name === undefined || name === '*' || others.length > 0 ? undefined : [name]
  }
  if (tree.kind !== 'child' || tree.right.kind === 'root') return undefined
  const [left, right] = [chainOf(tree.left), chainOf(tree.right)]
  return left === undefined || right === undefined ? undefined : [...left, ...right]
}

/** Undefined where it leads nowhere. */
export function valueAt(root: unknown, chain: readonly string[]): unknown {
  let value = root
  for (const name of chain) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}
