/** A tree to closures. source: jsonpath_rw/jsonpath.py, jsonpath_rw_ext/_iterable.py, _string.py (what each `find` gives) */

import { keysOf } from '../values/index.js'
import { compute, noResult } from './arithmetic.js'
import { chainOf, valueAt } from './chain.js'
import { compileComparison, order } from './comparison.js'
import { isObject, lengthOf, pieceOf, substituted } from './derived.js'
import type { Node, Operand, SortKey, Test } from './tree.js'
import type { World } from './world.js'

/** Hands each match to what follows, in order. What the original raises for is no match, and `wrong` is told. */
export type Step<D> = (datum: D, out: D[]) => void

/** Compiles for one world: bare values, or values with places. */
export class StepCompiler<D> {
  readonly #world: World<D>
  readonly #wrong: () => void

  constructor(world: World<D>, wrong: () => void) {
    this.#world = world
    this.#wrong = wrong
  }

  /** All matches of `node`. */
  all(node: Node): (datum: D) => D[] {
    const step = this.step(node, (datum, out) => {
      out.push(datum)
    })
    return (datum) => {
      const out: D[] = []
      step(datum, out)
      return out
    }
  }

  step(node: Node, next: Step<D>): Step<D> {
    switch (node.kind) {
      case 'this':
        return next
      case 'root': {
        const { top } = this.#world
        return (datum, out) => next(top(datum), out)
      }
      case 'parent':
        return this.#parent(next)
      case 'fields':
        return this.#fields(node.names, next)
      case 'index':
        return this.#index(node.index, next)
      case 'slice':
        return this.#slice(node, next)
      case 'child':
        return this.step(node.left, this.step(node.right, next))
      case 'union': {
        const [left, right] = [this.step(node.left, next), this.step(node.right, next)]
        return (datum, out) => {
          left(datum, out)
          right(datum, out)
        }
      }
      case 'descendants':
        return this.step(node.left, this.#descendants(this.step(node.right, next)))
      case 'where': {
        const isThere = this.all(node.right)
        return this.step(node.left, (datum, out) => {
          if (isThere(datum).length > 0) next(datum, out)
        })
      }
      case 'intersection':
        // It parses, and raises whenever it is asked.
        return this.#wrong
      case 'filter':
        return this.#filter(node.tests, next)
      case 'sorted':
        return this.#sorted(node.keys, next)
      case 'length':
        return this.#made(lengthOf, next)
      case 'split':
        return this.#made((value) => pieceOf(value, node), next)
      case 'substitution':
        return this.#made((value) => substituted(value, node.replace, this.#wrong), next)
      case 'operation':
        return this.#operation(node, next)
    }
  }

  #parent(next: Step<D>): Step<D> {
    const { outer } = this.#world
    const wrong = this.#wrong
    return (datum, out) => {
      const parent = outer(datum)
      if (parent === undefined) wrong()
      else next(parent, out)
    }
  }

