/** What a configuration file may hold, as data; and reading a YAML document by it, every mistake with its place. */
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml'

import type { PlacedDocument } from './document.js'

export type Shape =
  | { readonly kind: 'text'; readonly check?: (text: string) => string | undefined }
  | {
      readonly kind: 'integer' | 'number'
      readonly min: number
      readonly max: number
      readonly nullable?: true
    }
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  /** A single value stands for a list of it. */
  | { readonly kind: 'list'; readonly of: Shape }
  /** `orFalse`: false says that it is not wanted at all. */
  | { readonly kind: 'members'; readonly of: Readonly<Record<string, Shape>>; readonly orFalse?: true }
  /** Read by somebody else; handed on as it is. */
  | { readonly kind: 'anything' }

type Value = Node | null

/** What the node says, without what is wrong; that is told to the document. */
export function readShape(document: PlacedDocument, node: Value, shape: Shape, where: string): unknown {
  const value = resolved(document.yaml, node)
  switch (shape.kind) {
    case 'members':
      if (shape.orFalse === true && isScalar(value) && value.value === false) return false
      return isMap(value)
        ? readMembers(document, value, shape.of, where)
        : refuse(document, value, where, 'a map')
    case 'list':
      return (isSeq(value) ? (value.items as Value[]) : [value])
        .map((item, index) =>
          readShape(document, item, shape.of, isSeq(value) ? `${where}[${index}]` : where),
        )
        .filter((item) => item !== undefined)
    case 'anything':
      return value === null ? null : value.toJS(document.yaml)
    default:
      return readScalar(document, value, shape, where)
  }
}

type ScalarShape = Exclude<Shape, { readonly kind: 'members' | 'list' | 'anything' }>

function readScalar(document: PlacedDocument, node: Value, shape: ScalarShape, where: string): unknown {
  const found: unknown = isScalar(node) ? node.value : undefined
  switch (shape.kind) {
    case 'text': {
      if (typeof found !== 'string') return refuse(document, node, where, 'a text')
      const wanted = shape.check?.(found)
      return wanted === undefined ? found : refuse(document, node, where, wanted)
    }
    case 'flag':
      return typeof found === 'boolean' ? found : refuse(document, node, where, 'true or false')
    case 'choice':
      return typeof found === 'string' && shape.of.includes(found)
        ? found
        : refuse(document, node, where, `one of ${shape.of.join(', ')}`)
    default: {
      if (found === null && shape.nullable === true) return null
      const isRight =
        typeof found === 'number' &&
        found >= shape.min &&
        found <= shape.max &&
        (shape.kind === 'number' || Number.isInteger(found))
      const kind = shape.kind === 'integer' ? 'a whole number' : 'a number'
      return isRight ? found : refuse(document, node, where, `${kind} from ${shape.min} to ${shape.max}`)
    }
  }
}

function readMembers(
  document: PlacedDocument,
  map: YAMLMap,
  shapes: Readonly<Record<string, Shape>>,
  where: string,
): Record<string, unknown> {
  const read: Record<string, unknown> = {}
  for (const { key, value } of map.items as Pair<Node, Value>[]) {
    const name = String(isScalar(key) ? key.value : key)
    const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined
    const path = where === '' ? name : `${where}.${name}`
    if (shape === undefined) {
      document.report(key, 'UNKNOWN_OPTION', unknownOption(path, name, Object.keys(shapes)))
      continue
    }
    const found = readShape(document, value, shape, path)
    if (found !== undefined) read[name] = found
  }
  return read
}

function resolved(yaml: Document, node: Value): Value {
  return isAlias(node) ? ((node.resolve(yaml) as Value | undefined) ?? null) : node
}

function refuse(document: PlacedDocument, node: Value, where: string, wanted: string): undefined {
  document.report(
    node,
    'BAD_VALUE',
    `${where === '' ? 'the file' : where} must be ${wanted}, not ${describeNode(node)}`,
  )
  return undefined
}

function describeNode(node: Value): string {
  if (isMap(node)) return 'a map'
  if (isSeq(node)) return 'a list'
  return isScalar(node) ? JSON.stringify(node.value) : 'nothing'
}

function unknownOption(path: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near === undefined
    ? `there is no option ${path}; known here: ${known.join(', ')}`
    : `there is no option ${path}; did you mean ${near}?`
}

/** The known word that is at most two changes away. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, '')
  return known
    .map((one) => ({ one, distance: changes(plain(word), plain(one)) }))
    .filter(({ distance }) => distance <= 2)
    .sort((a, b) => a.distance - b.distance)[0]?.one
}

/** Levenshtein's distance. */
function changes(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 0; i < from.length; i += 1) {
    const letter = from[i]
    const next = [i + 1]
    for (let j = 0; j < to.length; j += 1) {
      next.push(
        Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (to[j] === letter ? 0 : 1)),
      )
    }
    row = next
  }
  return row[to.length] ?? 0
}
