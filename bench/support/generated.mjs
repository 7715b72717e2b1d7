/** Parts of a document that a command writes: between `<!-- name:begin -->` and `<!-- name:end -->`. */

import { readFileSync, writeFileSync } from 'node:fs'

/** Puts `text` between the marks of `name`. Throws when the document has none. */
export function writePart(path, name, text) {
  const document = readFileSync(path, 'utf8')
  const part = new RegExp(`(<!-- ${name}:begin[^>]*-->\n)[^]*?(<!-- ${name}:end -->)`)
  if (!part.test(document))
    throw new Error(`${path} has no part <!-- ${name}:begin --> ... <!-- ${name}:end -->`)
  writeFileSync(
    path,
    document.replace(part, (_all, begin, end) => `${begin}${text.trimEnd()}\n${end}`),
  )
}

/** Text in lines of at most 138 signs, as the documents have it. */
export function paragraph(words) {
  return words.replaceAll(/(.{1,138})(?: |$)/g, '$1\n').trimEnd()
}

/** A markdown table; the first row is the head. Columns from the second on are right-aligned when `numbers` is given. */
export function table([head, ...rows], { left = 1 } = {}) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  const rule = `|${head.map((_cell, column) => (column < left ? '---' : '---:')).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}