  #fields(names: readonly string[], next: Step<D>): Step<D> {
    const { read, inner } = this.#world
    const [only] = names
    if (only !== undefined && only !== '*' && names.length === 1) {
      return (datum, out) => {
        const value = read(datum)
        if (isObject(value) && Object.hasOwn(value, only)) next(inner(datum, value[only], only), out)
      }
    }
    const all = names.includes('*')
    return (datum, out) => {
      const value = read(datum)
      if (!isObject(value)) return
      for (const name of all ? keysOf(value) : names) {
        if (Object.hasOwn(value, name)) next(inner(datum, value[name], name), out)
      }
    }
  }

  #index(index: number, next: Step<D>): Step<D> {
    const { read, inner } = this.#world
    const wrong = this.#wrong
    return (datum, out) => {
      const value = read(datum)
      // The character of a text, by code points.
      const items = typeof value === 'string' ? Array.from(value) : value
      if (!Array.isArray(items)) {
        // Python asks an object for its size first, and for the key only if that is enough.
        if (!isObject(value) || Object.keys(value).length > index) wrong()
        return
      }
      const at = index < 0 ? items.length + index : index
      if (at < 0) wrong()
      else if (at < items.length) next(inner(datum, items[at], index), out)
    }
  }

  /** What is no list but an object, an integer or a text counts as a list of itself; Swift's definition needs it. */
  #slice({ start, end }: Node & { kind: 'slice' }, next: Step<D>): Step<D> {
    const { read, inner } = this.#world
    const wrong = this.#wrong
    return (datum, out) => {
      const value = read(datum)
      const items = Array.isArray(value) ? (value as unknown[]) : wrapped(value)
      if (items === undefined) return wrong()
      const from = clamped(start ?? 0, items.length)
      const to = clamped(end ?? items.length, items.length)
      for (let at = from; at < to; at++) next(inner(datum, items[at], at), out)
    }
  }

  /** The value itself, then all that it holds, depth first. */
  #descendants(next: Step<D>): Step<D> {
    const { read, inner } = this.#world
    const visit: Step<D> = (datum, out) => {
      next(datum, out)
      const value = read(datum)
      if (Array.isArray(value)) for (const [at, item] of value.entries()) visit(inner(datum, item, at), out)
      else if (isObject(value)) for (const name of keysOf(value)) visit(inner(datum, value[name], name), out)
    }
    return visit
  }

  #filter(tests: readonly Test[], next: Step<D>): Step<D> {
    const { read, inner } = this.#world
    const checks = tests.map((test) => this.#check(test))
    const [only] = checks
    const isWanted =
      only !== undefined && checks.length === 1
        ? only
        : (item: unknown) => checks.every((check) => check(item))
    return (datum, out) => {
      const value = read(datum)
      if (!Array.isArray(value)) return
      for (let at = 0; at < value.length; at++) {
        if (isWanted(value[at])) next(inner(datum, value[at], at), out)
      }
    }
  }

  /** The item is the root of the path. */
  #check({ path, comparison }: Test): (item: unknown) => boolean {
    const { read, made } = this.#world
    const compare = comparison === undefined ? undefined : compileComparison(comparison, this.#wrong)
    const chain = chainOf(path)
    if (chain !== undefined && compare !== undefined) {
      const [name, ...others] = chain
      if (name !== undefined && others.length === 0)
        return (item) => isObject(item) && Object.hasOwn(item, name) && compare(item[name])
      return (item) => {
        const value = valueAt(item, chain)
        return value !== undefined && compare(value)
      }
    }
    const left = this.all(path)
    return (item) => {
      const found = left(made(item))
      return compare === undefined ? found.length > 0 : found.some((datum) => compare(read(datum)))
    }
  }

  #sorted(keys: readonly SortKey[], next: Step<D>): Step<D> {
    const compare = keys.length === 0 ? order : this.#orderBy(keys)
    const wrong = this.#wrong
    const sorted = (value: unknown): unknown => {
      const items = Array.isArray(value)
        ? value
        : isObject(value) && keys.length === 0
          ? Object.keys(value)
          : undefined
      if (items === undefined) return wrong()
      const unordered: unknown[] = []
      const inOrder = [...(items as unknown[])].sort((left, right) => {
        const found = compare(left, right)
        if (Number.isNaN(found)) unordered.push(left)
        return found || 0
      })
      return unordered.length === 0 ? inOrder : wrong()
    }
    return this.#made(sorted, next)
  }

  /** A key that finds nothing or several values in one of both does not count. */
  #orderBy(keys: readonly SortKey[]): (left: unknown, right: unknown) => number {
    const { read, made } = this.#world
    const sides = keys.map(({ path, isDescending }) => [this.all(path), isDescending ? -1 : 1] as const)
    return (left, right) => {
      for (const [find, direction] of sides) {
        const [one, ...others] = find(made(left))
        const [two, ...more] = find(made(right))
        if (one === undefined || two === undefined || others.length + more.length > 0) continue
        const found = order(read(one), read(two))
        if (found !== 0) return direction * found
      }
      return 0
    }
  }

  /** A value made of the datum's; undefined = no match. */
  #made(make: (value: unknown) => unknown, next: Step<D>): Step<D> {
    const { read, made } = this.#world
    return (datum, out) => {
      const value = make(read(datum))
      if (value !== undefined) next(made(value), out)
    }
  }

  /** Two paths must find equally many, which are taken in pairs; one that does not fit and there is no result at all. */
  #operation({ sign, left, right }: Node & { kind: 'operation' }, next: Step<D>): Step<D> {
    const { made } = this.#world
    const isFloat = [left, right].some((operand) => operand.kind === 'literal' && operand.isFloat)
    const [lefts, rights] = [this.#operand(left), this.#operand(right)]
    const isPaired = left.kind !== 'literal' && right.kind !== 'literal'
    return (datum, out) => {
      const [one, two] = [lefts(datum), rights(datum)]
      if (one.length === 0 || two.length === 0 || (isPaired && one.length !== two.length)) return
      const results: unknown[] = []
      for (let at = 0; at < Math.max(one.length, two.length); at++) {
        const result = compute(
          sign,
          one[left.kind === 'literal' ? 0 : at],
          two[right.kind === 'literal' ? 0 : at],
          isFloat,
        )
        if (result === noResult) return
        results.push(result)
      }
      for (const result of results) next(made(result), out)
    }
  }

  #operand(operand: Operand): (datum: D) => readonly unknown[] {
    if (operand.kind === 'literal') {
      const values = [operand.value]
      return () => values
    }
    const { read } = this.#world
    const find = this.all(operand)
    return (datum) => find(datum).map((found) => read(found))
  }
}

/** Undefined for null and floats. */
function wrapped(value: unknown): readonly unknown[] | undefined {
  const isWrapped =
    isObject(value) ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    typeof value === 'bigint' ||
    Number.isInteger(value)
  return isWrapped ? [value] : undefined
}

/** As Python's slices: from the end where negative, never outside. */
function clamped(at: number, length: number): number {
  return at < 0 ? Math.max(0, length + at) : Math.min(at, length)
}
