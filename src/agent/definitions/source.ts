/**
 * A definition file as YAML 1.1, read as the original's loader does: merge keys (also of lists of anchors), `yes` and `on`, octal and
 * sexagesimal integers, dates; every part knows its line and column. source: PyYAML's SafeLoader
 */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  type YAMLMap,
} from 'yaml'
import type { Problem } from '../problem.js'
import { plainNumber } from '../values/index.js'
import { describeFound, isMapping, mappingOf, memberOf } from './mapping.js'
import { readBoolean, readFloat, readInteger, readScalar } from './scalar.js'

/** A file of definitions: its name as the user wrote it, and what it says. */
export interface DefinitionFile {
  readonly file: string
  readonly text: string
}

/** Keys and indices. */
export type Place = readonly unknown[]

/** A file, read, with the places of all its parts. */
export interface DefinitionSource {
  readonly file: string
  /** Undefined when the file is no YAML. */
  readonly value: unknown
  readonly problems: readonly Problem[]
  /**
   * A problem at the part of `container` to which `place` leads, or at the last part that there is on the way; without a container, of the
   * whole file. `container` is a list or mapping of `value`, wherever in it.
   */
  problem(
    severity: Problem['severity'],
    code: string,
    text: string,
    container?: unknown,
    place?: Place,
  ): Problem
}

/** Never throws: what is wrong is in `problems`, all of it. */
export function readSource({ file, text }: DefinitionFile): DefinitionSource {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'failsafe',
    version: '1.1',
    // The original takes the last of two keys, which is told below.
    uniqueKeys: false,
  })
  const reader = new Reader(file, lines, (alias) => alias.resolve(document))
  for (const { message, pos } of document.errors) reader.report('error', 'BAD_YAML', message, pos[0])
  const value = document.errors.length > 0 ? undefined : reader.read(document.contents)
  return {
    file,
    value: reader.problems.some(({ severity }) => severity === 'error') ? undefined : value,
    problems: reader.problems,
    problem: (...about) => reader.problem(...about),
  }
}

/** Definitions that were made in code, or came as a part of something else: without lines. */
export function sourceOf(file: string, value: unknown): DefinitionSource {
  return {
    file,
    value,
    problems: [],
    problem: (severity, code, text) => ({ file, severity, code, text }),
  }
}

/** Offsets of a container: its own, and those of its members by key or index. */
interface Offsets {
  readonly own: number
  readonly members: ReadonlyMap<unknown, number>
}

type Resolve = (alias: Alias) => Node | undefined

/** Members by key, those that were merged in first. */
type Entries = ReadonlyMap<unknown, Entry>

interface Entry {
  readonly value: Node | null
  readonly offset: number
}

class Reader {
  readonly problems: Problem[] = []
  readonly #file: string
  readonly #lines: LineCounter
  readonly #resolve: Resolve
  readonly #offsets = new WeakMap<object, Offsets>()
  /** An anchor is read once, whoever refers to it. Null while it is being read. */
  readonly #read = new Map<Node, { readonly value: unknown } | null>()
  readonly #entries = new Map<YAMLMap, Entries | null>()

  constructor(file: string, lines: LineCounter, resolve: Resolve) {
    this.#file = file
    this.#lines = lines
    this.#resolve = resolve
  }

  report(severity: Problem['severity'], code: string, text: string, offset?: number): void {
    this.problems.push(this.#at(severity, code, text, offset))
  }

  problem(
    severity: Problem['severity'],
    code: string,
    text: string,
    container?: unknown,
    place: Place = [],
  ): Problem {
    let at = container
    let offset = this.#offsetsOf(at)?.own
    for (const key of place) {
      const member = this.#offsetsOf(at)?.members.get(key)
      if (member === undefined) break
      offset = member
      at = Array.isArray(at)
        ? (at as unknown[])[key as number]
        : isMapping(at)
          ? memberOf(at, key)
          : undefined
    }
    return this.#at(severity, code, text, offset)
  }

  read(node: Node | null): unknown {
    const target = this.#target(node)
    if (target === null) return null
    const known = this.#read.get(target)
    if (known === null) return this.#refuse(target, 'an anchor can not hold itself')
    if (known !== undefined) return known.value
    this.#read.set(target, null)
    const value = this.#make(target)
    this.#read.set(target, { value })
    return value
  }

  #make(node: Node): unknown {
    if (isMap(node)) return this.#mapping(node)
    if (isSeq(node)) return this.#list(node.items as (Node | null)[], node)
    return isScalar(node) ? this.#scalar(node) : undefined
  }

