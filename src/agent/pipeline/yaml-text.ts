import { LineCounter, parseDocument, type YAMLError } from 'yaml'

import type { FilePath, Findings, Place } from './problem.js'

/** A YAML 1.1 text, as PyYAML reads it, that knows where its parts stand. */
export interface YamlText {
  readonly value: unknown
  placeOf(path: FilePath): Place
  /** Told after the findings know how to place. */
  report(findings: Findings): void
}

export function readYaml(text: string): YamlText {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: '1.1',
    merge: true,
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
  })
  return {
    value: document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 1_000 }),
    placeOf(path) {
      for (let length = path.length; length >= 0; length -= 1) {
        const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
        const start = startOf(node)
        if (start === undefined) continue
        const { line, col } = lines.linePos(start)
        return { line, column: col }
      }
      return {}
    },
    report(findings) {
      for (const error of document.errors) {
        const { line, col } = lines.linePos(error.pos[0])
        findings.syntax({ line, column: col }, classOf(error), `this is no YAML: ${error.message}`)
      }
    },
  }
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined
  return Array.isArray(node.range) ? (node.range as number[])[0] : undefined
}

const SCANNER: ReadonlySet<string> = new Set([
  'BAD_DQ_ESCAPE',
  'BAD_SCALAR_START',
  'BLOCK_AS_IMPLICIT_KEY',
  'MULTILINE_IMPLICIT_KEY',
  'TAB_AS_INDENT',
])

/** PyYAML's name for it, as far as it can be known. */
function classOf({ code }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS' || code === 'BAD_ALIAS') return 'ComposerError'
  if (code === 'TAG_RESOLVE_FAILED') return 'ConstructorError'
  return SCANNER.has(code) ? 'ScannerError' : 'ParserError'
}
