/** JSONPath in the dialect of Ceilometer's definition files, compiled to closures once per text. */

import { chainOf, valueAt } from './chain.js'
import { parsePath } from './parser.js'
import { PathError, PathValueError } from './path-error.js'
import { StepCompiler } from './steps.js'
import type { Node } from './tree.js'
import { bareValues, type Placed, placedValues, writePlace } from './world.js'

/** A value that a path found. */
export interface Match {
  /** Dotted, with indices as `[0]`: `payload.items.[0].name`. Empty for what an operator made, and for the root. */
  readonly path: string
  readonly value: unknown
}

/**
 * None of its methods throws, whatever the notification: an index on null, an index before the beginning, a filter or `sub` on what is no text are
 * no match, where the original raises. Strict ones throw PathValueError there.
 */
export interface CompiledPath {
  readonly text: string
  /** All matches in order, null among them. */
  readonly values: (root: unknown) => readonly unknown[]
  readonly matches: (root: unknown) => readonly Match[]
  /** The first match that is not null, else null. */
  readonly first: (root: unknown) => unknown
  /** Whether the text is a plain name or names with dots: what definitions write for a literal. */
  readonly isPlain: boolean
  /** Whether it is nothing but names from the root: walked faster than a result could be looked up. */
  readonly isChain: boolean
  /** Whether a `|` without brackets stands beside a `.`: it binds tighter, which is hardly ever meant. Whoever loads files should say so. */
  readonly hasTightUnion: boolean
}

/** Definition files repeat their paths: as many as a large set of them has. The oldest go first. */
const mostCached = 10_000

/** What happens where the original raises: nothing is found, or PathValueError is thrown. */
export type PathMode = 'lenient' | 'strict'

const caches: Readonly<Record<PathMode, Map<string, CompiledPath>>> = {
  lenient: new Map(),
  strict: new Map(),
}

/** Throws PathError. The same text gives the same object. */
export function compilePath(text: string, mode: PathMode = 'lenient'): CompiledPath {
  const cache = caches[mode]
  const known = cache.get(text)
  if (known !== undefined) return known
  const compiled = compile(text, mode)
  if (cache.size >= mostCached) cache.delete(cache.keys().next().value as string)
  cache.set(text, compiled)
  return compiled
}

function compile(text: string, mode: PathMode): CompiledPath {
  const { tree, hasTightUnion } = parsePath(text)
  const wrong =
    mode === 'lenient'
      ? () => {}
      : () => {
          throw new PathValueError(text)
        }
  try {
    const chain = chainOf(tree)
    const matches = placesOf(tree, wrong)
    const values =
      chain !== undefined
        ? (root: unknown) => valuesAt(root, chain)
        : needsPlaces(tree, 'top')
          ? (root: unknown) => matches(root).map(({ value }) => value)
          : new StepCompiler(bareValues, wrong).all(tree)
    return {
      text,
      isPlain: plainText.test(text),
      hasTightUnion,
      isChain: chain !== undefined,
      values,
      matches: (root) => matches(root).map((found) => ({ path: writePlace(found), value: found.value })),
      first: chain === undefined ? (root) => firstOf(values(root)) : (root) => valueAt(root, chain) ?? null,
    }
  } catch (cause) {
    throw new PathError(text, 0, cause instanceof Error ? cause.message : String(cause))
  }
}

/** Compiled when first asked: most paths never are. */
function placesOf(tree: Node, wrong: () => void): (root: unknown) => readonly Placed[] {
  let find: ((root: Placed) => readonly Placed[]) | undefined
  return (root) => {
    find ??= new StepCompiler(placedValues, wrong).all(tree)
    return find({ value: root, outer: undefined, place: '' })
  }
}

const plainText = /^@?[a-zA-Z_][\w@-]*(?:\.@?[a-zA-Z_][\w@-]*)*$/

/** `parent` needs them, and `$` where the datum at hand is not the root. */
function needsPlaces(tree: Node, at: 'top' | 'inside'): boolean {
  switch (tree.kind) {
    case 'parent':
      return true
    case 'root':
      return at === 'inside'
    case 'child':
    case 'descendants':
    case 'where':
      return needsPlaces(tree.left, at) || needsPlaces(tree.right, 'inside')
    case 'union':
      return needsPlaces(tree.left, at) || needsPlaces(tree.right, at)
    case 'operation':
      return [tree.left, tree.right].some((operand) => operand.kind !== 'literal' && needsPlaces(operand, at))
    case 'filter':
      return tree.tests.some(({ path }) => needsPlaces(path, 'top'))
    case 'sorted':
      return tree.keys.some(({ path }) => needsPlaces(path, 'top'))
    default:
      return false
  }
}

function valuesAt(root: unknown, chain: readonly string[]): readonly unknown[] {
  const value = valueAt(root, chain)
  return value === undefined ? nothing : [value]
}

const nothing: readonly unknown[] = Object.freeze([])

function firstOf(values: readonly unknown[]): unknown {
  for (const value of values) if (value !== null && value !== undefined) return value
  return null
}
