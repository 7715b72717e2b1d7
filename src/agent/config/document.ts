/** A configuration file as YAML (JSON is YAML, too) that knows where everything stands, and collects what is wrong. */
import { Document, isNode, LineCounter, type Node, parseDocument } from 'yaml'

import type { Problem } from '../problem.js'

export class PlacedDocument {
  readonly file: string
  readonly yaml: Document
  readonly problems: Problem[] = []
  readonly #text: string | undefined
  readonly #lines: LineCounter | undefined

  private constructor(file: string, yaml: Document, source?: { text: string; lines: LineCounter }) {
    this.file = file
    this.yaml = yaml
    this.#text = source?.text
    this.#lines = source?.lines
  }

  /** Syntax errors become problems; what could be read is there all the same. */
  static parse(file: string, text: string): PlacedDocument {
    const lines = new LineCounter()
    const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
    const document = new PlacedDocument(file, yaml, { text, lines })
    for (const { message, pos } of yaml.errors) document.#add(pos[0], 'YAML', message, 'error')
    for (const { message, pos } of yaml.warnings) document.#add(pos[0], 'YAML', message, 'warning')
    return document
  }

  /** Of a value made in code: no lines. */
  static of(name: string, value: unknown): PlacedDocument {
    return new PlacedDocument(name, new Document(value, { aliasDuplicateObjects: false }))
  }

  report(node: unknown, code: string, text: string, severity: Problem['severity'] = 'error'): void {
    this.#add(isNode(node) ? node.range?.[0] : undefined, code, text, severity)
  }

  /** Line and column of a path such as `['meters', 'files']`, as far as it leads. */
  reportAt(path: readonly (string | number)[], code: string, text: string): void {
    this.report(this.nodeAt(path), code, text)
  }

  nodeAt(path: readonly (string | number)[]): Node | undefined {
    for (let length = path.length; length > 0; length -= 1) {
      const node = this.yaml.getIn(path.slice(0, length), true)
      if (isNode(node)) return node
    }
    return undefined
  }

  /**
   * The part of the file below a path, as a text of its own in which each line and column is where it was: what somebody else finds
   * wrong in it has the right place.
   */
  textAt(path: readonly (string | number)[]): string {
    const node = this.yaml.getIn(path, true)
    const range = isNode(node) ? node.range : undefined
    if (this.#text === undefined || range === undefined || range === null)
      return new Document(this.yaml.toJS() === null ? null : this.#valueAt(path)).toString()
    const { line, col } = this.#lines?.linePos(range[0]) ?? { line: 1, col: 1 }
    return `${'\n'.repeat(line - 1)}${' '.repeat(col - 1)}${this.#text.slice(range[0], range[1])}\n`
  }

  #valueAt(path: readonly (string | number)[]): unknown {
    const node = this.yaml.getIn(path, true)
    return isNode(node) ? node.toJS(this.yaml) : node
  }

  #add(offset: number | undefined, code: string, text: string, severity: Problem['severity']): void {
    const place = offset === undefined ? undefined : this.#lines?.linePos(offset)
    this.problems.push({
      file: this.file,
      ...(place === undefined ? {} : { line: place.line, column: place.col }),
      severity,
      code,
      text,
    })
  }
}