  #list(items: readonly (Node | null)[], node: Node): unknown[] {
    const list = items.map((item) => this.read(item))
    this.#offsets.set(list, {
      own: offsetOf(node),
      members: new Map(items.map((item, at) => [at, offsetOf(item ?? node)])),
    })
    return list
  }

  #mapping(node: YAMLMap): unknown {
    const entries = this.#entriesOf(node)
    const mapping = mappingOf([...entries].map(([key, { value }]) => [key, this.read(value)]))
    this.#offsets.set(mapping, {
      own: offsetOf(node),
      members: new Map([...entries].map(([key, { offset }]) => [key, offset])),
    })
    return mapping
  }

  #entriesOf(node: YAMLMap): Entries {
    const known = this.#entries.get(node)
    if (known === null) this.#refuse(node, 'a mapping can not be merged into itself')
    if (known !== undefined) return known ?? new Map()
    this.#entries.set(node, null)
    const merged = new Map<unknown, Entry>()
    const own = new Map<unknown, Entry>()
    for (const pair of node.items as { key: Node | null; value: Node | null }[]) {
      if (isMergeKey(pair.key)) {
        for (const [key, entry] of this.#merged(pair.value, pair.key)) merged.set(key, entry)
        continue
      }
      const key = this.#key(pair.key, node)
      if (own.has(key))
        this.report(
          'warning',
          'DUPLICATE_KEY',
          `the key ${describeFound(key)} comes twice in one map; the last one counts`,
          offsetOf(pair.key ?? node),
        )
      own.set(key, { value: pair.value, offset: offsetOf(pair.value ?? pair.key ?? node) })
    }
    for (const [key, entry] of own) merged.set(key, entry)
    this.#entries.set(node, merged)
    return merged
  }

  /** Of a list, what comes first counts; so the last is laid down first. */
  #merged(node: Node | null, key: Node): readonly (readonly [unknown, Entry])[] {
    const target = this.#target(node)
    if (isMap(target)) return [...this.#entriesOf(target)]
    const sources = isSeq(target) ? (target.items as (Node | null)[]).map((item) => this.#target(item)) : []
    if (!isSeq(target) || !sources.every(isMap)) {
      this.#refuse(target ?? key, 'what << merges in must be a map or a list of maps')
      return []
    }
    return sources.reverse().flatMap((source) => (isMap(source) ? [...this.#entriesOf(source)] : []))
  }

  #key(node: Node | null, map: Node): unknown {
    const key = this.read(node)
    if (Array.isArray(key) || isMapping(key)) this.#refuse(node ?? map, 'a key can not be a list or a map')
    return plainNumber(key)
  }

  #scalar(node: Scalar): unknown {
    const text = String(node.value)
    const tag = node.tag?.replace('tag:yaml.org,2002:', '!!')
    if (tag === undefined && text === '=' && node.type === Scalar.PLAIN)
      return this.#refuse(
        node,
        '= alone has a meaning of its own in YAML 1.1, which is not supported; quote it',
      )
    if (tag === undefined || tag === '!')
      return node.type === Scalar.PLAIN && tag === undefined ? readScalar(text) : text
    const read = tags.get(tag)
    if (read === undefined) return this.#refuse(node, `the tag ${tag} is not supported; leave it out`)
    const value = read(text)
    return value === undefined ? this.#refuse(node, `'${text}' does not fit its tag ${tag}`) : value
  }

  #target(node: Node | null): Node | null {
    if (!isAlias(node)) return node
    const target = this.#resolve(node)
    if (target === undefined) this.#refuse(node, `there is no anchor &${node.source} before this`)
    return target ?? null
  }

  #refuse(node: Node, text: string): undefined {
    this.report('error', 'BAD_YAML', text, offsetOf(node))
    return undefined
  }

  #offsetsOf(container: unknown): Offsets | undefined {
    return typeof container === 'object' && container !== null ? this.#offsets.get(container) : undefined
  }

  #at(severity: Problem['severity'], code: string, text: string, offset: number | undefined): Problem {
    if (offset === undefined) return { file: this.#file, severity, code, text }
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.#file, line, column: col, severity, code, text }
  }
}

const tags: ReadonlyMap<string, (text: string) => unknown> = new Map<string, (text: string) => unknown>([
  ['!!str', (text) => text],
  ['!!null', () => null],
  ['!!bool', readBoolean],
  ['!!int', readInteger],
  ['!!float', (text) => readFloat(text) ?? readInteger(text)],
])

function isMergeKey(key: Node | null): key is Scalar {
  return isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN && key.tag === undefined
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0
}
